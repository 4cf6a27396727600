"""Sources are read whole or refused with every reason."""

import io
import json
import os
import threading
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.columns import ColumnChoice
from indexer.formats import LONGEST_LINE, MOST_COLUMNS, read
from indexer.input import open_input
from indexer.parquet import read_parquet
from indexer.source import LISTED, Loaded, Reading, load
from indexer.spool import Spool
from indexer.upserts import row_of
from profilesearch.errors import BadRows, InvalidRequest, SourceError
from profilesearch.row import Row

GOOD = {"id": "1", "headline": "Nurse", "text": "Cares for people", "city": "Köln", "years": 4}
MAPPING = ColumnChoice(text=("text",), tags=("city",), numbers=("years",))


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with Spool(tmp_path / "cache") as spool:
        yield spool


def load_path(path: str, columns: ColumnChoice, spool: Spool, **options: Any) -> Loaded:
    with open_input(path, spool.directory, patience=10) as source:
        return load(source, Reading(columns, **options), spool)


def rows_of(path: str, columns: ColumnChoice, folder: Path, **options: Any) -> tuple[Loaded, list[Row]]:
    with Spool(folder / "cache") as spool:
        loaded = load_path(path, columns, spool, **options)
        return loaded, [row for chunk in spool.rows() for row in chunk]


def jsonl(path: Path, *rows: object) -> str:
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return str(path)


def test_jsonl_csv_and_parquet_give_the_same(tmp_path: Path) -> None:
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


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(GOOD).encode())))
    assert rows_of("-", MAPPING, tmp_path)[1][0].id == "1"


def test_any_columns(tmp_path: Path) -> None:
    row = {"mail": "a@b.c", "title": "Boss", "bio": "Leads", "more": ["x", "y"], "team": ["red", "blue"], "age": "44"}
    columns = ColumnChoice("mail", "title", ("title", "bio", "more"), ("team",), ("age",))
    loaded, (only,) = rows_of(jsonl(tmp_path / "a.jsonl", row), columns, tmp_path)
    assert (only.id, only.title, only.text) == ("a@b.c", "Boss", "Boss\nLeads\nx, y")
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
        (GOOD | {"headline": "x" * 1_000_001}, "headline", "1000001 bytes", "at most 1000000 bytes"),
        (GOOD | {"city": ["x" * 600_000, "y" * 600_000]}, "city", "1200001 bytes", "at most 1000000 bytes"),
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
def test_bad_rows(
    spool: Spool, tmp_path: Path, row: dict[str, Any] | bytes, field: str, came: str, expected: str
) -> None:
    path = jsonl(tmp_path / "a.jsonl", GOOD, row if isinstance(row, bytes) or row.get("id") == "1" and "1" in came else
                 {"id": "2"} | {k: v for k, v in row.items() if k != "id" or v != "1"})  # fmt: skip
    with pytest.raises(BadRows) as caught:
        load_path(path, MAPPING, spool)
    only = caught.value.rows[0]
    assert (only.file, only.line, only.field) == (path, 2, field)
    assert came in only.came and expected in only.expected
    assert f"{path}:2: {field}: expected" in str(caught.value)


def test_at_most_twenty_are_listed_and_all_are_counted(spool: Spool, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", GOOD, *[{"id": str(n)} for n in range(50)])
    with pytest.raises(BadRows) as caught:
        load_path(path, MAPPING, spool)
    assert len(caught.value.rows) == LISTED == 20
    assert "50 bad rows" in str(caught.value) and "and 30 more" in str(caught.value)


def test_skipped_rows_are_written_with_reasons(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", GOOD, {"id": "2"}, b"\xff", GOOD | {"id": "3"})
    loaded, rows = rows_of(path, MAPPING, tmp_path, rejects=tmp_path / "r.jsonl")
    assert [row.id for row in rows] == ["1", "3"] and (loaded.rows, loaded.rejected) == (2, 2)
    told = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [(each["line"], each["field"], each["row"]) for each in told] == [
        (2, "text", {"id": "2"}),
        (3, "line", None),
    ]


def test_csv_with_invalid_utf8_and_uneven_rows(spool: Spool, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,text\n1,fine\n2,caf\xe9\n3,a,b\n")
    with pytest.raises(BadRows) as caught:
        load_path(str(path), ColumnChoice(), spool)
    assert [(row.line, row.field) for row in caught.value.rows] == [(3, "text"), (4, "line")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", b"", "expected at least one profile, got none"),
        ("a.txt", b"x", "expected a name ending in"),
        ("a.parquet", b"PAR1 not really", "not a whole Parquet file"),
        ("a.csv", b'id,text\n"1,x', "not a CSV file"),
        ("a.csv", b"id,id\n1,2\n", "different column names"),
        ("a.jsonl", b'{"id": "1", "words": "x"}', "expected a column of texts"),
    ],
)
def test_sources_that_cannot_be_read(spool: Spool, tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        load_path(str(tmp_path / name), ColumnChoice(), spool)


def test_a_parquet_file_that_memory_does_not_hold(tmp_path: Path) -> None:
    class Full(io.BytesIO):
        """A file that can be read to its end no more."""

        def read(self, *_: object) -> bytes:
            raise MemoryError

    with pytest.raises(SourceError, match="a.parquet: more than fits into memory: write the file again with smaller"):
        list(read_parquet(Full(b"PAR1" * 10), "a.parquet", ["id"], 10))


def test_a_truncated_parquet_file(spool: Spool, tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pyarrow.parquet.write_table(pa.Table.from_pylist([GOOD] * 100), whole)
    (tmp_path / "part.parquet").write_bytes(whole.read_bytes()[:-200])
    with pytest.raises(SourceError, match="not a whole Parquet file"):
        load_path(str(tmp_path / "part.parquet"), MAPPING, spool)


def test_a_missing_file_and_a_missing_column(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        load_path(str(tmp_path / "none.jsonl"), MAPPING, spool)
    with pytest.raises(SourceError, match="expected a column 'team', got id, headline"):
        load_path(jsonl(tmp_path / "a.jsonl", GOOD), ColumnChoice(tags=("team",)), spool)


@pytest.mark.parametrize(
    "name", ["cluster", "q", "embedding", "a b", "@x", "1st", "_private", "t", "pk", "Meta", "person"]
)
def test_names_that_a_field_cannot_have(name: str) -> None:
    with pytest.raises(InvalidRequest, match="cannot be a tag or numeric field.*name the column otherwise"):
        ColumnChoice(tags=(name,)).check()


def test_a_tag_that_is_the_end_of_a_number() -> None:
    with pytest.raises(InvalidRequest, match="'years_min' .* an end of the numeric field 'years'"):
        ColumnChoice(tags=("years_min",), numbers=("years",)).check()
    ColumnChoice(tags=("years_min",), numbers=("age",)).check()
    with pytest.raises(InvalidRequest, match="named twice"):
        ColumnChoice(tags=("years",), numbers=("years",)).check()


def test_a_tag_that_is_the_end_of_a_usual_number(spool: Spool, tmp_path: Path) -> None:
    """Only the source tells whether it has the usual columns."""
    columns = ColumnChoice(text=("text",), tags=("years_min",))
    with pytest.raises(InvalidRequest, match="years_min.*an end of the numeric field 'years'"):
        load_path(jsonl(tmp_path / "a.jsonl", GOOD | {"years_min": "x"}), columns, spool)
    without = {"id": "1", "text": "x", "years_min": "x"}
    assert rows_of(jsonl(tmp_path / "b.jsonl", without), columns, tmp_path)[0].fields.tags == ("years_min",)


def test_a_source_that_changes_while_it_is_read(spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(jsonl(tmp_path / "a.jsonl", *[GOOD | {"id": str(n)} for n in range(200)]))
    add = spool.add

    def add_and_append(row: Row, line: int, source: Mapping[str, Any]) -> int | None:
        if line == 100:
            with path.open("a") as file:
                file.write(json.dumps(GOOD | {"id": "late"}) + "\n")
        return add(row, line, source)

    monkeypatch.setattr(spool, "add", add_and_append)
    with pytest.raises(SourceError, match="changed while it was being read"):
        load_path(str(path), MAPPING, spool)


def test_the_spool_keeps_rows_and_vectors_in_order_and_leaves_no_file(tmp_path: Path) -> None:
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


# ---------------------------------------------------------------- columns
def test_the_columns_of_every_row_count(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "a.jsonl",
        {"id": "1", "text": "first"},
        {"id": "2", "headline": "Nurse", "about": "on a ward", "location": "Köln", "years": 4},
    )
    loaded, rows = rows_of(path, ColumnChoice(), tmp_path)
    assert loaded.fields.text == ("text", "headline", "about")
    assert (loaded.fields.tags, loaded.fields.numbers) == (("location",), ("years",))
    assert rows[0].text == "first" and rows[1].tags == {"location": "Köln"}


def test_a_column_that_was_chosen_may_be_missing_in_a_row_and_not_in_all(spool: Spool, tmp_path: Path) -> None:
    rows = [{"id": "1", "text": "first"}, {"id": "2", "text": "second", "team": "red"}]
    path = jsonl(tmp_path / "a.jsonl", *rows)
    assert rows_of(path, ColumnChoice(tags=("team",)), tmp_path)[0].fields.tags == ("team",)
    with pytest.raises(SourceError, match="expected a column 'squad', got id, text, team"):
        load_path(path, ColumnChoice(tags=("squad",)), spool)


def test_a_column_that_no_profile_uses_may_hold_anything(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", GOOD | {"other": "bad \ud800", "\ud800": 1})
    with Spool(tmp_path, keep_source=True) as spool:
        load_path(path, MAPPING, spool)
        assert json.loads(spool.sources_at([0])[0])["other"] == "bad \ud800"


def test_a_hundred_thousand_columns_are_not_printed(spool: Spool, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",".join(f"column{n}" for n in range(100_000)) + "\n")
    with pytest.raises(SourceError, match="at most 1,000 columns, got 100,000") as caught:
        load_path(str(path), ColumnChoice(), spool)
    assert len(str(caught.value)) < 300
    path.write_text(",".join(["text", *("c" * 900 + str(n) for n in range(900))]) + "\n" + ",".join(["x"] * 901) + "\n")
    with pytest.raises(SourceError, match="expected a column 'id', got text, ") as caught:
        load_path(str(path), ColumnChoice(), spool)
    assert len(str(caught.value)) < 3000


def test_a_source_without_ids_is_told_once(spool: Spool, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="expected a column 'id', got text"):
        load_path(jsonl(tmp_path / "a.jsonl", *[{"text": "x"}] * 50), ColumnChoice(), spool)


# ---------------------------------------------------------------- encodings
@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "id,text\n1,Müller\n".encode("utf-16"), "looks like UTF-16: convert it"),
        ("a.csv", "id,text\n1,Müller\n".encode("utf-16-le"), "looks like UTF-16.*UTF-16LE"),
        ("a.jsonl", '{"id": "1", "text": "Müller"}'.encode("utf-16-be"), "looks like UTF-16.*UTF-16BE"),
        ("a.csv", b"\x1f\x8b\x08rest", "gzip"),
        ("a.csv", b"PK\x03\x04rest", "spreadsheet"),
        ("a.csv", b"PAR1rest", "--format parquet"),
        ("a.jsonl", bytes(5000), "binary"),
        ("a.csv", b"id;text\n1;x\n", "is the delimiter ';'"),
        ("a.csv", b"id\ttext\n1\tx\n", "is the delimiter"),
    ],
)
def test_what_a_file_looks_like_is_said(spool: Spool, tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=message):
        load_path(str(tmp_path / name), ColumnChoice(), spool)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,text\n1,fine\n2,Müller\n".encode("latin-1")),
        ("a.jsonl", '{"id": "1", "text": "fine"}\n{"id": "2", "text": "Müller"}\n'.encode("latin-1")),
    ],
)
def test_latin_1_is_named_with_its_line(spool: Spool, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadRows, match=r":\d: .*0xFC, as in Latin-1: convert it with iconv -f WINDOWS-1252 -t UTF-8"):
        load_path(str(tmp_path / name), ColumnChoice(), spool)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode())
    assert rows_of(str(tmp_path / "a.jsonl"), MAPPING, tmp_path)[1][0].id == "1"


# ---------------------------------------------------------------- limits
def peak_memory(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_line_that_is_too_long_is_skipped_in_pieces(spool: Spool, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(b'{"id": "1", "text": "')
        for _ in range(200):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n' + json.dumps(GOOD | {"id": "2"}).encode())

    def refuse() -> None:
        with pytest.raises(BadRows, match=r"a.jsonl:1: line: expected at most 16,777,216 bytes in a line") as caught:
            load_path(str(path), MAPPING, spool)
        assert caught.value.total == 1

    assert peak_memory(refuse) < 8 * LONGEST_LINE
    assert spool.has("2")


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_file_without_an_end_of_line(spool: Spool, tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as file:
        file.write(b"x" * 2000)
        file.truncate(300 * 1024 * 1024)  # sparse: it takes no room on disk
    with pytest.raises(SourceError, match=f"{name}:1: expected (lines|rows) of at most 16,777,216 bytes"):
        load_path(str(tmp_path / name), ColumnChoice(), spool)


def test_a_quote_that_is_not_closed(spool: Spool, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b'id,text\n1,"open\n' + b"2,line\n" * (LONGEST_LINE // 7))
    with pytest.raises(SourceError, match=r"a.csv:2: .* is a quote not closed\?"):
        load_path(str(tmp_path / "a.csv"), ColumnChoice(), spool)


def test_too_many_columns_in_a_row(spool: Spool, tmp_path: Path) -> None:
    row = GOOD | {f"column{n}": n for n in range(MOST_COLUMNS)}
    with pytest.raises(BadRows, match="at most 1,000 columns"):
        load_path(jsonl(tmp_path / "a.jsonl", row), MAPPING, spool)


def test_a_parquet_file_that_unpacks_to_gigabytes(spool: Spool, tmp_path: Path) -> None:
    text = "x" * 140_000_000
    pyarrow.parquet.write_table(
        pa.table({"id": ["1"], "text": [text]}),
        tmp_path / "a.parquet",
        compression="zstd",
        use_dictionary=False,
        write_statistics=False,
    )
    assert (tmp_path / "a.parquet").stat().st_size < 100_000
    with pytest.raises(SourceError, match=r"would unpack from [\d,]+ bytes to [\d,]+"):
        load_path(str(tmp_path / "a.parquet"), ColumnChoice(), spool)


def test_a_text_that_many_rows_of_parquet_share_is_in_memory_once(tmp_path: Path) -> None:
    rows = pa.table({
        "id": [str(n) for n in range(1500)],
        "text": pa.array(["x" * 200_000]).dictionary_encode().take(pa.array([0] * 1500)),
        "unused": pa.array([["y" * 200_000]]).take(pa.array([0] * 1500)),
    })  # fmt: skip
    pyarrow.parquet.write_table(rows, tmp_path / "a.parquet", compression="zstd")
    before = pa.total_allocated_bytes()
    most = 0
    with open_input(str(tmp_path / "a.parquet"), tmp_path) as source:
        for _, values in read(source, "parquet", {"id", "text"}):
            assert isinstance(values, dict) and len(values["text"]) == 200_000 and values["unused"] is None
            most = max(most, pa.total_allocated_bytes() - before)
    assert most < 100_000_000


# ---------------------------------------------------------------- pipes and devices
def test_a_pipe_that_nobody_writes_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    with pytest.raises(SourceError, match="nothing came for 0.2 seconds"), open_input(str(tmp_path / "a.jsonl"), tmp_path, patience=0.2):  # fmt: skip
        pass


def test_a_pipe_that_somebody_writes_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    writer = threading.Thread(target=lambda: (tmp_path / "a.jsonl").write_text(json.dumps(GOOD)))
    writer.start()
    assert rows_of(str(tmp_path / "a.jsonl"), MAPPING, tmp_path)[1][0].id == "1"
    writer.join()


@pytest.mark.parametrize(
    ("path", "kind"), [("/dev/zero", "expected a file or a pipe, got a device"), (".", "Is a directory")]
)
def test_what_is_no_file(tmp_path: Path, path: str, kind: str) -> None:
    with pytest.raises(SourceError, match=kind), open_input(path, tmp_path):
        pass


# ---------------------------------------------------------------- rejects
def test_rejects_are_their_owner_s_and_go_through_no_link(spool: Spool, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", GOOD, {"id": "2"})
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    (tmp_path / "link").symlink_to(precious)
    with pytest.raises(SourceError, match="got a symbolic link"):
        load_path(path, MAPPING, spool, rejects=tmp_path / "link")
    assert precious.read_text() == "keep me"
    with pytest.raises(SourceError, match="cannot be written: No such file"):
        rows_of(path, MAPPING, tmp_path, rejects=tmp_path / "none" / "r.jsonl")
    rows_of(path, MAPPING, tmp_path, rejects=tmp_path / "r.jsonl")
    assert (tmp_path / "r.jsonl").stat().st_mode & 0o777 == 0o600


def test_rejects_of_a_source_that_is_refused_are_not_kept(spool: Spool, tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", {"text": "x"})
    with pytest.raises(SourceError, match="expected a column 'id'"):
        load_path(path, ColumnChoice(), spool, rejects=tmp_path / "r.jsonl")
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["a.jsonl"]


def test_rejects_are_kept_where_every_row_is_bad(spool: Spool, tmp_path: Path) -> None:
    """They are what tells why there is no profile."""
    path = jsonl(tmp_path / "a.jsonl", *({"id": str(n), "text": ""} for n in range(3)))
    with pytest.raises(SourceError, match=r"got none; all 3 rows are bad, see .*r\.jsonl:\n.*a\.jsonl:1: ") as caught:
        load_path(path, ColumnChoice(text=("text",)), spool, rejects=tmp_path / "r.jsonl")
    assert len((tmp_path / "r.jsonl").read_text().splitlines()) == 3 and ":3: " in str(caught.value)


def test_what_goes_wrong_after_opening_is_not_the_source_s_fault(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", GOOD)
    with pytest.raises(BrokenPipeError), open_input(path, tmp_path):
        raise BrokenPipeError(32, "Broken pipe")


# ---------------------------------------------------------------- hostile rows
COLUMNS = ["id", "headline", "text", "city", "years", "other"]
HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=10)
    | st.sampled_from(["\x1f", "\x00", "\ud800", "e\u0301", "1e999", "nan", "-0", "\u2028", "\ufeff", "0" * 400]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), HOSTILE), min_size=1, max_size=4))
def test_hostile_rows_are_bad_or_the_same_for_build_sync_and_watch(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    path = jsonl(
        tmp_path / "a.jsonl", *({"id": str(n), "text": "x", **row} for n, row in enumerate(rows)), GOOD | {"id": "good"}
    )
    with Spool(tmp_path / "cache", keep_source=True) as spool:
        loaded = load_path(path, MAPPING, spool, rejects=tmp_path / "r.jsonl")
        assert loaded.rows + loaded.rejected == len(rows) + 1
        profiles = [row for chunk in spool.rows() for row in chunk]
        assert profiles[-1].id == "good" or len(profiles) == 1
        for profile, source in zip(profiles, spool.sources_at(range(len(profiles))), strict=True):
            json.dumps([profile.id, profile.title, profile.text, profile.tags, profile.numbers]).encode()
            again = row_of(source, profile.id, loaded.fields)
            assert (again, again.digest) == (profile, profile.digest)
    if loaded.rejected:
        reasons = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
        assert len(reasons) == loaded.rejected and all(reason["expected"] for reason in reasons)
