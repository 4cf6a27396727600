"""Token vectors that profiles keep: from a build, from changes, and where they are not wanted."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.encoders import SingleEncoder
from indexer.kept_tokens import kept_tokens
from indexer.report import Report
from indexer.sync import SyncOptions, sync
from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder
from profilesearch.errors import EncoderError
from profilesearch.row import Row
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.search.rerankers.catalogue import Means, make_rerankers
from profilesearch.search.rerankers.late_interaction import LateInteraction
from profilesearch.store import Store, VersionRecord
from tests.encoders import StandIn

ROLES = ("nurse", "welder", "teacher", "baker")


def write(source: Path, changed: str = "") -> list[str]:
    rows = [
        {"id": f"p{n}", "headline": ROLES[n % 4], "text": f"{ROLES[n % 4]} who likes the work on a team. Number {n}."}
        for n in range(12)
    ]
    if changed:
        rows[3]["text"] = changed
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return [row["id"] for row in rows]


def test_builds_and_changes_keep_them_current(
    build: Callable[..., VersionRecord], store: Store, encoder: Encoder, tmp_path: Path, cache: Path
) -> None:
    source = tmp_path / "people.jsonl"
    ids = write(source)
    record = build(source, token_vectors=4)
    before = store.profiles.tokens(record, ids)
    assert set(before) == set(ids) and {len(tokens.vectors) for tokens in before.values()} == {4}

    write(source, changed="baker who has learned to sail boats")
    vectors = EmbeddingCache(cache)
    cached = CachedEncoder(encoder.name, lambda: encoder, vectors, None)
    sync(SyncOptions(str(source)), store, SingleEncoder(cached), cache, Report())
    vectors.close()
    after = store.profiles.tokens(store.versions.live(), ids)
    differing = [id_ for id_ in ids if before[id_].ids.tolist() != after[id_].ids.tolist()]
    assert set(after) == set(ids) and differing == ["p3"]

    pipeline = SearchPipeline(encoder, store, make_rerankers(["late"], Means(encoder)))
    page = pipeline.search(SearchRequest("somebody who sails boats", k=3, mode="off", rerank="late"))
    assert page.results[0].hit.id == "p3" and not page.notes
    late = pipeline.tools.rerankers["late"]
    assert isinstance(late, LateInteraction) and not late._remembered, "no text of a profile was encoded"


def test_without_the_option_there_are_none(build: Callable[..., VersionRecord], store: Store, tmp_path: Path) -> None:
    ids = write(tmp_path / "people.jsonl")
    record = build(tmp_path / "people.jsonl")
    assert store.profiles.tokens(record, ids) == {}
    assert not store._server.run("HEXISTS", record.key("p1"), "_tokens")


def test_a_model_without_token_vectors_says_so() -> None:
    with pytest.raises(EncoderError, match="stand-in has no vectors for tokens: build without --token-vectors"):
        kept_tokens([Row("a", "nurse", "a nurse")], StandIn(), 8)
    assert kept_tokens([Row("a", "nurse", "a nurse")], StandIn(), 0) == [b""]
