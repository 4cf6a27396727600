"""Random values against the oracle: how numbers are returned, grouped and sorted, which tags are found, vector types."""

import math
import string
import struct
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from tests.redis_local import oracle
from tests.redis_local.wire import Wire
from tests.servers import RedisLocal

SCHEMA = ("FT.CREATE", "s", "PREFIX", "1", "s:", "SCHEMA", "n", "NUMERIC", "SORTABLE", "m", "NUMERIC", "c", "TAG", "w", "TEXT",
          "SORTABLE", "u", "TAG", "SORTABLE", "UNF", "f", "TAG", "SORTABLE")  # fmt: skip

spellings = (
    st.sampled_from([
        "0", "-0", "-0.0", "+5", "2.0", "1e3", "1E3", "0.10", ".5", "5.", "1e-7", "-1e-7", "1e17", "123456789012345678",
        "0.1234567890123456789", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e19", "1e300", "5e-324",
        "inf", "-inf", "+inf", "0.1e1", "00012", "100000.5", "1234567.89012345",
    ])
    | st.integers(-(10**20), 10**20).map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.floats(-1000, 1000, width=32).map("{:.3f}".format)
)  # fmt: skip
words = st.sampled_from(["Zürich", "berlin", "Berlin", "Straße", "STRASSE", "a", "A", "_", "", "Ångström", "zebra"])
rows = st.fixed_dictionaries(
    {}, optional={"n": spellings, "m": spellings, "c": words, "w": words, "u": words, "f": words}
)
tables = st.lists(rows.filter(bool), max_size=8)
hard = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


def load(wire: Wire, table: list[dict[str, str]]) -> None:
    wire.send("FLUSHALL")
    assert wire.send(*SCHEMA) == b"OK"
    for number, row in enumerate(table):
        wire.send("HSET", f"s:{number}", *[word for pair in row.items() for word in pair])


def mapping(flat: list[Any]) -> dict[str, Any]:
    return {
        flat[i].decode(): flat[i + 1] if flat[i + 1] is None else flat[i + 1].decode() for i in range(0, len(flat), 2)
    }


def in_order(values: list[Any], descending: bool) -> list[int]:
    """Positions in sorted order; what has no value comes last."""
    present = [i for i, value in enumerate(values) if value is not None]
    missing = [i for i, value in enumerate(values) if value is None]
    return sorted(present, key=lambda i: (values[i], i), reverse=descending) + (
        missing[::-1] if descending else missing
    )


@hard
@given(table=tables, field=st.sampled_from("nmcwuf"), descending=st.booleans())
def test_returned_and_sorted(server: RedisLocal, table: list[dict[str, Any]], field: str, descending: bool) -> None:
    kinds: dict[str, Callable[[str], float | bytes]] = {"n": float, "m": float, "c": str.encode, "u": str.encode}
    as_sorted: Callable[[str], float | bytes] = kinds.get(field, lambda v: v.casefold().encode())
    order = in_order([as_sorted(row[field]) if field in row else None for row in table], descending)
    with Wire(server.port, 2) as wire:
        load(wire, table)
        reply = wire.send(
            "FT.SEARCH", "s", "*", "SORTBY", field, "DESC" if descending else "ASC", "RETURN", "6", *"nmcwuf"
        )
        assert reply[0] == len(table)
        assert reply[1::2] == [f"s:{number}".encode() for number in order]
        for number, fields in zip(order, map(mapping, reply[2::2]), strict=True):
            expected = {k: oracle.printed(v) if k in "nm" else v for k, v in table[number].items()}
            assert fields == expected
            assert not fields or field not in fields or next(iter(fields)) == field
        whole = wire.send("FT.SEARCH", "s", "*", "SORTBY", field)
        assert all(fields[0] == field.encode() for fields in whole[2::2] if field.encode() in fields[::2])
        assert {key: mapping(fields) for key, fields in zip(whole[1::2], whole[2::2], strict=True)} == {
            f"s:{number}".encode(): row for number, row in enumerate(table)
        }


@hard
@given(table=tables, field=st.sampled_from("nmcuf"), descending=st.booleans())
def test_groups_of_what_is_missing(
    server: RedisLocal, table: list[dict[str, Any]], field: str, descending: bool
) -> None:
    kinds: dict[str, Callable[[str], str | float]] = {"n": float, "m": float, "f": str.casefold}
    value = kinds.get(field, str)
    counts: dict[str | float | None, int] = {}
    for row in table:
        key = value(row[field]) if field in row else None
        counts[key] = counts.get(key, 0) + 1
    order = sorted(
        counts, key=lambda v: (v is not None, v.encode() if isinstance(v, str) else v or 0.0), reverse=descending
    )
    show = (lambda v: None if v is None else oracle.printed(repr(v))) if field in "nm" else (lambda v: v)
    with Wire(server.port, 2) as wire:
        load(wire, table)
        reply = wire.send("FT.AGGREGATE", "s", "*", "GROUPBY", "1", "@" + field, "REDUCE", "COUNT", "0", "AS", "k", "SORTBY", "2",
                          "@" + field, "DESC" if descending else "ASC")  # fmt: skip
        assert [mapping(row) for row in reply[1:]] == [{field: show(key), "k": str(counts[key])} for key in order]


@hard
@given(table=tables, descending=st.booleans())
def test_loaded_numbers(server: RedisLocal, table: list[dict[str, Any]], descending: bool) -> None:
    order = in_order([float(row["n"]) if "n" in row else None for row in table], descending)
    with Wire(server.port, 2) as wire:
        load(wire, table)
        reply = wire.send(
            "FT.AGGREGATE", "s", "*", "LOAD", "2", "@n", "@m", "SORTBY", "2", "@n", "DESC" if descending else "ASC"
        )
        got = [mapping(row) for row in reply[1:]]
        expected = [{k: oracle.printed(v) for k, v in table[number].items() if k in "nm"} for number in order]
        assert [row.get("n") for row in got] == [row.get("n") for row in expected]
        assert sorted(map(str, (sorted(row.items()) for row in got))) == sorted(
            map(str, (sorted(r.items()) for r in expected))
        )


@hard
@given(table=st.lists(rows.filter(lambda row: "m" in row and "c" in row), min_size=1, max_size=8))
def test_reduced_numbers(server: RedisLocal, table: list[dict[str, Any]]) -> None:
    with Wire(server.port, 2) as wire:
        load(wire, table)
        reply = wire.send("FT.AGGREGATE", "s", "*", "GROUPBY", "1", "@c", "REDUCE", "MIN", "1", "@m", "AS", "lo", "REDUCE", "MAX", "1",
                          "@m", "AS", "hi", "REDUCE", "COUNT_DISTINCT", "1", "@m", "AS", "k")  # fmt: skip
        for row in map(mapping, reply[1:]):
            values = [float(each["m"]) for each in table if each["c"] == row["c"]]
            assert row["lo"] == oracle.printed(repr(min(values))) and row["hi"] == oracle.printed(repr(max(values)))
            assert row["k"] == str(len(set(values)))


@pytest.mark.parametrize(
    "value", ["1e999", "-1e999", "1e-999", "nan", "", " 1", "1 ", "1_0", "--1", "1e", "1,5", "1\0"]
)
def test_what_is_no_number_keeps_its_document_out(server: RedisLocal, value: str) -> None:
    with Wire(server.port, 2) as wire:
        load(wire, [{"n": value}, {"n": "1"}])
        assert wire.send("FT.SEARCH", "s", "*", "NOCONTENT") == [1, b"s:1"]


alphabet = string.punctuation + "_ 07aZé上"
tags = st.text(alphabet, min_size=1, max_size=5).map(str.strip).filter(bool)


@hard
@given(st.lists(tags, min_size=1, max_size=10, unique_by=str.lower), st.integers(2, 4))
@example(list(string.punctuation), 2)
@example(["_", "__", "_a", "a_", "a_b", "7", "7a", "0_", "007", "1e5", "-1", "inf", "a", "\\", "$a", "@a", "w'a'"], 2)
def test_escaped_tags_find_themselves(server: RedisLocal, values: list[str], dialect: int) -> None:
    with Wire(server.port, 2) as wire:
        wire.send("FLUSHALL")
        wire.send("FT.CREATE", "t", "PREFIX", "1", "t:", "SCHEMA", "c", "TAG", "SEPARATOR", "\x1f")
        for number, value in enumerate(values):
            wire.send("HSET", f"t:{number}", "c", value)
        for number, value in enumerate(values):
            reply = wire.send("FT.SEARCH", "t", f"@c:{{{oracle.escape(value)}}}", "NOCONTENT", "DIALECT", str(dialect))
            assert reply == [1, f"t:{number}".encode()], value
        anything = "|".join(map(oracle.escape, values))
        assert wire.send("FT.SEARCH", "t", f"@c:{{{anything}}}", "LIMIT", "0", "0", "DIALECT", "2") == [len(values)]


RANGES = {"INT8": (-128, 127), "UINT8": (0, 255)}


@st.composite
def typed(draw: st.DrawFn) -> tuple[str, list[tuple[float, ...]], tuple[float, ...]]:
    """An element type, vectors of it, and one to ask for."""
    data_type = draw(st.sampled_from(["FLOAT32", "FLOAT64", "FLOAT16", "BFLOAT16", "INT8", "UINT8"]))
    number = st.integers(*RANGES[data_type]) if data_type in RANGES else st.floats(-2, 2, width=16)
    vector = st.tuples(number, number, number)
    return data_type, draw(st.lists(vector, min_size=1, max_size=10)), draw(vector)


def seen(data_type: str, vector: tuple[float, ...]) -> tuple[float, ...]:
    """What remains of a vector once it is written in its type."""
    if data_type != "BFLOAT16":
        return vector
    blob = oracle.element(data_type, vector)
    return tuple(struct.unpack("<f", b"\0\0" + blob[i : i + 2])[0] for i in range(0, 6, 2))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(typed(), st.sampled_from(["COSINE", "L2", "IP"]), st.sampled_from(["FLAT", "HNSW"]))
@example(("UINT8", [(255, 255, 255), (0, 0, 0), (1, 255, 0)], (255, 255, 255)), "L2", "FLAT")
@example(("INT8", [(-128, -128, -128), (127, 127, 127)], (-128, 127, 0)), "IP", "HNSW")
def test_vector_types(
    server: RedisLocal, given_: tuple[str, list[tuple[float, ...]], tuple[float, ...]], metric: str, algorithm: str
) -> None:
    data_type, stored, asked = given_
    tolerance = {"FLOAT16": 2e-2, "BFLOAT16": 8e-2}.get(data_type, 1e-4)
    blob = oracle.element(data_type, asked)
    query = (
        "FT.SEARCH",
        "i",
        "*=>[KNN 20 @v $q AS d]",
        "SORTBY",
        "d",
        "RETURN",
        "1",
        "d",
        "LIMIT",
        "0",
        "20",
        "DIALECT",
        "2",
    )
    with Wire(server.port, 2) as wire:
        wire.send("FLUSHALL")
        wire.send("FT.CREATE", "i", "PREFIX", "1", "d:", "SCHEMA", "v", "VECTOR", algorithm, "6", "TYPE", data_type, "DIM", "3",
                  "DISTANCE_METRIC", metric)  # fmt: skip
        assert wire.send(*query, "PARAMS", "2", "q", blob + b"x") == [0], "on an empty index no blob is wrong"
        for number, vector in enumerate(stored):
            wire.send("HSET", f"d:{number}", "v", oracle.element(data_type, vector))
        wire.send("HSET", "d:wrong", "v", blob + b"x")
        assert "blob size" in str(wire.send(*query, "PARAMS", "2", "q", blob[:-1]))
        reply = wire.send(*query, "PARAMS", "2", "q", blob)
        assert reply[0] == len(stored)
        for key, fields in zip(reply[1::2], reply[2::2], strict=True):
            true = oracle.distance(metric, seen(data_type, asked), seen(data_type, stored[int(key[2:])]))
            got = float(fields[1])
            assert math.isnan(true) == math.isnan(got)
            assert math.isnan(true) or math.isclose(got, true, rel_tol=tolerance, abs_tol=tolerance)
        info = wire.send("FT.INFO", "i")
        told = dict(zip(info[::2], info[1::2], strict=False))
        assert int(told[b"hash_indexing_failures"]) > 0 and data_type.encode() in told[b"attributes"][0]


def test_fields_that_are_not_indexed_are_returned_and_never_searched(server: RedisLocal) -> None:
    with Wire(server.port, 2) as wire:
        wire.send("FLUSHALL")
        wire.send(
            "FT.CREATE",
            "i",
            "PREFIX",
            "1",
            "d:",
            "SCHEMA",
            "n",
            "NUMERIC",
            "SORTABLE",
            "NOINDEX",
            "c",
            "TAG",
            "SORTABLE",
            "NOINDEX",
        )
        wire.send("HSET", "d:1", "n", "2.0", "c", "a")
        for query in ("@n:[0 5]", "@c:{a}"):
            assert wire.send("FT.SEARCH", "i", query, "DIALECT", "2") == [0]
        assert wire.send("FT.SEARCH", "i", "-@n:[0 5]", "SORTBY", "n", "RETURN", "2", "n", "c", "DIALECT", "2") == [
            1, b"d:1", [b"n", b"2", b"c", b"a"]
        ]  # fmt: skip
