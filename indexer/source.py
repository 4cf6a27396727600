"""Files of profiles: JSON Lines, CSV, Parquet, or standard input.

Reading is one pass over rows; each becomes a checked :class:`Row`, or a :class:`BadRow` that says where and why.
"""

import csv
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from profilesearch.errors import BadRow, BadRows, SourceError
from profilesearch.profile import Fields

from .rows import LONGEST_TEXT, BadValue, Mapping, check_row, parse_json, resolve_fields, shown
from .spool import Spool

Format = Literal["jsonl", "csv", "parquet"]

LISTED = 20
_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}


@dataclass(frozen=True)
class Loaded:
    """What a source held.

    Attributes:
        fields: its columns, as they are used.
        rows: good rows, all of which are in the spool.
        rejected: bad rows that were left out.
        digest: of the good rows, in their order.
    """

    fields: Fields
    rows: int
    rejected: int
    digest: str


def load(
    path: str, mapping: Mapping | Fields, spool: Spool, *, format_: Format | None = None, rejects: Path | None = None
) -> Loaded:
    """Read a whole source into a spool, row by row.

    Args:
        path: a file, or ``-`` for standard input.
        mapping: which columns make a profile; columns that are fixed already must all be there.
        spool: where the good rows go.
        format_: the file's format; by default its name's ending tells, and standard input is JSON Lines.
        rejects: where bad rows go, with reasons, as JSON Lines; without it, one bad row refuses the source.

    Raises:
        BadRows: some rows are no profiles; nothing was done with the others.
        SourceError: the source cannot be read, changes meanwhile, lacks a column, or has no profile at all.
    """
    listed: list[BadRow] = []
    bad = 0
    fields = mapping if isinstance(mapping, Fields) else None
    before = _stamp(path)
    with _Rejects(rejects) as kept:
        for line, values in _read(path, format_ or _format(path)):
            raw: Any = values
            try:
                if isinstance(values, BadValue):
                    raw = None
                    raise values
                if fields is None:
                    assert isinstance(mapping, Mapping)
                    fields = resolve_fields(mapping, values, path)
                row = check_row(values, fields)
                if (earlier := spool.add(row, line, values)) is not None:
                    raise BadValue(
                        fields.id, f"{row.id!r}, which line {earlier} has too", "an id of its own for each row"
                    )
            except BadValue as why:
                bad += 1
                told = BadRow(path, line, why.field, why.came, why.expected)
                kept.add(told, raw)
                if len(listed) < LISTED:
                    listed.append(told)
    if _stamp(path) != before:
        raise SourceError(f"{path}: it changed while it was being read; nothing was done with it: try again")
    if bad and rejects is None:
        raise BadRows(listed, bad)
    if not len(spool) or fields is None:
        raise SourceError(f"{path}: expected at least one profile, got none")
    return Loaded(fields, len(spool), bad, spool.digest)


def _stamp(path: str) -> tuple[int, int, int] | None:
    """What changes when somebody writes to a file or puts another in its place; None for standard input and pipes."""
    if path == "-" or not Path(path).is_file():
        return None
    found = os.stat(path)  # noqa: PTH116
    return found.st_ino, found.st_size, found.st_mtime_ns


class _Rejects:
    """Bad rows with their reasons as JSON Lines; the file is made with the first of them."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> "_Rejects":
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, why: BadRow, row: Any) -> None:
        if self._path is None:
            return
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8")
        told = {"file": why.file, "line": why.line, "field": why.field, "came": why.came, "expected": why.expected,
                "row": row}  # fmt: skip
        self._file.write(json.dumps(told, ensure_ascii=True, default=str) + "\n")


def _format(path: str) -> Format:
    if path == "-":
        return "jsonl"
    suffix = Path(path).suffix.lower()
    if suffix not in _SUFFIXES:
        raise SourceError(f"{path}: expected a name ending in {', '.join(_SUFFIXES)}, or --format")
    return _SUFFIXES[suffix]


def _read(path: str, format_: Format) -> Iterator[tuple[int, dict[str, Any] | BadValue]]:
    readers = {"jsonl": _read_jsonl, "csv": _read_csv, "parquet": _read_parquet}
    if path == "-":
        yield from readers[format_](sys.stdin.buffer, "standard input")
        return
    try:
        with Path(path).open("rb") as file:
            yield from readers[format_](file, path)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error


def _read_jsonl(file: IO[bytes], path: str) -> Iterator[tuple[int, dict[str, Any] | BadValue]]:
    for line, raw in enumerate(file, 1):
        if not raw.strip():
            continue
        try:
            value = parse_json(raw)
        except BadValue as bad:
            yield line, bad
            continue
        yield line, value if isinstance(value, dict) else BadValue("line", shown(value), "a JSON object")


def _read_csv(file: IO[bytes], path: str) -> Iterator[tuple[int, dict[str, Any] | BadValue]]:
    csv.field_size_limit(64 * LONGEST_TEXT)
    text = (
        line.decode("utf-8-sig" if number == 0 else "utf-8", errors="surrogateescape")
        for number, line in enumerate(file)
    )
    reader = csv.reader(text, strict=True)
    try:
        header = next(reader, None)
        if header is None:
            return
        if len(set(header)) < len(header):
            raise SourceError(f"{path}: expected different column names, got {', '.join(header)}")
        for cells in reader:
            if not cells:
                continue
            if len(cells) != len(header):
                yield reader.line_num, BadValue("line", f"{len(cells)} cells", f"{len(header)} cells, as in the header")
            else:
                yield reader.line_num, {name: cell or None for name, cell in zip(header, cells, strict=True)}
    except csv.Error as error:
        raise SourceError(f"{path}:{reader.line_num}: not a CSV file: {error}") from error


def _read_parquet(file: IO[bytes], path: str) -> Iterator[tuple[int, dict[str, Any] | BadValue]]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(file.read()) if file is sys.stdin.buffer else file)
        line = 0
        for batch in table.iter_batches(batch_size=1000):
            columns = {name: _values(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
            for position in range(batch.num_rows):
                line += 1
                yield line, {name: values[position] for name, values in columns.items()}
    except (pyarrow.ArrowException, OSError) as error:
        raise SourceError(f"{path}: not a whole Parquet file: {str(error).splitlines()[0]}") from error


def _values(column: Any) -> list[Any]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:
        raw = column.cast("binary").to_pylist()
        return [None if value is None else value.decode(errors="surrogateescape") for value in raw]
