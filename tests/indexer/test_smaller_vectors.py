"""Indexes of smaller vectors, from a build through changes to answers, and what refuses them."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import redis
from indexer.canaries import compare_versions
from indexer.drift import measure_drift
from indexer.embed import as_indexed, embed
from indexer.encoders import SingleEncoder
from indexer.evaluate.evaluation import CloserLook, evaluate
from indexer.evaluate.render import as_json, table
from indexer.evaluate.sizes import Sizes
from indexer.evaluate.tasks import Asked, make_task
from indexer.report import Report
from indexer.sync import SyncOptions, sync
from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder
from profilesearch.errors import DamagedVersion, EncoderError, SettingsError, StoreError, VerificationFailed
from profilesearch.profile_map import read_map
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.store import Store, VersionRecord
from profilesearch.vector_type import BYTES
from tests.servers import run_indexer

SMALLER = [
    {"vector_type": "bfloat16"},
    {"vector_type": "int8"},
    {"dimensions": 200, "reduce": "pca"},
    {"dimensions": 380, "reduce": "matryoshka", "vector_type": "float16"},
    {"dimensions": 200, "vector_type": "int8", "algorithm": "hnsw"},
]
QUERIES = ("data engineer", "somebody who welds pressure vessels", "registered nurse on an intensive care ward")
LONG = "She bakes sourdough bread at night and runs a small bakery. " * 40


@pytest.fixture
def source(sample: Path, tmp_path: Path) -> Path:
    """120 people of the sample."""
    lines = (sample / "profiles.jsonl").read_text().splitlines()[:120]
    (tmp_path / "people.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path / "people.jsonl"


def nearest(pipeline: SearchPipeline, text: str) -> list[tuple[str, float]]:
    page = pipeline.search(SearchRequest(text, k=10, mode="off", by="meaning"))
    return [(each.hit.id, each.similarity) for each in page.results]


@pytest.mark.parametrize("options", SMALLER, ids=lambda options: " ".join(map(str, options.values())))
def test_searches_find_what_whole_vectors_find(
    build: Callable[..., VersionRecord],
    store: Store,
    encoder: Encoder,
    client: redis.Redis,
    source: Path,
    cache: Path,
    options: dict[str, object],
) -> None:
    build(source, keep=1)
    whole = {text: nearest(SearchPipeline(encoder, store), text) for text in QUERIES}
    record = build(source, keep=1, min_recall=0.7, **options)
    vectors = record.vectors
    assert vectors.type == options.get("vector_type", "float32") and vectors.model_shape[0] == 384
    assert vectors.dimension == options.get("dimensions", 384)
    assert {client.hstrlen(record.key(id_), "embedding") for id_ in store.profiles.ids(record)} == {vectors.size}
    assert vectors.size == vectors.dimension * BYTES[vectors.type]

    pipeline = SearchPipeline(encoder, store)
    for text in QUERIES:
        found, exact = nearest(pipeline, text), whole[text]
        assert len({id_ for id_, _ in found} & {id_ for id_, _ in exact}) >= 7
        assert np.allclose([each for _, each in found], [each for _, each in exact], atol=0.15)
    first = nearest(pipeline, QUERIES[0])[0][0]
    alike = pipeline.search(SearchRequest("", k=5, like=first, mode="off"))
    assert first not in [each.hit.id for each in alike.results] and alike.results[0].similarity > 0.3
    varied = pipeline.search(SearchRequest(QUERIES[0], k=5, diversity=0.5))
    assert len(varied.results) == 5
    both = pipeline.search(SearchRequest(QUERIES[0], k=5))
    assert len(both.results) == 5 and both.commands
    assert len(read_map(store, pipeline.snapshot()).ids) == 120
    assert measure_drift(store, record).far <= 0.1

    row = {"id": "new", "headline": "Astronaut", "about": "An astronaut who repairs telescopes in orbit."}
    source.write_text(source.read_text() + json.dumps(row) + "\n")
    cached = CachedEncoder(encoder.name, lambda: encoder, EmbeddingCache(cache), None)
    sync(SyncOptions(str(source)), store, SingleEncoder(cached), cache, Report())
    assert nearest(pipeline, "repairs telescopes in orbit")[0][0] == "new"
    assert client.hstrlen(record.key("new"), "embedding") == vectors.size


def test_a_build_of_another_size_begins_anew_and_of_the_same_uses_its_clusters_again(
    build: Callable[..., VersionRecord], store: Store, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sized = {"dimensions": 200, "vector_type": "int8", "min_recall": 0.7}
    one = build(source, **sized)
    capsys.readouterr()
    two = build(source, **sized)
    assert "the clusters are those of an earlier version" in capsys.readouterr().err
    projections = [store.clusters.projection(record) for record in (one, two)]
    assert projections[0] is not None and projections[1] is not None
    assert np.array_equal(projections[0].directions, projections[1].directions)  # type: ignore[arg-type]
    three = build(source, **{**sized, "dimensions": 210})
    assert "the clusters are those of an earlier version" not in capsys.readouterr().err
    assert len({record.inputs for record in (one, two, three)}) == 2 and one.fingerprint == three.fingerprint


def test_passages_and_token_vectors_of_smaller_vectors(
    build: Callable[..., VersionRecord], store: Store, encoder: Encoder, tmp_path: Path
) -> None:
    rows = [
        {"id": f"p{n}", "headline": "Clerk", "text": f"A clerk who files invoices in office {n}."} for n in range(9)
    ]
    rows.append({"id": "long", "headline": "Clerk", "text": "She files letters. " * 90 + LONG})
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    record = build(
        tmp_path / "p.jsonl", long_texts="passages", token_vectors=4, vector_type="int8", dimensions=100, min_recall=0.5
    )
    passages = store.profiles.passage_vectors(record, ["long"])["long"]
    assert passages.shape[1] == 100 and len(passages) > 1
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-3)
    assert store.profiles.tokens(record, ["p1"])["p1"].vectors.shape[1] == 384
    page = SearchPipeline(encoder, store).search(SearchRequest("sourdough bread", k=1, mode="off", by="meaning"))
    assert page.results[0].hit.id == "long" and "bread" in page.results[0].snippet


def test_too_great_a_loss_is_refused_and_leaves_nothing(
    build: Callable[..., VersionRecord], store: Store, client: redis.Redis, source: Path
) -> None:
    live = build(source)
    before = set(client.keys())
    with pytest.raises(
        VerificationFailed, match=r"vectors of 8 of 384 \(matryoshka\) int8 were not indexed"
    ) as refusal:
        build(source, dimensions=8, reduce="matryoshka", vector_type="int8")
    lines = str(refusal.value).splitlines()
    assert "at least 0.95" in lines[0] and len(lines) == 4
    assert "8 of 384 (matryoshka) float32: 32 bytes" in lines[1] and "384 int8: 384 bytes" in lines[2]
    assert "8 of 384 (matryoshka) int8: 8 bytes" in lines[3]
    assert set(client.keys()) == before and store.versions.live().identity == live.identity


def test_what_cannot_be_is_refused_before_anything_is_embedded(
    build: Callable[..., VersionRecord], store: Store, source: Path, client: redis.Redis
) -> None:
    with pytest.raises(
        EncoderError, match="gives vectors of 384 numbers: expected at most so many --dimensions, got 385"
    ):
        build(source, dimensions=385)
    with pytest.raises(StoreError, match="no vectors of float99 numbers .* int8 needs Redis 8") as refusal:
        build(source, vector_type="float99")
    assert refusal.value.code == "vector_type"
    assert not client.keys("profile:*") and not store.versions.names()
    refused = run_indexer(str(client.connection_pool.connection_kwargs), "build", str(source), "--vector-type", "int8", "--metric", "l2")  # fmt: skip
    assert refused.returncode == 2 and b"--vector-type int8 goes with --metric cosine" in refused.stderr


def test_missing_directions_are_said(
    build: Callable[..., VersionRecord], store: Store, encoder: Encoder, source: Path, client: redis.Redis
) -> None:
    record = build(source, dimensions=200, min_recall=0.7)
    client.hdel(f"profiles:clusters:{record.version}", "directions")
    with pytest.raises(DamagedVersion, match="directions that its vectors are reduced to are missing"):
        SearchPipeline(encoder, store).search(SearchRequest("data engineer"))


def test_canaries_compare_whole_and_smaller_vectors(
    build: Callable[..., VersionRecord], store: Store, encoder: Encoder, source: Path
) -> None:
    whole, small = build(source), build(source, vector_type="int8", min_canary_overlap=0.5)
    compared = compare_versions(store, (whole, encoder), (small, encoder), QUERIES)
    assert min(each.overlap for each in compared) >= 0.8


def test_embed_writes_what_the_live_version_holds(
    build: Callable[..., VersionRecord], store: Store, encoder: Encoder, source: Path, client: redis.Redis
) -> None:
    vector = embed("data engineer", encoder)
    assert as_indexed(vector, store, encoder)[1].is_whole, "nothing is live"
    record = build(source, dimensions=200, vector_type="int8", min_recall=0.7)
    stored, vectors = as_indexed(vector, store, encoder)
    reply = client.execute_command(
        "FT.SEARCH", "profiles", "*=>[KNN 3 @embedding $vec AS distance]", "PARAMS", 2, "vec", vectors.to_bytes(stored),
        "SORTBY", "distance", "NOCONTENT", "DIALECT", 2,
    )  # fmt: skip
    ids = [id_ for id_, _ in nearest(SearchPipeline(encoder, store), "data engineer")]
    assert [key.decode().removeprefix(record.key("")) for key in reply[1:]] == ids[:3]


def test_evaluate_says_what_smaller_vectors_cost(
    build: Callable[..., VersionRecord], store: Store, encoder: Encoder, source: Path, client: redis.Redis
) -> None:
    live = build(source)
    before = set(client.keys())
    task = make_task(store, live, Asked(typed="role"))
    evaluation = evaluate(store, encoder, task, CloserLook(), Sizes(("float16", "int8"), (200,)))
    sizes = {each.way.run.name: each for each in evaluation.sizes}
    assert list(sizes) == [
        "384 float32", "384 float16", "384 int8", "200 of 384 (matryoshka) float32", "200 of 384 (pca) float32",
        "200 of 384 (pca) float16", "200 of 384 (pca) int8",
    ]  # fmt: skip
    assert sizes["384 float32"].way.overlap_10 == 1 and sizes["384 float16"].way.overlap_10 > 0.95
    assert (
        sizes["384 int8"].size.hash_bytes < sizes["384 float16"].size.hash_bytes < sizes["384 float32"].size.hash_bytes
    )
    assert all(each.size.index_bytes > 0 for each in sizes.values())
    assert set(client.keys()) == before, "copies are removed"
    assert "200 of 384 (pca) int8" in table(evaluation) and json.loads(as_json(evaluation))["sizes"][2]["bytes"] == 384
    build(source, vector_type="int8")
    with pytest.raises(SettingsError, match="has vectors of 384 int8 itself"):
        evaluate(store, encoder, task, CloserLook(), Sizes(("float16",)))
