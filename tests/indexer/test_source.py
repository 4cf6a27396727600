"""Sources are read whole or refused with every reason."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from indexer.rows import Mapping
from indexer.source import LISTED, Loaded, load
from indexer.spool import Spool
from profilesearch.errors import BadRows, InvalidRequest, SourceError
from profilesearch.profile import Row

GOOD = {"id": "1", "headline": "Nurse", "text": "Cares for people", "city": "Köln", "years": 4}
MAPPING = Mapping(text=("text",), tags=("city",), numbers=("years",))


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool(tmp_path / "cache") as spool:
        yield spool


def rows_of(path: str, mapping: Mapping, folder: Path, **options) -> tuple[Loaded, list[Row]]:
    with Spool(folder / "cache") as spool:
        loaded = load(path, mapping, spool, **options)
        return loaded, [row for chunk in spool.rows() for row in chunk]


def jsonl(path: Path, *rows: object) -> str:
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return str(path)


def test_jsonl_csv_and_parquet_give_the_same(tmp_path: Path):
    rows = [GOOD, GOOD | {"id": "2", "city": "São Paulo", "years": None}]
    paths = [jsonl(tmp_path / "a.jsonl", *rows), str(tmp_path / "b.csv"), str(tmp_path / "c.parquet")]
    Path(paths[1]).write_text(
        "﻿id,headline,text,city,years\n1,Nurse,Cares for people,Köln,4\n2,Nurse,Cares for people,São Paulo,\n"
    )
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), paths[2])
    first, second, third = (rows_of(path, MAPPING, tmp_path) for path in paths)
    assert first == second == third
    assert first[1][0].tags == {"city": "Köln"} and first[1][0].numbers == {"years": 4.0}
    assert first[1][1].numbers == {}


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(GOOD).encode())))
    assert rows_of("-", MAPPING, tmp_path)[1][0].id == "1"


def test_any_columns(tmp_path: Path):
    row = {"mail": "a@b.c", "title": "Boss", "bio": "Leads", "more": ["x", "y"], "team": ["red", "blue"], "age": "44"}
    mapping = Mapping("mail", "title", ("title", "bio", "more"), ("team",), ("age",))
    loaded, (only,) = rows_of(jsonl(tmp_path / "a.jsonl", row), mapping, tmp_path)
    assert (only.id, only.headline, only.text) == ("a@b.c", "Boss", "Boss\nLeads\nx, y")
    assert only.tags == {"team": "red\x1fblue"} and only.numbers == {"age": 44.0}
    assert loaded.fields.id == "mail"


@pytest.mark.parametrize(
    ("row", "field", "came", "expected"),
    [
        (GOOD | {"id": ""}, "id", "''", "an id"),
        (GOOD | {"id": None}, "id", "nothing", "an id"),
        (GOOD | {"id": 1.5}, "id", "1.5", "an id"),
        (GOOD | {"id": "x" * 300}, "id", "xxx", "at most 256"),
        (GOOD | {"id": "a\nb"}, "id", "a\\nb", "printable"),
        (GOOD | {"text": "  "}, "text", "no text", "a text"),
        (GOOD | {"text": {"a": 1}}, "text", "{'a': 1}", "a text"),
        (GOOD | {"text": "x" * 1_000_001}, "text", "1000001 bytes", "at most 1000000 bytes"),
        (GOOD | {"text": "bad \ud800"}, "text", "ud800", "UTF-8"),
        (GOOD | {"years": "many"}, "years", "'many'", "a number"),
        (GOOD | {"years": "nan"}, "years", "'nan'", "a number"),
        (GOOD | {"years": True}, "years", "True", "a number"),
        (GOOD | {"city": "a\x07b"}, "city", "x07", "without control characters"),
        (b'{"id": "2", "text": "caf\xe9"}', "line", "invalid UTF-8 at byte 25", "UTF-8"),
        (b"{oops", "line", "{oops", "a JSON object"),
        (b"[1, 2]", "line", "[1, 2]", "a JSON object"),
        (GOOD | {"id": "1"}, "id", "'1', which line 1 has too", "of its own"),
    ],
)
def test_bad_rows(spool: Spool, tmp_path: Path, row: object, field: str, came: str, expected: str):
    path = jsonl(tmp_path / "a.jsonl", GOOD, row if isinstance(row, bytes) or row.get("id") == "1" and "1" in came else
                 {"id": "2"} | {k: v for k, v in row.items() if k != "id" or v != "1"})  # fmt: skip
    with pytest.raises(BadRows) as caught:
        load(path, MAPPING, spool)
    only = caught.value.rows[0]
    assert (only.file, only.line, only.field) == (path, 2, field)
    assert came in only.came and expected in only.expected
    assert f"{path}:2: {field}: expected" in str(caught.value)


def test_at_most_twenty_are_listed_and_all_are_counted(spool: Spool, tmp_path: Path):
    path = jsonl(tmp_path / "a.jsonl", GOOD, *[{"id": str(n)} for n in range(50)])
    with pytest.raises(BadRows) as caught:
        load(path, MAPPING, spool)
    assert len(caught.value.rows) == LISTED == 20
    assert "50 bad rows" in str(caught.value) and "and 30 more" in str(caught.value)


def test_skipped_rows_are_written_with_reasons(tmp_path: Path):
    path = jsonl(tmp_path / "a.jsonl", GOOD, {"id": "2"}, b"\xff", GOOD | {"id": "3"})
    loaded, rows = rows_of(path, MAPPING, tmp_path, rejects=tmp_path / "r.jsonl")
    assert [row.id for row in rows] == ["1", "3"] and (loaded.rows, loaded.rejected) == (2, 2)
    told = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [(each["line"], each["field"], each["row"]) for each in told] == [
        (2, "text", {"id": "2"}),
        (3, "line", None),
    ]


def test_csv_with_invalid_utf8_and_uneven_rows(spool: Spool, tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,text\n1,fine\n2,caf\xe9\n3,a,b\n")
    with pytest.raises(BadRows) as caught:
        load(str(path), Mapping(), spool)
    assert [(row.line, row.field) for row in caught.value.rows] == [(3, "text"), (4, "line")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b"", "expected at least one profile, got none"),
        ("a.txt", b"x", "expected a name ending in"),
        ("a.parquet", b"PAR1 not really", "not a whole Parquet file"),
        ("a.csv", b'id,text\n"1,x', "not a CSV file"),
        ("a.csv", b"id,id\n1,2\n", "different column names"),
        ("a.jsonl", b'{"id": "1", "words": "x"}', "expected --text-fields"),
    ],
)
def test_sources_that_cannot_be_read(spool: Spool, tmp_path: Path, name: str, content: bytes, message: str):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        load(str(tmp_path / name), Mapping(), spool)


def test_a_truncated_parquet_file(spool: Spool, tmp_path: Path):
    whole = tmp_path / "whole.parquet"
    pyarrow.parquet.write_table(pa.Table.from_pylist([GOOD] * 100), whole)
    (tmp_path / "part.parquet").write_bytes(whole.read_bytes()[:-200])
    with pytest.raises(SourceError, match="not a whole Parquet file"):
        load(str(tmp_path / "part.parquet"), MAPPING, spool)


def test_a_missing_file_and_a_missing_column(spool: Spool, tmp_path: Path):
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        load(str(tmp_path / "none.jsonl"), MAPPING, spool)
    with pytest.raises(SourceError, match="expected a column 'team', got id, headline"):
        load(jsonl(tmp_path / "a.jsonl", GOOD), Mapping(tags=("team",)), spool)


@pytest.mark.parametrize("name", ["cluster", "q", "embedding", "a b", "@x", "1st", "_private"])
def test_names_that_a_field_cannot_have(spool: Spool, tmp_path: Path, name: str):
    with pytest.raises(InvalidRequest, match="cannot be a tag or numeric field"):
        load(jsonl(tmp_path / "a.jsonl", GOOD | {name: "x"}), Mapping(tags=(name,)), spool)


def test_a_source_that_changes_while_it_is_read(spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = Path(jsonl(tmp_path / "a.jsonl", *[GOOD | {"id": str(n)} for n in range(200)]))
    add = spool.add

    def add_and_append(row: Row, line: int, source: object) -> int | None:
        if line == 100:
            with path.open("a") as file:
                file.write(json.dumps(GOOD | {"id": "late"}) + "\n")
        return add(row, line, source)

    monkeypatch.setattr(spool, "add", add_and_append)
    with pytest.raises(SourceError, match="changed while it was being read"):
        load(str(path), MAPPING, spool)


def test_the_spool_keeps_rows_and_vectors_in_order_and_leaves_no_file(tmp_path: Path):
    vectors = np.random.default_rng(0).normal(size=(4500, 3)).astype(np.float32)
    with Spool(tmp_path / "cache") as spool:
        for number in range(4500):
            assert spool.add(Row(str(number), "h", "t"), number, {}) is None
        assert spool.add(Row("7", "h", "t"), 5000, {}) == 7
        for start in range(0, 4500, 700):
            spool.add_vectors(vectors[start : start + 700])
        assert list((tmp_path / "cache").iterdir()) == []
        assert [row.id for chunk in spool.rows(2100) for row in chunk] == [str(n) for n in range(2100, 4500)]
        assert (np.vstack(list(spool.vectors(2100))) == vectors[2100:]).all()
        assert (spool.vectors_at([0, 1999, 2000, 4499]) == vectors[[0, 1999, 2000, 4499]]).all()
        assert [row.id for row in spool.rows_at([4499, 3])] == ["4499", "3"]
        assert spool.has("7") and not spool.has("4500")
