"""Random FT.HYBRID against a brute-force oracle that shares nothing with the evaluator.

A longer run: ``HYBRID_EXAMPLES=1500 make test ARGS=tests/redis_local/test_ft_hybrid.py``.
"""

import math
import os
import struct
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, assume, given, settings
from redis.commands.search.hybrid_query import HybridQuery, HybridSearchQuery, HybridVsimQuery

import redis
from tests.redis_local import oracle, oracle_hybrid
from tests.redis_local.test_oracle import METRICS, PLACES, WORDS, between, numbers, tags, vectors
from tests.redis_local.wire import Wire
from tests.servers import RedisLocal

EXAMPLES = int(os.environ.get("HYBRID_EXAMPLES", "60"))
SPOKEN = [word for word in WORDS if word not in oracle.STOPWORDS]

documents = st.fixed_dictionaries(
    {},
    optional={
        "tag": st.lists(tags, min_size=1, max_size=2, unique=True).map(",".join),
        "n": numbers.map(lambda value: f"{value:g}"),
        "geo": st.sampled_from(PLACES).map(lambda place: f"{place[0]:g},{place[1]:g}"),
        "text": st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join),
        "title": st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join),
        "v": vectors,
    },
)
leaves: st.SearchStrategy[oracle.Query] = st.one_of(
    st.builds(oracle_hybrid.AnyWord, st.sampled_from(SPOKEN)),
    st.builds(oracle_hybrid.Field, st.sampled_from(["text", "title"]), st.sampled_from(SPOKEN)),
    st.builds(oracle.Tag, st.just("tag"), st.lists(tags, min_size=1, max_size=3, unique=True).map(tuple)),
    st.builds(oracle.Fuzzy, st.sampled_from(["rum", "ofice", "date"]), st.integers(1, 2)),
    st.builds(oracle.Glob, st.sampled_from(["r?n", "*ing", "en*e*"])),
    st.builds(oracle.Around, st.sampled_from(PLACES), st.sampled_from([1.0, 300.0, 2000.0])),
    st.just(oracle.Lacking("n")),
    between,
)


def trees(weighted: bool) -> st.SearchStrategy[oracle.Query]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(oracle.All, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(oracle.Any, st.lists(inner, min_size=2, max_size=4).map(tuple)),
            *([st.builds(oracle_hybrid.Weighing, inner, st.sampled_from([0.5, 2.0, 3.0]))] if weighted else []),
        ),
        max_leaves=7,
    )


questions = st.builds(
    lambda method, **rest: oracle_hybrid.Asked(k=method[0], radius=method[1], **rest),
    st.one_of(
        st.tuples(st.integers(1, 8), st.none()), st.just((10, None)), st.tuples(st.none(), st.floats(0, 3, width=16))
    ),
    text=trees(True) | st.none(),
    metric=st.sampled_from(METRICS),
    vector=vectors,
    filter=trees(False) | st.none(),
    window=st.sampled_from([20, 1, 2, 3, 5]),
    linear=st.none() | st.tuples(st.sampled_from([0.3, 1.0, 0.0]), st.sampled_from([0.7, 1.0, 0.5])),
    constant=st.sampled_from([60.0, 1.0, 0.5]),
    scorer=st.sampled_from(["BM25STD", "BM25STD", "BM25STD.NORM", "BM25STD.TANH"]),
)


def command(asked: oracle_hybrid.Asked, *tail: str) -> list[str | bytes]:
    method = ("KNN", "2", "K", str(asked.k)) if asked.radius is None else ("RANGE", "2", "RADIUS", repr(asked.radius))
    return [
        "FT.HYBRID", "i", "SEARCH", "*" if asked.text is None else asked.text.render(), "SCORER", asked.scorer, "YIELD_SCORE_AS", "words",
        "VSIM", "@v", "$q", *method, *(() if asked.filter is None else ("FILTER", asked.filter.render())),
        "YIELD_SCORE_AS", "near", "COMBINE",
        *(("LINEAR", "6", "ALPHA", repr(asked.linear[0]), "BETA", repr(asked.linear[1])) if asked.linear else
          ("RRF", "4", "CONSTANT", repr(asked.constant))),
        "WINDOW", str(asked.window), *tail, "PARAMS", "2", "q", struct.pack("<3f", *asked.vector),
    ]  # fmt: skip


def load(wire: Wire, metric: str, docs: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Index the documents, some of them twice and some removed again; by number what is there at the end."""
    wire.send("FLUSHALL")
    wire.send("FT.CREATE", "i", "PREFIX", "1", "d:", "SCHEMA", "tag", "TAG", "n", "NUMERIC", "INDEXMISSING", "geo", "GEO", "text", "TEXT", "title", "TEXT",
              "WEIGHT", "3", "v", "VECTOR", "FLAT", "6", "TYPE", "FLOAT32", "DIM", "3", "DISTANCE_METRIC", metric)  # fmt: skip
    for number, doc in enumerate(docs, 1):
        if number % 3 == 0:
            wire.send("HSET", f"d:{number}", "tag", "old", "n", "99", "text", "quick running office", "title", "market")
            wire.send("DEL", f"d:{number}")
        if doc:
            wire.send("HSET", f"d:{number}", *[word for name, value in doc.items() for word in (name, as_bytes(value))])
    return {number: doc for number, doc in enumerate(docs, 1) if doc}


def as_bytes(value: str | tuple[float, ...]) -> bytes:
    return struct.pack("<3f", *value) if isinstance(value, tuple) else value.encode()


def rows_of(reply: list[Any]) -> list[dict[str, str]]:
    assert isinstance(reply, list), reply
    top = dict(zip(reply[::2], reply[1::2], strict=True))
    return [{k.decode(): v.decode() for k, v in zip(row[::2], row[1::2], strict=True)} for row in top[b"results"]]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(docs=st.lists(documents, max_size=14), asked=questions)
def test_scores_and_ranks(server: RedisLocal, docs: list[dict[str, Any]], asked: oracle_hybrid.Asked) -> None:
    with Wire(server.port, 2) as wire:
        there = load(wire, asked.metric, docs)
        want = oracle_hybrid.answer(there, asked)
        assume(not want.doubtful)
        reply = wire.send(*command(asked, "LIMIT", "0", "100"))
        rows = rows_of(reply)
        assert reply[1] == len(want.combined) == len(rows)
        assert {row["__key"] for row in rows} == {f"d:{number}" for number in want.combined}
        for row in rows:
            number = int(row["__key"][2:])
            for name, scores in (("__score", want.combined), ("words", want.words), ("near", want.near)):
                assert (name in row) == (number in scores)
                assert name not in row or math.isclose(float(row[name]), scores[number], rel_tol=1e-4, abs_tol=1e-5)
        got = [float(row["__score"]) for row in rows]
        assert got == sorted(got, reverse=True)
        ties = [(-want.combined[int(row["__key"][2:])], int(row["__key"][2:])) for row in rows]
        assert oracle_hybrid.close(want.combined.values(), 1e-6) or ties == sorted(ties)


@settings(max_examples=max(20, EXAMPLES // 3), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    docs=st.lists(documents, max_size=14), asked=questions, descending=st.booleans(), offset=st.integers(0, 6),
    count=st.integers(1, 5),
)  # fmt: skip
def test_sorted_pages(
    server: RedisLocal,
    docs: list[dict[str, Any]],
    asked: oracle_hybrid.Asked,
    descending: bool,
    offset: int,
    count: int,
) -> None:
    """A page of rows sorted by a field: rows without it last, equal ones by document in the direction of the sort."""
    with Wire(server.port, 2) as wire:
        there = load(wire, asked.metric, docs)
        want = oracle_hybrid.answer(there, asked)
        assume(not want.doubtful)
        page = ("SORTBY", "2", "@n", "DESC" if descending else "ASC", "LIMIT", str(offset), str(count), "LOAD", "2", "@__key",
                "@n")  # fmt: skip
        reply = wire.send(*command(asked, *page))
        sign = -1 if descending else 1
        ordered = sorted(
            want.combined,
            key=lambda n: ("n" not in there[n], sign * float(there[n].get("n", 0)), sign * n),
        )
        assert [row["__key"] for row in rows_of(reply)] == [f"d:{n}" for n in ordered[offset : offset + count]]
        assert reply[1] == len(want.combined)


@pytest.mark.filterwarnings("ignore:.*experimental")
def test_a_client_library_asks_and_understands(local: redis.Redis) -> None:
    """redis-py's own FT.HYBRID."""
    local.execute_command("FT.CREATE", "i", "PREFIX", "1", "d:", "SCHEMA", "text", "TEXT", "v", "VECTOR", "FLAT", "6", "TYPE",
                          "FLOAT32", "DIM", "2", "DISTANCE_METRIC", "COSINE")  # fmt: skip
    local.hset("d:1", mapping={"text": "red", "v": struct.pack("<2f", 1, 0)})
    local.hset("d:2", mapping={"text": "blue", "v": struct.pack("<2f", 0, 1)})
    query = HybridQuery(HybridSearchQuery("red"), HybridVsimQuery("@v", "$q"))
    found = local.ft("i").hybrid_search(query, params_substitution={"q": struct.pack("<2f", 0, 1)})
    assert found.total_results == 2


def test_a_server_that_has_it_says_so(local: redis.Redis) -> None:
    assert [name.upper() for name in local.execute_command("COMMAND", "INFO", "FT.HYBRID")] == ["FT.HYBRID"]


def test_an_unknown_scorer(local: redis.Redis) -> None:
    local.execute_command("FT.CREATE", "i", "SCHEMA", "t", "TEXT")
    with pytest.raises(redis.ResponseError, match="No such scorer NOPE"):
        local.execute_command("FT.HYBRID", "i", "SEARCH", "a", "SCORER", "NOPE", "VSIM", "@v", "$q")


@pytest.mark.parametrize(
    ("tail", "why"),
    [
        ("COMBINE LINEAR 0", "argument count must be positive"),
        ("COMBINE RRF 2 WINDOW many", "WINDOW"),
        ("COMBINE RRF 4 WINDOW 2 WINDOW 3", "specified multiple times"),
        ("COMBINE RRF 3 WINDOW 2 CONSTANT", "even number"),
        ("SORTBY 0", "Invalid argument count"),
        ("SORTBY 2 @n", "Not enough arguments"),
        ("SORTBY 1 @n NOSORT", "NOSORT is not allowed with SORTBY"),
        ("LOAD 1 n", "Missing prefix"),
        ("LOAD 2 @n", "Not enough arguments"),
        ("LIMIT 1 0", "must be 0"),
        ("DIALECT 2", "DIALECT is not supported"),
        ("EXPLAINSCORE", "not yet supported"),
        ("PARAMS 2 q x", "specified multiple times"),
        ("SORTBY 1 @nope", "not loaded nor in schema"),
        ("COMBINE RRF 2 YIELD_SCORE_AS n LOAD 1 @n", "name already exists"),
    ],
)
def test_refusals(local: redis.Redis, tail: str, why: str) -> None:
    local.execute_command("FT.CREATE", "i", "SCHEMA", "n", "NUMERIC", "v", "VECTOR", "FLAT", "6", "TYPE", "FLOAT32", "DIM", "2",
                          "DISTANCE_METRIC", "COSINE")  # fmt: skip
    with pytest.raises(redis.ResponseError, match=why):
        local.execute_command(
            "FT.HYBRID", "i", "SEARCH", "a", "VSIM", "@v", "$q", "PARAMS", "2", "q", "x" * 8, *tail.split()
        )
