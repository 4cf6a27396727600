"""Texts longer than the model reads, from a build through changes to answers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import redis
from indexer.encoders import SingleEncoder
from indexer.evaluate.modes import run_clusters, run_indexes
from indexer.evaluate.tasks import Task
from indexer.report import Report
from indexer.sync import SyncOptions, sync
from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder, PassageEncoder, WholeTextEncoder
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.store import Filter, Indexes, KnnQuery, Store, VersionRecord

NURSE = "She is a registered nurse on an intensive care ward and trains new colleagues. "
WELDER = "He welds pressure vessels in a shipyard and reads technical drawings. "
BAKER = "She bakes sourdough bread at night and runs a small bakery. "
SHORT = {f"s{n}": ("Clerk", f"A clerk who files invoices in office {n} and answers letters.") for n in range(8)}
CVS = {
    "nurse": ("Anna", NURSE * 20 + WELDER * 20),
    "welder": ("Bert", WELDER * 20 + BAKER * 20 + "Forklift licence."),
    "baker": ("Cleo", BAKER * 8),
}


def write(path: Path, people: dict[str, tuple[str, str]]) -> Path:
    rows = [{"id": id_, "headline": name, "text": text} for id_, (name, text) in people.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def encode(encoder: Encoder, cache: Path) -> Iterator[CachedEncoder]:
    vectors = EmbeddingCache(cache)
    yield CachedEncoder(encoder.name, lambda: encoder, vectors, None)
    vectors.close()


def passages_of(client: redis.Redis, record: VersionRecord) -> dict[str, int]:
    """How many passages there are of each profile, by their keys."""
    counts: dict[str, int] = {}
    for key in client.scan_iter(f"{record.collection.passage_keys(record.version)}*", 1000):
        id_, _ = record.collection.passage_of(record.version, key.decode())
        counts[id_] = counts.get(id_, 0) + 1
    return counts


def test_kinds_of_index_are_compared_with_passages(
    build: Callable[..., VersionRecord], encoder: Encoder, store: Store, client: redis.Redis, tmp_path: Path
) -> None:
    people = {"nurse": ("Anna", NURSE * 40 + WELDER * 10), "smith": ("Dora", "He welds garden gates.")}
    record = build(write(tmp_path / "people.jsonl", people | SHORT), long_texts="passages", clusters=2)
    task = Task("welders", {"q": "welds pressure vessels and reads technical drawings"}, {"q": {"nurse": 1}})
    pipeline = SearchPipeline(encoder, store)
    (exact, *_) = run_clusters(pipeline, task)
    runs = {run.name: run.rankings["q"] for run in run_indexes(pipeline, store, task)}
    whole = KnnQuery(pipeline.embed(task.queries["q"]), 200)
    assert exact.rankings["q"] != [one.id for one in store.rank(record, whole, Indexes(record.index))]
    assert runs["FLAT"] == runs["HNSW ef 200"] == exact.rankings["q"]
    assert sorted(client.execute_command("FT._LIST")) == [b"profiles:v1", b"profiles:v1:passages"]


def test_passages_from_a_build_to_an_answer(
    build: Callable[..., VersionRecord],
    encoder: Encoder,
    encode: CachedEncoder,
    store: Store,
    client: redis.Redis,
    tmp_path: Path,
    cache: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = write(tmp_path / "people.jsonl", CVS | SHORT)
    record = build(source, long_texts="passages", clusters=2)
    said = " ".join(capsys.readouterr().err.split())
    assert "2 of 11 texts (18%) are longer than the 256 tokens" in said and "of them count one by one" in said
    counts = passages_of(client, record)
    assert set(counts) == {"nurse", "welder"} and min(counts.values()) >= 3
    assert record.checks["passages"].startswith(f"{sum(counts.values())} in their index")
    assert (
        store.counts.total(record, Filter())
        == 11
        == client.execute_command("FT.SEARCH", "profiles", "*", "LIMIT", 0, 0)[0]
    )

    pipeline = SearchPipeline(encoder, store)
    for mode, by in (("off", "meaning"), ("auto", "meaning"), ("auto", "hybrid")):
        page = pipeline.search(SearchRequest("bread and a bakery", k=5, mode=mode, by=by))  # type: ignore[arg-type]
        ids = [result.hit.id for result in page.results]
        assert len(ids) == 5 == len(set(ids)) and set(ids[:2]) == {"baker", "welder"}
        (welder,) = [result for result in page.results if result.hit.id == "welder"]
        assert welder.hit.passage is not None and "bakes" in welder.snippet and not welder.beyond
        assert any("passages" in words[1] for words in page.commands)
    everybody = pipeline.search(SearchRequest("bread", k=200, mode="off", by="meaning"))
    assert len(everybody.results) == 11 and everybody.reason is not None

    changed = CVS | SHORT | {"nurse": ("Anna", NURSE), "clerk": ("Dora", NURSE * 30 + BAKER * 30)}
    del changed["welder"]
    options = SyncOptions(str(write(tmp_path / "changed.jsonl", changed)), delete_missing=True)
    sync(options, store, SingleEncoder(encode), cache, Report())
    live = store.versions.live()
    assert set(passages_of(client, live)) == {"clerk"} and live.profiles == 11
    page = pipeline.search(SearchRequest("bread and a bakery", k=3, mode="off", by="meaning"))
    assert {result.hit.id for result in page.results[:2]} == {"baker", "clerk"}


def test_short_texts_are_the_same_whatever_becomes_of_long_ones(
    build: Callable[..., VersionRecord], client: redis.Redis, tmp_path: Path
) -> None:
    source = write(tmp_path / "people.jsonl", SHORT)
    hashes = []
    for way in ("cut", "mean", "passages"):
        record = build(source, long_texts=way, clusters=2, keep=3)
        hashes.append({id_: client.hgetall(record.key(id_)) for id_ in SHORT})
        assert not passages_of(client, record)
    assert hashes[0] == hashes[1] == hashes[2] and all(hashes[0].values())


def test_short_texts_are_embedded_alike_and_once(encoder: Encoder, tmp_path: Path) -> None:
    texts = [text for _, text in SHORT.values()]
    vectors, computed = [], []
    for number, way in enumerate((lambda each: each, WholeTextEncoder, PassageEncoder)):
        cache = EmbeddingCache(tmp_path / str(number))
        encode = way(CachedEncoder(encoder.name, lambda: encoder, cache, None))
        vectors.append(encode.encode_and_count(texts)[0].tobytes())
        computed.append(encode.computed)
        cache.close()
    assert len(set(vectors)) == 1 and computed == [8, 8, 8]


def test_a_cut_build_says_how_much_counts(
    build: Callable[..., VersionRecord], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(write(tmp_path / "people.jsonl", CVS | SHORT), long_texts="cut", clusters=2)
    said = " ".join(capsys.readouterr().err.split())
    assert "their ends do not count" in said and "--long-texts mean counts all of it" in said
    assert "the model reads" in said and "of what the texts say" in said
