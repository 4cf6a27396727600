"""The evaluation: figures that can be checked by hand, and the command on the sample."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import redis
from indexer.compare.economics import Prices
from indexer.evaluate.closer import compare_closer, dollars
from indexer.evaluate.measures import measure
from indexer.evaluate.modes import run_closer
from indexer.evaluate.tasks import Asked, Task, by_length, load_task, make_task, some_of
from profilesearch.embedding import Encoder
from profilesearch.errors import SourceError
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.rerankers import Document
from profilesearch.search.rerankers.catalogue import Means, make_rerankers
from profilesearch.settings import Settings
from profilesearch.store import Store, connect
from tests.openai_server import Reply, openai_server
from tests.servers import run_indexer

TASK = Task("hand", {"a": "x", "b": "y"}, {"a": {"1": 2, "2": 0, "3": 1}, "b": {"9": 1}})


def test_figures_by_hand() -> None:
    found = measure(TASK, {"a": ["2", "1", "7"], "b": ["8", "9"]}, {"2": "baker"})
    assert found.metrics["MRR"].mean == pytest.approx(0.5)
    assert found.metrics["P@10"].mean == pytest.approx(0.1)
    assert found.metrics["MAP"].mean == pytest.approx((0.5 / 2 + 0.5) / 2)
    ideal = 2 + 1 / math.log2(3)
    assert found.metrics["nDCG@10"].mean == pytest.approx((2 / math.log2(3) / ideal + 1 / math.log2(3)) / 2)
    assert found.noise == pytest.approx(1 / 5) and found.unjudged == pytest.approx(2 / 5)
    assert found.noisy == [("baker", 1)]


def test_differences_are_tested_in_pairs() -> None:
    many = Task("many", {str(n): "x" for n in range(30)}, {str(n): {"r": 1} for n in range(30)})
    good = {query: ["r"] for query in many.queries}
    bad = {query: ["x", "r"] for query in many.queries}
    baseline = measure(many, good, {})
    worse = measure(many, bad, {}, baseline).metrics["MRR"]
    assert worse.p_value is not None and worse.p_value < 0.01
    same = measure(many, good, {}, baseline).metrics["MRR"]
    assert same.p_value == 1.0 and same.low == same.high == same.mean == 1.0
    mixed = measure(many, good | {str(n): ["x", "r"] for n in range(15)}, {}, baseline).metrics["MRR"]
    assert mixed.low < mixed.mean < mixed.high


def test_short_and_long_queries_are_apart() -> None:
    long = "we look for a nurse who has worked in intensive care and trains colleagues"
    task = Task("mixed", {"s": "nurse", "l": long}, {"s": {"1": 1}, "l": {"2": 1}})
    short_part, long_part = by_length(task)
    assert (short_part.name, list(short_part.queries)) == ("short queries (1)", ["s"])
    assert (long_part.name, long_part.judged) == ("long queries (1)", {"l": {"2": 1}})
    assert [part.name for part in by_length(TASK)] == ["short queries (2)"]


def test_tasks_from_files(tmp_path: Path) -> None:
    queries, qrels = tmp_path / "q.jsonl", tmp_path / "qrels"
    queries.write_text('{"id": "a", "text": "x"}\n\n{"id": "unjudged", "text": "y"}\n')
    qrels.write_text("a 0 1 2\na 0 2 0\n")
    task = load_task(queries, qrels)
    assert task.queries == {"a": "x"} and task.judged == {"a": {"1": 2, "2": 0}}
    qrels.write_text("a 0 1\n")
    with pytest.raises(SourceError, match=r"qrels:1: expected query, 0, profile and grade, got 'a 0 1'"):
        load_task(queries, qrels)
    qrels.write_text("z 0 1 1\n")
    with pytest.raises(SourceError, match="expected a query with a relevant profile"):
        load_task(queries, qrels)
    queries.write_text('{"id": "a"}\n')
    with pytest.raises(SourceError, match=r"q.jsonl:1: expected an object with id and text"):
        load_task(queries, qrels)


def test_the_command(built: str, sample: Path, tmp_path: Path) -> None:
    judged = ("--queries", str(sample / "queries.jsonl"), "--qrels", str(sample / "qrels.tsv"))
    done = run_indexer(built, "evaluate", *judged, "--json", "--plot", str(tmp_path / "q.png"))
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    rows = {row["name"]: row for row in told["clusters"] + told["indexes"]}
    assert list(rows) == ["off", "predicted", "probes 2", "probes 3", "probes 5", "auto", "FLAT", "HNSW ef 10", "HNSW ef 50",
                          "HNSW ef 100", "HNSW ef 200"]  # fmt: skip
    assert rows["off"]["overlap@10"] == rows["FLAT"]["overlap@10"] == 1
    overlaps = [rows[name]["overlap@30"] for name in ("predicted", "probes 2", "probes 3", "probes 5")]
    assert overlaps == sorted(overlaps) and overlaps[0] < overlaps[-1]
    shares = [rows[name]["share"] for name in ("predicted", "probes 2", "probes 3", "probes 5", "off")]
    assert shares == sorted(shares)
    for row in rows.values():
        assert (
            0 <= row["metrics"]["P@30"]["low"] <= row["metrics"]["P@30"]["mean"] <= row["metrics"]["P@30"]["high"] <= 1
        )
    (long,) = told["rankings"]
    assert long == "long queries (20)"
    ways = {way["name"]: way["metrics"]["P@10"] for way in told["rankings"][long]}
    assert list(ways) == ["meaning", "words", "both", "both, auto"]
    assert ways["meaning"]["p_value"] is None and all(0 <= ways[way]["p_value"] <= 1 for way in list(ways)[1:])
    assert ways["both"]["mean"] >= ways["meaning"]["mean"] - 0.05
    assert (tmp_path / "q.png").read_bytes().startswith(b"\x89PNG")
    typed = json.loads(run_indexer(built, "evaluate", "--typed", "role", "--json").stdout)
    short = {row["name"]: row["metrics"]["P@10"]["mean"] for row in typed["clusters"]}
    assert typed["task"] == "every role, typed alone" and typed["queries"] > 50
    assert short["auto"] >= short["off"] - 0.01 and short["auto"] >= short["predicted"]
    (ranked,) = typed["rankings"].values()
    by = {way["name"]: way["metrics"]["P@10"]["mean"] for way in ranked}
    assert by["both"] >= by["meaning"] and by["both, auto"] >= short["auto"]
    table = run_indexer(built, "evaluate", "--sample", "10").stdout.decode()
    assert "ranked by, long queries" in table or "ranked by, short queries" in table
    assert "10 known items" in table and "Unjudged is not irrelevant" in table
    with redis.Redis.from_url(built) as client:
        assert client.execute_command("FT._LIST") == [b"profiles:v1"]


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        ("--typed", "role", "--sample", "3"),
        ("--sample", "3", "--queries", "README.md", "--qrels", "README.md"),
        ("--qrels", "README.md"),
    ],
)
def test_wrong_use(built: str, wrong: tuple[str, ...]) -> None:
    done = run_indexer(built, "evaluate", *wrong)
    assert done.returncode == 2 and b"--sample" in done.stderr


def test_rerankers_are_compared_with_the_ranking_that_they_are_given(built: str, encoder: Encoder) -> None:
    class Backwards:
        """The last first."""

        name = "backwards"
        depth = 200

        def scores(self, query: str, documents: Sequence[Document]) -> np.ndarray:
            return np.arange(float(len(documents)))

    store = Store(connect(Settings(redis_url=built)))
    task = make_task(store, store.versions.live(), Asked(sample=2))
    runs = {run.name: run for run in run_closer(SearchPipeline(encoder, store, [Backwards()]), task)}
    assert list(runs) == ["both", "both, backwards"]
    for query in task.queries:
        assert runs["both, backwards"].rankings[query][0] != runs["both"].rankings[query][0]
        assert len(runs["both"].milliseconds[query]) == 3 and len(runs["both, backwards"].milliseconds[query]) == 1


def test_a_reranker_that_is_none_is_refused(built: str) -> None:
    done = run_indexer(built, "evaluate", "--sample", "2", "--rerank", "nothing")
    assert done.returncode == 1 and b"expected late, cross-encoder:MODEL" in done.stderr


def prices(**chat: tuple[float, float]) -> Prices:
    return Prices("2025-01-01", 3.6, {}, (), {}, chat)


def test_a_closer_look_is_measured_with_its_price(built: str, encoder: Encoder) -> None:
    store = Store(connect(Settings(redis_url=built)))
    task = make_task(store, store.versions.live(), Asked(sample=3))
    with openai_server(lambda _: "3, 2, 1, 4, 5, 6, 7, 8, 9, 10") as server:
        rerankers = make_rerankers(["listwise:tiny"], Means(encoder, address=server.openai))
        pipeline = SearchPipeline(encoder, store, rerankers)
        (compared,) = compare_closer(pipeline, task, [0.5], prices(tiny=(2000.0, 10_000.0)))
    before, asked, varied = compared.ways
    assert [way.run.name for way in compared.ways] == ["both", "both, listwise:tiny", "both, diversity 0.5"]
    assert asked.calls == 9 and asked.run.failed == 0 and before.calls == varied.calls == 0
    seconds = sum(map(sum, asked.run.milliseconds.values())) / 3000
    tokens = 1000 * 9 * (100 * 2000.0 + 1 * 10_000.0) / 1e6
    assert asked.dollars == pytest.approx(tokens + 1000 * seconds / 3600 * 3.6)
    assert dollars(asked.run, prices()) is None
    assert varied.variety.likeness < before.variety.likeness
    assert before.quality.metrics["P@10"].p_value is None and asked.quality.metrics["P@10"].p_value is not None


def test_a_reranker_that_fails_is_counted(built: str, encoder: Encoder) -> None:
    store = Store(connect(Settings(redis_url=built)))
    task = make_task(store, store.versions.live(), Asked(sample=2))
    with openai_server(lambda _: Reply(status=401)) as server:
        rerankers = make_rerankers(["listwise:tiny"], Means(encoder, address=server.openai))
        before, asked = run_closer(SearchPipeline(encoder, store, rerankers), task)
    assert asked.failed == 2 and asked.rankings == before.rankings and asked.spent.calls == 0


def test_some_queries_are_drawn_alike_each_time() -> None:
    many = Task("many", {str(n): f"x{n}" for n in range(30)}, {str(n): {"r": 1} for n in range(30)})
    few = some_of(many, 7)
    assert few == some_of(many, 7) and len(few.queries) == 7 and few.queries.keys() == few.judged.keys()
    assert few.queries.items() <= many.queries.items() and some_of(many, 30) is many


def test_profiles_may_be_left_out_of_what_was_found(built: str, encoder: Encoder) -> None:
    store = Store(connect(Settings(redis_url=built)))
    task = make_task(store, store.versions.live(), Asked(sample=2))
    pipeline = SearchPipeline(encoder, store)
    (whole,) = run_closer(pipeline, task)
    first = {query: frozenset(ranking[:1]) for query, ranking in whole.rankings.items()}
    (rest,) = run_closer(pipeline, replace(task, dropped=first))
    assert rest.rankings == {query: ranking[1:] for query, ranking in whole.rankings.items()}


def test_the_command_tells_what_a_closer_look_is_worth(built: str) -> None:
    asked = ("--typed", "role", "--most", "5", "--diversity", "0.4")
    told = json.loads(run_indexer(built, "evaluate", *asked, "--json").stdout)
    (ways,) = told["closer"].values()
    assert told["queries"] == 5 and [way["name"] for way in ways] == ["both", "both, diversity 0.4"]
    assert ways[1]["likeness"] < ways[0]["likeness"] and ways[0]["dollars"] > 0 == ways[0]["calls"]
    table = run_indexer(built, "evaluate", *asked).stdout.decode()
    assert "a closer look, short queries (5)" in table and "near-copy" in table
