"""Random documents and queries against a brute-force oracle that shares nothing with the evaluator."""

import math
import struct
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, example, given, settings

from tests.redis_local import oracle
from tests.redis_local.wire import Wire
from tests.servers import RedisLocal

TAGS = ("red", "Blue", "new york", "R&D, x", "São Paulo", "上海", "a|b{c}", "C++", "under_score", "100", "it's")
WORDS = ("run", "running", "runs", "office", "officer", "market", "the", "to", "data", "engine", "engineer", "quick")
METRICS = ("COSINE", "L2", "IP")
PLACES = ((13.4, 52.5), (9.99, 53.55), (-0.12, 51.5), (-122.4, 37.8), (174.76, -36.85))

tags = st.sampled_from([tag for tag in TAGS if "," not in tag])
numbers = st.integers(-5, 20).map(float) | st.sampled_from([0.5, 2.25, -1.5])
vectors = st.tuples(*[st.floats(-2, 2, width=16)] * 3)

documents = st.fixed_dictionaries(
    {},
    optional={
        "tag": st.lists(tags, min_size=1, max_size=3).map(",".join),
        "place": tags,
        "n": numbers.map(lambda value: f"{value:g}"),
        "geo": st.sampled_from(PLACES).map(lambda place: f"{place[0]:g},{place[1]:g}"),
        "text": st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
        "v": vectors,
    },
)

between = st.builds(
    lambda a, b, lo, ho: oracle.Between(min(a, b), max(a, b), lo, ho),
    numbers | st.just(-math.inf), numbers | st.just(math.inf), st.booleans(), st.booleans(),
)  # fmt: skip
leaves: st.SearchStrategy[oracle.Query] = st.one_of(
    st.builds(oracle.Tag, st.sampled_from(["tag", "place"]), st.lists(tags, min_size=1, max_size=3).map(tuple)),
    st.builds(oracle.TagPrefix, st.sampled_from(["tag", "place"]), st.sampled_from(["re", "bl", "Sã", "new ", "C+"])),
    between,
    st.builds(oracle.Word, st.sampled_from([word for word in WORDS if word not in oracle.STOPWORDS])),
    st.builds(oracle.Fuzzy, st.sampled_from(["rum", "ofice", "date", "quick", "enginee"]), st.integers(1, 2)),
    st.builds(oracle.Glob, st.sampled_from(["r?n", "*ing", "en*e*", "off???r", "*", "zz?"])),
    st.builds(oracle.Lacking, st.just("n")),
    st.builds(oracle.Around, st.sampled_from(PLACES), st.sampled_from([1.0, 300.0, 2000.0, 19000.0])),
    st.builds(oracle.Prefix, st.sampled_from(["ru", "off", "engin", "zz"])),
    st.builds(
        oracle.Quoted, st.lists(st.sampled_from(["run", "office", "data", "engine"]), min_size=2, max_size=3).map(tuple)
    ),
)
queries = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(oracle.All, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(oracle.Any, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(oracle.No, inner),
    ),
    max_leaves=6,
)

CREATE = ("SCHEMA", "tag", "TAG", "place", "TAG", "CASESENSITIVE", "n", "NUMERIC", "INDEXMISSING", "geo", "GEO", "text", "TEXT",
          "v", "VECTOR", "FLAT", "6", "TYPE", "FLOAT32", "DIM", "3", "DISTANCE_METRIC")  # fmt: skip


def load(wire: Wire, metric: str, docs: list[dict[str, Any]]) -> None:
    """Index first or documents first, by turns; and some documents are overwritten."""
    wire.send("FLUSHALL")
    create = ("FT.CREATE", "i", "PREFIX", "1", "d:", *CREATE, metric)
    assert wire.send(*create) == b"OK"
    for number, doc in enumerate(docs):
        if number % 3 == 0:
            wire.send("HSET", f"d:{number}", "tag", "old", "n", "99", "text", "quick")
            wire.send("DEL", f"d:{number}")
        if doc:
            wire.send("HSET", f"d:{number}", *[word for name, value in doc.items() for word in (name, as_bytes(value))])


def as_bytes(value: str | tuple[float, ...]) -> bytes:
    return struct.pack("<3f", *value) if isinstance(value, tuple) else value.encode()


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(docs=st.lists(documents, max_size=14), asked=st.lists(queries, min_size=1, max_size=4))
def test_filters(server: RedisLocal, docs: list[dict[str, Any]], asked: list[oracle.Query]) -> None:
    with Wire(server.port, 2) as wire:
        load(wire, "L2", docs)
        for query in asked:
            reply = wire.send("FT.SEARCH", "i", query.render(), "NOCONTENT", "LIMIT", "0", "100", "DIALECT", "2")
            assert isinstance(reply, list), (query.render(), reply)
            expected = {f"d:{n}".encode() for n, doc in enumerate(docs) if doc and query.matches(doc)}
            assert set(reply[1:]) == expected, query.render()
            assert reply[0] == len(expected)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    docs=st.lists(documents, max_size=14), query=queries | st.none(), metric=st.sampled_from(METRICS), vector=vectors,
    k=st.integers(1, 16),
)  # fmt: skip
@example(
    docs=[{"v": (0.0, 0.0, 0.0)}, {"v": (1.0, 0.0, 0.0)}], query=None, metric="COSINE", vector=(1.0, 0.0, 0.0), k=2
)
def test_nearest_neighbours(
    server: RedisLocal,
    docs: list[dict[str, Any]],
    query: oracle.Query | None,
    metric: str,
    vector: tuple[float, ...],
    k: int,
) -> None:
    with Wire(server.port, 2) as wire:
        load(wire, metric, docs)
        text = f"{f'({query.render()})' if query else '*'}=>[KNN {k} @v $vec AS dist]"
        reply = wire.send("FT.SEARCH", "i", text, "PARAMS", "2", "vec", struct.pack("<3f", *vector), "SORTBY", "dist",
                          "RETURN", "1", "dist", "LIMIT", "0", "100", "DIALECT", "2")  # fmt: skip
        assert isinstance(reply, list), (text, reply)
        admitted = {f"d:{n}": oracle.distance(metric, vector, doc["v"])
                    for n, doc in enumerate(docs) if "v" in doc and (query is None or oracle.unstemmed(query).matches(doc))}  # fmt: skip
        got = [float(fields[1]) for fields in reply[2::2]]
        expected = sorted(admitted.values(), key=lambda d: (math.isnan(d), d))[:k]
        assert len(got) == len(expected)
        for one, two in zip(got, expected, strict=True):
            assert math.isclose(one, two, rel_tol=1e-4, abs_tol=1e-5) or (math.isnan(one) and math.isnan(two))
        for key, distance in zip(reply[1::2], got, strict=True):
            true = admitted[key.decode()]
            assert math.isclose(distance, true, rel_tol=1e-4, abs_tol=1e-5) or (
                math.isnan(distance) and math.isnan(true)
            )


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(docs=st.lists(documents, max_size=12), metric=st.sampled_from(METRICS), vector=vectors, radius=st.floats(0, 4))
def test_ranges(
    server: RedisLocal, docs: list[dict[str, Any]], metric: str, vector: tuple[float, ...], radius: float
) -> None:
    with Wire(server.port, 2) as wire:
        load(wire, metric, docs)
        reply = wire.send("FT.SEARCH", "i", "@v:[VECTOR_RANGE $r $vec]", "PARAMS", "4", "r", str(radius), "vec",
                          struct.pack("<3f", *vector), "NOCONTENT", "LIMIT", "0", "100", "DIALECT", "2")  # fmt: skip
        for number, doc in enumerate(docs):
            if "v" in doc and not math.isnan(true := oracle.distance(metric, vector, doc["v"])):
                if abs(true - radius) > 1e-3:
                    assert (f"d:{number}".encode() in reply[1:]) == (true < radius)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(docs=st.lists(documents, max_size=14))
def test_groups(server: RedisLocal, docs: list[dict[str, Any]]) -> None:
    with Wire(server.port, 2) as wire:
        load(wire, "L2", docs)
        reply = wire.send("FT.AGGREGATE", "i", "*", "GROUPBY", "1", "@place", "REDUCE", "COUNT", "0", "AS", "c", "REDUCE",
                          "SUM", "1", "@n", "AS", "s", "REDUCE", "MAX", "1", "@n", "AS", "m", "DIALECT", "2")  # fmt: skip
        groups: dict[str | None, list[dict[str, Any]]] = {}
        for doc in docs:
            if doc:
                groups.setdefault(doc.get("place"), []).append(doc)
        got = {}
        for row in reply[1:]:
            fields = {row[i].decode(): row[i + 1] and row[i + 1].decode() for i in range(0, len(row), 2)}
            got[fields["place"]] = fields
        assert got.keys() == groups.keys()
        for place, members in groups.items():
            values = [float(doc["n"]) for doc in members if "n" in doc]
            assert int(got[place]["c"]) == len(members)
            assert math.isclose(float(got[place]["s"]), sum(values), abs_tol=1e-6)
            assert float(got[place]["m"]) == max(values, default=0)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=30) | st.text("@{}[]()|-~*\"'=>$:; abKN1\\.%", max_size=24))
def test_any_text_is_a_query_or_an_error(server: RedisLocal, text: str) -> None:
    """Whatever is asked, the answer is a result or an error of the query language, and the server goes on."""
    with Wire(server.port, 2) as wire:
        if (
            wire.send("FT.INFO", "i") is None
            or not isinstance(wire.send("FT._LIST"), list)
            or wire.send("FT._LIST") == []
        ):
            load(wire, "L2", [{"tag": "red", "text": "run"}])
        reply = wire.send("FT.SEARCH", "i", text.encode(errors="surrogatepass"), "NOCONTENT", "DIALECT", "2")
        assert isinstance(reply, list) or "redis_local failed" not in str(reply), (text, reply)
