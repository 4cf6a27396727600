"""What a build learns of the words of its profiles, and what it tells of that."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import redis
from indexer.build.judged import judged_ways
from indexer.build.options import BuildOptions
from indexer.build.state import BuildState
from indexer.evaluate.tasks import Task
from indexer.input import Input
from indexer.passage_spool import PassageSpool
from indexer.spool import Spool
from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder
from profilesearch.errors import DamagedVersion
from profilesearch.labels import Label
from profilesearch.row import Row
from profilesearch.search.live import read_snapshot
from profilesearch.store import Store, VersionRecord
from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.statistics import TermStatistics
from tests.indexer.conftest import Warm

Command = Callable[..., tuple[int, str]]

ROLES = ("nurse", "welder", "teacher", "baker", "lawyer", "actuary", "plumber", "pilot")


def people(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": f"p{n}",
            "headline": f"{ROLES[n % 8]} in town {n}",
            "text": f"{ROLES[n % 8]} in town {n}. Works as a {ROLES[n % 8]} with many other people since {n}. "
            f"Likes the work on team {n % 5} and learns new things every day.",
        }
        for n in range(count)
    ]


def read_words(store: Store, record: VersionRecord) -> FittedWords | None:
    return store.words.read(record)


@pytest.fixture
def command(warm: Warm, small_model: Path, client: redis.Redis, redis_url: str, tmp_path: Path) -> Command:
    def run(*args: str, count: int = 80) -> tuple[int, str]:
        source = tmp_path / "people.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in people(count)))
        status, _, err = warm.run(redis_url, "build", str(source), *args, PROFILESEARCH_MODEL=str(small_model))
        return status, err

    return run


def test_a_version_knows_its_words_and_forgets_them_with_it(
    command: Command, store: Store, client: redis.Redis
) -> None:
    status, said = command()
    assert status == 0 and "the model reads every text to its end" in said and "words count" in said, said
    live = store.versions.live()
    words = read_words(store, live)
    assert words is not None and words.statistics.documents == 80
    assert words.statistics.documents_with(("welder", "welders")) == [10, 10]
    assert words.terms("welder or astronaut") == ("welder",) and words.terms("astronaut") == ()
    assert command("--keep", "1", count=81)[0] == command("--keep", "1", count=82)[0] == 0
    assert not client.exists("profiles:words:v1") and client.exists("profiles:words:v3")
    words = read_words(store, store.versions.live())
    assert words is not None and words.statistics.documents == 82


def test_words_are_stemmed_in_the_language_of_the_texts(command: Command, store: Store) -> None:
    assert command()[0] == 0
    live = store.versions.live()
    words = read_words(store, live)
    assert words is not None and (live.language, words.statistics.language) == ("english", "en")
    status, said = command("--language", "german")
    assert status == 1 and "language: expected one of ar, ca," in said and "got 'german'" in said
    assert command("--language", "de")[0] == 0
    live = store.versions.live()
    words = read_words(store, live)
    assert words is not None and (live.language, words.statistics.language) == ("german", "de")


def test_damaged_words_are_named_and_missing_ones_are_none(command: Command, store: Store, client: redis.Redis) -> None:
    assert command()[0] == 0
    live = store.versions.live()
    client.hset("profiles:words:v1", "counts", b"no array")
    with pytest.raises(DamagedVersion, match="version v1: "):
        read_words(store, live)
    client.delete("profiles:words:v1")
    assert read_words(store, live) is None


def test_judged_queries_need_both_files(command: Command, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"id": "1", "text": "welder"}\n')
    status, said = command("--queries", str(tmp_path / "q.jsonl"))
    assert status == 2 and "--queries and --qrels belong together" in said
    (tmp_path / "qrels").write_text("1 0 nobody 1\n")
    status, said = command("--queries", str(tmp_path / "q.jsonl"), "--qrels", str(tmp_path / "qrels"))
    assert status == 0, said  # nobody who fits is there: queries are made of the profiles
    (tmp_path / "qrels").write_text("".join(f"1 0 p{n} 1\n" for n in range(1, 80, 8)))
    status, said = command("--queries", str(tmp_path / "q.jsonl"), "--qrels", str(tmp_path / "qrels"))
    assert status == 0 and "too few judged queries to learn from (1 query): 30 of one kind are needed" in said
    status, said = command("--queries", str(tmp_path / "q.jsonl"), "--qrels", str(tmp_path / "qrels"), "--labels", "x")
    assert status == 2 and "either --queries and --qrels, or --labels" in said


def test_a_build_learns_from_labels_and_its_record_says_what(command: Command, store: Store) -> None:
    status, said = command("--labels", "local")
    assert status == 1 and "labels of local: expected a text that somebody fits, got none" in said
    store.labels.add(
        "local",
        (
            Label(f"{role} number {number}", int(ROLES[n % 8] == role), f"p{n}")
            for role in ROLES
            for number in range(5)
            for n in range(16)
        ),
    )
    status, said = command("--labels", "local")
    assert status == 0, said
    checks = store.versions.live().checks
    for name in ("weight of words, short queries", "clusters to search"):
        assert "40 queries (labels of local)" in checks[name] and f"{name}: {checks[name]}" in said
        assert checks[name].startswith(("fitted; ", "calibrated; "))
    snapshot = read_snapshot(store, store.versions.live())
    assert (snapshot.calibration.router is not None) == checks["clusters to search"].startswith("fitted")
    before = snapshot.words.fusion(("welder",), 10) if snapshot.words is not None else None
    status, said = command()
    assert status == 0 and "the clusters are those of an earlier version" in said and "clusters to search" not in said
    after = read_snapshot(store, store.versions.live())
    assert after.words is not None and after.words.fusion(("welder",), 10) == before


def test_judged_queries_are_asked_of_the_profiles(encoder: Encoder, tmp_path: Path) -> None:
    rows = [Row(str(n), f"{ROLES[n % 8]}", f"{ROLES[n % 8]} in town {n}") for n in range(24)]
    cache = EmbeddingCache(tmp_path)
    cached = CachedEncoder(encoder.name, lambda: encoder, cache, None)
    with Spool(tmp_path) as spool, PassageSpool(tmp_path) as passages:
        for number, row in enumerate(rows):
            spool.add(row, number, {})
        spool.add_vectors(cached.encode_documents([row.text for row in rows]))
        with Path(__file__).open("rb") as file:
            state = BuildState(BuildOptions("x"), Input("x", "x", file), spool, passages, cached, cache)
            judged = {str(n): 1 for n in range(24) if ROLES[n % 8] == "baker"} | {"0": 0, "unknown": 1}
            task = Task("hand", {"b": "baker", "x": "astronaut"}, {"b": judged, "x": {"unknown": 1}})
            (way,) = judged_ways(state, task, TermStatistics.of(row.text for row in rows))
    cache.close()
    assert way.texts == ("baker",) and way.kind == "typed" and way.relevant.shape == (1, 24) and way.relevant.sum() == 3
    assert ((way.bm25[0] > 0) == way.relevant[0]).all()
    assert way.cosines[0].argmax() in way.relevant[0].nonzero()[0]
