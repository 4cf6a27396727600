"""Files of profiles: JSON Lines, CSV, Parquet, or standard input.

Reading is one pass over rows; each becomes a checked :class:`Row`, or a :class:`BadRow` that says where and why.
"""

import csv
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal

from profilesearch.errors import BadRow, BadRows, SourceError
from profilesearch.profile import SAMPLE_FIELDS, Fields, join_tags

Format = Literal["jsonl", "csv", "parquet"]

LONGEST_TEXT = 1_000_000
"""Bytes that a profile's text may have."""

LONGEST_ID = 256
LISTED = 20
_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_TEXT_COLUMNS = ("text", *SAMPLE_FIELDS.text)


@dataclass(frozen=True)
class Row:
    """A checked row: what :class:`profilesearch.profile.Profile` is made of."""

    id: str
    headline: str
    text: str
    tags: dict[str, str]
    numbers: dict[str, float]


@dataclass(frozen=True)
class Rejected:
    """A bad row, with what it held as far as it could be read."""

    why: BadRow
    row: Any


@dataclass(frozen=True)
class Loaded:
    """Everything a source held."""

    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]
    fields: Fields


@dataclass(frozen=True)
class Mapping:
    """Which columns the user chose; None means the sample's columns, as far as the source has them."""

    id: str = SAMPLE_FIELDS.id
    headline: str | None = None
    text: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    numbers: tuple[str, ...] | None = None


class _Bad(Exception):
    """A value is not what it should be."""

    def __init__(self, field: str, came: str, expected: str) -> None:
        super().__init__(field)
        self.field, self.came, self.expected = field, came, expected


def load(path: str, mapping: Mapping, *, format_: Format | None = None, skip_bad_rows: bool = False) -> Loaded:
    """Read a whole source.

    Args:
        path: a file, or ``-`` for standard input.
        mapping: which columns make a profile.
        format_: the file's format; by default its name's ending tells, and standard input is JSON Lines.
        skip_bad_rows: go on without bad rows instead of refusing the source.

    Raises:
        BadRows: some rows are no profiles; nothing was done with the others.
        SourceError: the source cannot be read, lacks a column, or has no profile at all.
    """
    rows: list[Row] = []
    rejected: list[Rejected] = []
    ids: dict[str, int] = {}
    fields: Fields | None = None
    for line, values in _read(path, format_ or _format(path)):
        raw: Any = values
        try:
            if isinstance(values, _Bad):
                raw = None
                raise values
            fields = fields or _resolve(mapping, values, path)
            row = _check(values, fields)
            if row.id in ids:
                raise _Bad(fields.id, f"{row.id!r}, which line {ids[row.id]} has too", "an id of its own for each row")
            ids[row.id] = line
            rows.append(row)
        except _Bad as bad:
            rejected.append(Rejected(BadRow(path, line, bad.field, bad.came, bad.expected), raw))
    if rejected and not skip_bad_rows:
        raise BadRows([each.why for each in rejected[:LISTED]], len(rejected))
    if not rows or fields is None:
        raise SourceError(f"{path}: expected at least one profile, got none")
    return Loaded(tuple(rows), tuple(rejected), fields)


def write_rejected(path: Path, rejected: Sequence[Rejected]) -> None:
    """Write bad rows with their reasons as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        for each in rejected:
            told = {"file": each.why.file, "line": each.why.line, "field": each.why.field, "came": each.why.came,
                    "expected": each.why.expected, "row": each.row}  # fmt: skip
            file.write(json.dumps(told, ensure_ascii=True, default=str) + "\n")


def _format(path: str) -> Format:
    if path == "-":
        return "jsonl"
    suffix = Path(path).suffix.lower()
    if suffix not in _SUFFIXES:
        raise SourceError(f"{path}: expected a name ending in {', '.join(_SUFFIXES)}, or --format")
    return _SUFFIXES[suffix]


def _read(path: str, format_: Format) -> Iterator[tuple[int, dict[str, Any] | _Bad]]:
    readers = {"jsonl": _read_jsonl, "csv": _read_csv, "parquet": _read_parquet}
    if path == "-":
        yield from readers[format_](sys.stdin.buffer, "standard input")
        return
    try:
        with Path(path).open("rb") as file:
            yield from readers[format_](file, path)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from error


def _read_jsonl(file: IO[bytes], path: str) -> Iterator[tuple[int, dict[str, Any] | _Bad]]:
    for line, raw in enumerate(file, 1):
        if not raw.strip():
            continue
        try:
            value = json.loads(raw.decode())
        except UnicodeDecodeError as error:
            yield line, _Bad("line", f"invalid UTF-8 at byte {error.start + 1}", "UTF-8 text")
            continue
        except ValueError as error:
            yield line, _Bad("line", f"{_shown(raw.decode(errors='replace').strip())} ({error})", "a JSON object")
            continue
        except RecursionError:
            yield line, _Bad("line", "JSON nested too deeply", "a flat JSON object")
            continue
        yield line, value if isinstance(value, dict) else _Bad("line", _shown(value), "a JSON object")


def _read_csv(file: IO[bytes], path: str) -> Iterator[tuple[int, dict[str, Any] | _Bad]]:
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
                yield reader.line_num, _Bad("line", f"{len(cells)} cells", f"{len(header)} cells, as in the header")
            else:
                yield reader.line_num, {name: cell or None for name, cell in zip(header, cells, strict=True)}
    except csv.Error as error:
        raise SourceError(f"{path}:{reader.line_num}: not a CSV file: {error}") from error


def _read_parquet(file: IO[bytes], path: str) -> Iterator[tuple[int, dict[str, Any] | _Bad]]:
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


def _resolve(mapping: Mapping, row: dict[str, Any], path: str) -> Fields:
    """The chosen columns, all of which the source must have."""

    def present(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name in names if name in row))

    headline = mapping.headline if mapping.headline is not None else SAMPLE_FIELDS.headline
    fields = Fields(
        mapping.id, headline,
        present(_TEXT_COLUMNS) if mapping.text is None else mapping.text,
        present(SAMPLE_FIELDS.tags) if mapping.tags is None else mapping.tags,
        present(SAMPLE_FIELDS.numbers) if mapping.numbers is None else mapping.numbers,
    )  # fmt: skip
    if not fields.text:
        raise SourceError(f"{path}: expected --text-fields, since there is none of {', '.join(_TEXT_COLUMNS)} in it")
    optional = () if mapping.headline is None else (fields.headline,)
    for name in (fields.id, *optional, *fields.text, *fields.tags, *fields.numbers):
        if name not in row:
            raise SourceError(f"{path}: expected a column {name!r}, got {', '.join(map(str, row)) or 'none'}")
    return replace(fields, headline=headline)


def _check(values: dict[str, Any], fields: Fields) -> Row:
    """A row as a profile, or the first thing wrong with it."""
    id_ = values.get(fields.id)
    if isinstance(id_, bool) or not isinstance(id_, str | int) or not str(id_).strip():
        raise _Bad(fields.id, _shown(id_), "an id")
    id_ = _text(fields.id, str(id_).strip())
    if len(id_) > LONGEST_ID or not id_.isprintable():
        raise _Bad(fields.id, _shown(id_), f"an id of at most {LONGEST_ID} printable characters")
    headline = _text(fields.headline, _joined(fields.headline, values.get(fields.headline)))
    text = "\n".join(part for name in fields.text if (part := _text(name, _joined(name, values.get(name)))))
    if not text.strip():
        raise _Bad(", ".join(fields.text), "no text", "a text")
    if (size := len(text.encode())) > LONGEST_TEXT:
        raise _Bad(", ".join(fields.text), f"{size} bytes", f"at most {LONGEST_TEXT} bytes of text")
    tags = {name: joined for name in fields.tags if (joined := _tags(name, values.get(name)))}
    numbers = {name: number for name in fields.numbers if (number := _number(name, values.get(name))) is not None}
    return Row(id_, headline or text.strip().splitlines()[0][:120], text, tags, numbers)


def _joined(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_joined(name, each) for each in value)
    if isinstance(value, dict):
        raise _Bad(name, _shown(value), "a text, or a list of texts")
    return str(value).strip()


def _text(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Bad(name, _shown(value), "UTF-8 text") from None
    return value


def _tags(name: str, value: Any) -> str:
    values = value if isinstance(value, list | tuple) else [] if value is None else [value]
    texts = [_text(name, _joined(name, each)) for each in values]
    try:
        return join_tags(text for text in texts if text.strip())
    except ValueError:
        raise _Bad(name, _shown(value), "tags without control characters") from None


def _number(name: str, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _Bad(name, _shown(value), "a number")
    return number


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "…"
