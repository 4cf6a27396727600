"""No query takes more than a bounded time and memory, and nothing that is too large leaves a traceback."""

import cProfile
import pstats
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from redis_local.errors import CommandError
from redis_local.index import Document, Index
from redis_local.query.cache import Cache
from redis_local.query.evaluator import Evaluator
from redis_local.query.limits import MAX_BYTES, MAX_DEPTH, MAX_PARTS, MAX_TOKENS
from redis_local.query.lookup import Options
from redis_local.query.nodes import Node
from redis_local.query.parser import parse
from redis_local.query.scorer import Scorer
from redis_local.schema import Field, IndexDefinition
from tests.redis_local.wire import Wire
from tests.servers import RedisLocal

VECTOR = struct.pack("<2f", 1, 0)


def read(query: str, dialect: int = 2) -> Node:
    return parse(query.encode(), dialect, frozenset())


@pytest.mark.parametrize(
    "query",
    [
        "|".join(f"w{n}" for n in range(170_000)),
        "a" * (MAX_BYTES + 1),
        "@c:{" + "|".join("x" for _ in range(MAX_TOKENS)) + "}",
        "|".join(["ab"] * 1025),
        '"' + " ".join(["ab"] * 1025) + '"',
        "|".join(["@n:[1 2]"] * 1025),
        "|".join(["ab*"] * 33),
        "@c:{" + "|".join(["*ab*"] * 33) + "}",
        "|".join(["@v:[VECTOR_RANGE 1 $b]"] * 9),
    ],
    ids=lambda query: query[:12],
)
def test_a_query_that_is_too_large_is_refused(query: str) -> None:
    with pytest.raises(CommandError, match="Query is too large: redis_local takes at most"):
        read(query)


@pytest.mark.parametrize("dialect", [1, 2])
@pytest.mark.parametrize("deep", ["-" * 5000 + "a1", "~" * 5000 + "a1", "@t:(" + "(" * 1000 + "a1", "a1" + "=>{$weight:2}" * 1400,
                                  "(-" * 300 + "a1" + ")" * 300])  # fmt: skip
def test_a_query_that_is_too_deep_is_refused(deep: str, dialect: int) -> None:
    with pytest.raises(CommandError, match="Parser stack overflow"):
        read(deep, dialect)


def test_what_is_just_within_the_limits_is_read() -> None:
    words, affixes, ranges = MAX_PARTS.values()
    for query in ("|".join(["ab"] * words), "|".join(["ab*"] * affixes), "|".join(["@v:[VECTOR_RANGE 1 $b]"] * ranges),
                  "@c:{" + "|".join(["x"] * (MAX_TOKENS // 2 - 2)) + "}", "-" * (MAX_DEPTH - 1) + "a1",
                  "(" * (MAX_DEPTH - 1) + "a1" + ")" * (MAX_DEPTH - 1)):  # fmt: skip
        read(query)


def test_the_cache_forgets_by_size() -> None:
    cache: Cache[int, str] = Cache(100)
    for number in range(1000):
        cache.put(number, 9, "x")
    assert len(cache) == 10 and cache.get(999) == "x" and cache.get(989) is None
    cache.put(-1, 500, "larger than the cache")
    assert cache.get(-1) is None and len(cache) == 10
    cache.get(990)
    cache.put(1000, 9, "x")
    assert cache.get(990) == "x" and cache.get(991) is None


def scoring_calls(documents: int) -> int:
    """How many functions are called to score that many documents."""
    index = Index(IndexDefinition("i", ("d:",), (Field("t", "t", "TEXT"), Field("c", "c", "TAG"))))
    index.apply([Document(b"d:%d" % n, (b"running runs fast w%d" % n, b"a")) for n in range(documents)])
    node = read("(run | fast | w1*) @c:{a}")
    evaluator = Evaluator(index, Options(), node)
    rows = evaluator.run().rows
    profile = cProfile.Profile()
    profile.enable()
    scores = Scorer(evaluator).scores(node, rows)
    profile.disable()
    assert len(scores) == documents and np.all(scores > 0)
    stats: Any = pstats.Stats(profile)  # its stub lacks the sum
    return int(stats.total_calls)


def test_scoring_does_no_work_of_its_own_for_each_document() -> None:
    """Arrays do it: the calls grow with the words that a prefix finds, not with the documents."""
    index_words = {100: 12, 2000: 1112}
    calls = {documents: scoring_calls(documents) for documents in index_words}
    assert calls[2000] - calls[100] < 14 * (index_words[2000] - index_words[100])
    assert calls[100] < 2000


@pytest.fixture
def wire(server: RedisLocal) -> Iterator[Wire]:
    with Wire(server.port, 2) as wire:
        wire.send("FLUSHALL")
        wire.send("FT.CREATE", "i", "SCHEMA", "n", "NUMERIC", "v", "VECTOR", "HNSW", "6", "TYPE", "FLOAT32", "DIM", "2",
                  "DISTANCE_METRIC", "L2")  # fmt: skip
        wire.send("HSET", "a", "n", "1", "v", VECTOR)
        yield wire


@pytest.mark.parametrize(
    ("k", "error"),
    [
        (str(2**58 + 1), None),
        (str(2**59), "query KNN K parameter is too large, must not exceed 288230376151711744"),
        ("1.5", "Syntax error at offset 8 near 1.5"),
        ("inf", "Syntax error at offset 8 near inf"),
    ],
)
def test_too_many_neighbours(wire: Wire, k: str, error: str | None) -> None:
    reply = wire.send("FT.SEARCH", "i", f"*=>[KNN {k} @v $b]", "PARAMS", "2", "b", VECTOR, "NOCONTENT", "DIALECT", "2")
    assert reply == [1, b"a"] if error is None else error in str(reply)


@pytest.mark.parametrize("k", ["9" * 25, "9" * 400])
def test_a_number_of_neighbours_beyond_64_bits_is_none_as_in_redis(wire: Wire, k: str) -> None:
    assert wire.send("FT.SEARCH", "i", f"*=>[KNN {k} @v $b]", "PARAMS", "2", "b", VECTOR, "DIALECT", "2") == [0]


@pytest.mark.parametrize(
    ("query", "refused"), [("@n:[5 9]", False), ("(@n:[5 9] @n:[0 2])", False), ("@n:[0 5]", True), ("-@n:[0 5]", True)]
)
def test_a_wrong_vector_is_refused_unless_its_filter_is_void(wire: Wire, query: str, refused: bool) -> None:
    reply = wire.send("FT.SEARCH", "i", f"({query})=>[KNN 1 @v $b]", "PARAMS", "2", "b", b"short", "DIALECT", "2")
    assert "blob size (5)" in str(reply) if refused else reply == [0]


@pytest.mark.parametrize("k", ["inf", "nan", "-inf", "-1", "1.5", "1e3", "", "9" * 400, "9" * 5000, "x"])
def test_a_number_of_neighbours_that_is_none(wire: Wire, k: str) -> None:
    reply = wire.send("FT.SEARCH", "i", "*=>[KNN $k @v $b]", "PARAMS", "4", "k", k, "b", VECTOR, "DIALECT", "2")
    assert str(reply) == f"Invalid numeric value ({k[:64]}) for parameter `k`"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("LIMIT", "0", "9" * 5000), "LIMIT needs two numeric arguments"),
        (("LIMIT", "9" * 5000, "1"), "LIMIT needs two numeric arguments"),
        (("LIMIT", "0", "9" * 19), "LIMIT needs two numeric arguments"),
        (("LIMIT", "0", "9" * 18), "LIMIT exceeds maximum of 1000000"),
        (("RETURN", "9" * 5000, "n"), "Bad arguments for RETURN: Could not convert argument to expected type"),
        (("PARAMS", "9" * 5000), "Bad arguments for PARAMS: Could not convert argument to expected type"),
        (("TIMEOUT", "9" * 5000), "TIMEOUT requires a non negative integer"),
        (("FILTER", "n", "nan", "5"), "Bad lower range: nan"),
        (("FILTER", "n", "1_0", "5"), "Bad lower range: 1_0"),
        (("FILTER", "n", "0", "5") * 65, "Query is too large: redis_local takes at most 64 FILTERs in a search"),
    ],
)
def test_numbers_of_options(wire: Wire, words: tuple[str, ...], error: str) -> None:
    assert str(wire.send("FT.SEARCH", "i", "*", *words)) == error


@pytest.mark.parametrize("query", [
    "*=>[KNN 1 @v $b EF_RUNTIME %s]" % ("9" * 5000), "@n:[%s inf]" % ("9" * 5000), "@v:[VECTOR_RANGE %s $b]" % ("9" * 500),
    "*=>[KNN 1 @v $b BATCH_SIZE %s]" % ("0" * 5000), "a=>{$weight: \udcff}", "@n:[\udcff \udcfe]", "@\udcff:[1 2]",
])  # fmt: skip
def test_no_query_fails_but_by_an_error_of_the_query_language(wire: Wire, query: str) -> None:
    text = query.encode(errors="surrogateescape")
    reply = wire.send("FT.SEARCH", "i", text, "PARAMS", "2", "b", VECTOR, "NOCONTENT", "DIALECT", "2")
    assert "redis_local failed" not in str(reply)


@pytest.mark.parametrize("dim", ["1048577", "2147483648", "9" * 5000])
def test_vectors_of_too_many_dimensions(wire: Wire, dim: str) -> None:
    reply = wire.send(
        "FT.CREATE", "j", "SCHEMA", "v", "VECTOR", "FLAT", "6", "TYPE", "FLOAT32", "DIM", dim, "DISTANCE_METRIC", "L2"
    )
    assert str(reply).startswith("Bad arguments for vector similarity FLAT index `DIM`: ")


def test_a_megabyte_of_words_is_refused_and_the_server_goes_on(wire: Wire) -> None:
    assert "too large" in str(wire.send("FT.SEARCH", "i", "|".join(f"w{n}" for n in range(170_000)), "DIALECT", "2"))
    assert wire.send("FT.SEARCH", "i", "*", "NOCONTENT") == [1, b"a"]
