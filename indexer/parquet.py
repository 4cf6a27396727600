"""Rows of a Parquet file, of which a few kilobytes may unpack to gigabytes.

Texts are read as dictionaries, so that a text that many rows share is in memory once; only the columns that are needed are
read; and what the file says of its own size decides how many rows are read at once, or that it is refused.
"""

import math
from collections.abc import Collection, Iterator, Sequence
from typing import IO, Any

from profilesearch.errors import SourceError, reason_of

from .rows import RowError

MOST_BYTES_AT_ONCE = 32 * 1024 * 1024
"""Unpacked bytes of the rows that are read at once, as the file's metadata tells them."""

LARGEST_ROW = 16 * 1024 * 1024
"""Bytes that one row may have."""

_MOST_ROWS_AT_ONCE = 1000
_SUSPICIOUS_SIZE = 128 * 1024 * 1024
_SUSPICIOUS_RATIO = 200
_BYTES_PER_VALUE = 8


def read_parquet(
    file: IO[bytes], name: str, columns: Collection[str], most_columns: int
) -> Iterator[tuple[int, dict[str, Any] | RowError]]:
    """Rows from 1 on, each with all columns' names, and values for those that are named.

    Raises:
        SourceError: it is no whole Parquet file, or would take too much memory.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        plain = pyarrow.parquet.ParquetFile(file)
        names = plain.schema_arrow.names
        _check_columns(names, name, most_columns)
        schema = plain.schema
        texts = [
            schema.column(number).path
            for number in range(len(schema))
            if schema.column(number).physical_type == "BYTE_ARRAY"
        ]
        table = pyarrow.parquet.ParquetFile(file, read_dictionary=texts)
        used = [column for column in names if column in columns]
        nothing = dict.fromkeys(names)
        line = 0
        for group in range(table.num_row_groups):
            size = _rows_at_once(table.metadata.row_group(group), used, name)
            for batch in table.iter_batches(size, row_groups=[group], columns=used):
                if batch.nbytes > 16 * MOST_BYTES_AT_ONCE:
                    raise SourceError(f"{name}: expected rows of at most {LARGEST_ROW:,} bytes, got larger ones")
                for position in range(batch.num_rows):
                    line += 1
                    yield line, _row(batch, used, position, nothing)
    except MemoryError as error:
        raise SourceError(
            f"{name}: more than fits into memory: write the file again with smaller row groups, or as JSON Lines"
        ) from error
    except (pyarrow.ArrowException, OSError) as error:
        raise SourceError(f"{name}: not a whole Parquet file: {reason_of(error)}") from error


def _check_columns(columns: Sequence[str], name: str, most: int) -> None:
    """Refuse too many columns, and two of one name."""
    if len(columns) > most:
        raise SourceError(f"{name}: expected at most {most:,} columns, got {len(columns):,}")
    if len(set(columns)) < len(columns):
        twice = next(column for column in columns if columns.count(column) > 1)
        raise SourceError(f"{name}: expected different column names, got {twice!r} twice")


def _rows_at_once(group: Any, columns: Collection[str], name: str) -> int:
    """How many rows of a row group to read at once, by what its metadata says.

    Raises:
        SourceError: a column is packed so tightly that it can only be meant to fill the memory, or its rows are too large.
    """
    unpacked = 0
    for number in range(group.num_columns):
        column = group.column(number)
        path = column.path_in_schema
        if not any(path == used or path.startswith(f"{used}.") for used in columns):
            continue
        size = max(column.total_uncompressed_size, _BYTES_PER_VALUE * column.num_values)
        if size > _SUSPICIOUS_SIZE and size > _SUSPICIOUS_RATIO * column.total_compressed_size:
            raise SourceError(
                f"{name}: the column {path!r} would unpack from {column.total_compressed_size:,} bytes to {size:,}: expected "
                f"at most {_SUSPICIOUS_RATIO} times as many; write the file again with smaller row groups, or as JSON Lines"
            )
        unpacked += size
    per_row = unpacked / max(1, group.num_rows)
    if per_row > LARGEST_ROW:
        raise SourceError(
            f"{name}: expected rows of at most {LARGEST_ROW:,} bytes, got {math.ceil(per_row):,} on average"
        )
    return max(1, min(_MOST_ROWS_AT_ONCE, int(MOST_BYTES_AT_ONCE / max(1.0, per_row))))


def _row(batch: Any, columns: Collection[str], position: int, nothing: dict[str, Any]) -> dict[str, Any] | RowError:
    values = nothing.copy()
    for number, column in enumerate(columns):
        try:
            values[column] = batch.column(number)[position].as_py()
        except UnicodeDecodeError as error:
            return RowError(column, f"invalid UTF-8 at byte {error.start + 1}", "UTF-8 text")
        except (ValueError, OverflowError) as error:
            return RowError(column, f"a value that cannot be read ({error})", "a text, a list of texts or a number")
    return values
