"""Rows of a source, one at a time: JSON Lines, CSV or Parquet.

Every read is bounded, so that no file takes more memory than rows of the largest size need, whatever it holds.
"""

import csv
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any, Literal

from profilesearch.errors import SourceError

from .input import STANDARD_INPUT, Input
from .parquet import read_parquet
from .rows import RowError, parse_json, shown

Format = Literal["jsonl", "csv", "parquet"]
Read = Iterator[tuple[int, dict[str, Any] | RowError]]

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes that one row of JSON Lines or CSV may have."""

MOST_COLUMNS = 1000
"""Columns that one row may have."""

_LONGEST_SKIPPED = 16 * LONGEST_LINE
_CHUNK = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_BEGINNINGS = (
    (b"\xff\xfe\x00\x00", "UTF-32", "convert it to UTF-8: iconv -f UTF-32 -t UTF-8"),
    (b"\x00\x00\xfe\xff", "UTF-32", "convert it to UTF-8: iconv -f UTF-32 -t UTF-8"),
    (b"\xff\xfe", "UTF-16", "convert it to UTF-8: iconv -f UTF-16 -t UTF-8"),
    (b"\xfe\xff", "UTF-16", "convert it to UTF-8: iconv -f UTF-16 -t UTF-8"),
    (b"\x1f\x8b", "a gzip file", "unpack it: gunzip -c FILE | python -m indexer build -"),
    (b"PK\x03\x04", "a zip file or a spreadsheet", "unpack it, or save the sheet as CSV (UTF-8)"),
    (b"PAR1", "a Parquet file", "name it .parquet, or give --format parquet"),
)


def format_of(path: str) -> Format:
    """The format that a file's ending tells; standard input is JSON Lines.

    Raises:
        SourceError: it tells none.
    """
    if path == STANDARD_INPUT:
        return "jsonl"
    suffix = Path(path).suffix.lower()
    if suffix not in _SUFFIXES:
        raise SourceError(f"{path}: expected a name ending in {', '.join(_SUFFIXES)}", code="unknown_format")
    return _SUFFIXES[suffix]


def read(source: Input, format_: Format, columns: Collection[str]) -> Read:
    """Rows with their lines, or what is wrong with them.

    Args:
        source: where they are.
        format_: how they are written.
        columns: those that are needed; of Parquet the others are not read.

    Raises:
        SourceError: it is not of this format or this encoding, or goes beyond a limit.
    """
    if format_ == "parquet":
        yield from read_parquet(source.file, source.name, columns, MOST_COLUMNS)
        return
    _check_beginning(source)
    yield from (_read_csv if format_ == "csv" else _read_jsonl)(source.file, source.name)


def _check_beginning(source: Input) -> None:
    head = source.file.read(1024)
    source.file.seek(0)
    for beginning, kind, advice in _BEGINNINGS:
        if head.startswith(beginning):
            raise SourceError(f"{source.name}: expected UTF-8 text, got what looks like {kind}: {advice}")
    if head.startswith(b"\x00\x00"):
        raise SourceError(f"{source.name}: expected UTF-8 text, got what looks like a binary file")
    if b"\x00" in head[:2]:
        order = "BE" if head[:1] == b"\x00" else "LE"
        raise SourceError(
            f"{source.name}: expected UTF-8 text, got what looks like UTF-16: convert it to UTF-8: iconv -f UTF-16{order} -t UTF-8"
        )
    if head.startswith(_BOM):
        source.file.seek(len(_BOM))


def _read_jsonl(file: IO[bytes], name: str) -> Read:
    line = 0
    while raw := file.readline(LONGEST_LINE + 1):
        line += 1
        if len(raw) > LONGEST_LINE:
            _skip_line(file, raw, line, name)
            yield line, RowError("line", "a longer one", f"at most {LONGEST_LINE:,} bytes in a line")
            continue
        if not raw.strip():
            continue
        yield line, _json_row(raw)


def _json_row(raw: bytes) -> dict[str, Any] | RowError:
    try:
        value = parse_json(raw)
    except RowError as bad:
        return bad
    if not isinstance(value, dict):
        return RowError("line", shown(value), "a JSON object")
    if len(value) > MOST_COLUMNS:
        return RowError("line", f"{len(value):,} columns", f"at most {MOST_COLUMNS:,} columns")
    return value


def _skip_line(file: IO[bytes], raw: bytes, line: int, name: str) -> None:
    skipped = len(raw)
    while raw and not raw.endswith(b"\n"):
        raw = file.readline(_CHUNK)
        skipped += len(raw)
        if skipped > _LONGEST_SKIPPED:
            raise SourceError(
                f"{name}:{line}: expected lines of at most {LONGEST_LINE:,} bytes, got one of more than "
                f"{_LONGEST_SKIPPED:,}: is it a text file?"
            )


class _Lines:
    """Lines of a CSV file, for one row after the other: their sum is bounded, since a quoted cell may have many."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name = file, name
        self._number = self._bytes = 0
        self._first = 1

    def __iter__(self) -> Iterator[str]:
        while raw := self._file.readline(LONGEST_LINE + 1):
            self._number += 1
            self._bytes += len(raw)
            if self._bytes > LONGEST_LINE:
                raise SourceError(
                    f"{self._name}:{self._first}: expected rows of at most {LONGEST_LINE:,} bytes, got a longer one: "
                    "is a quote not closed?"
                )
            yield raw.decode(errors="surrogateescape")

    def row_ends(self) -> None:
        """The lines so far were the last row's."""
        self._first, self._bytes = self._number + 1, 0


def _read_csv(file: IO[bytes], name: str) -> Read:
    csv.field_size_limit(LONGEST_LINE)
    lines = _Lines(file, name)
    reader = csv.reader(lines, strict=True)
    try:
        header = next(reader, None)
        if header is None:
            return
        _check_header(header, name)
        lines.row_ends()
        for cells in reader:
            lines.row_ends()
            if not cells:
                continue
            if len(cells) != len(header):
                yield reader.line_num, RowError("line", f"{len(cells)} cells", f"{len(header)} cells, as in the header")
            else:
                yield reader.line_num, {column: cell or None for column, cell in zip(header, cells, strict=True)}
    except csv.Error as error:
        raise SourceError(f"{name}:{reader.line_num}: not a CSV file: {error}") from error


def _check_header(header: list[str], name: str) -> None:
    if len(header) > MOST_COLUMNS:
        raise SourceError(f"{name}: expected at most {MOST_COLUMNS:,} columns, got {len(header):,}")
    if len(set(header)) < len(header):
        twice = next(column for column in header if header.count(column) > 1)
        raise SourceError(f"{name}: expected different column names, got {shown(twice)} twice")
    if len(header) == 1 and (other := next((mark for mark in ";\t|" if mark in header[0]), None)):
        raise SourceError(
            f"{name}: expected columns separated by commas, got the header {shown(header[0])}: is the delimiter {other!r}?"
        )
