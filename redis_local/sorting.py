"""The order of SORTBY."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .arguments import text
from .columns import Column, TextColumn, VectorColumn
from .errors import unsupported
from .index import Index


def sort_values(index: Index, name: bytes, rows: npt.NDArray[np.intp]) -> list[float | bytes | None]:
    """What to sort by, one value a row."""
    column = index.column(name)
    if column is None:
        return [None] * len(rows)
    if isinstance(column, TextColumn) and not column.field.sortable:
        raise unsupported(f"SORTBY a TEXT field that is not SORTABLE ({text(name)})")
    return [sort_value(column, row) for row in rows.tolist()]


def sort_value(column: Column, row: int) -> float | bytes | None:
    """A number as it is; text as it is too if the field says UNF or is not SORTABLE, and case-folded otherwise."""
    if isinstance(column, VectorColumn):
        return None
    value = column.get(row)
    if isinstance(value, bytes) and column.field.sortable and not column.field.unf:
        return _folded(value)
    return value


def sort_order(
    values: Sequence[float | bytes | None],
    numbers: npt.NDArray[np.int64],
    descending: bool,
    last: Sequence[bool] | None = None,
) -> npt.NDArray[np.intp]:
    """Positions in sorted order: equal values by document number, None before all others, NaN after numbers.

    Args:
        last: which positions come last whatever the direction, as those without a value do; by default every None.
    """
    last = [value is None for value in values] if last is None else last
    order = sorted(range(len(values)), key=lambda i: int(numbers[i]), reverse=descending)
    order.sort(key=lambda i: comparable(values[i]), reverse=descending)
    return np.array([i for i in order if not last[i]] + [i for i in order if last[i]], np.intp)


def comparable(value: object) -> tuple[int, float | bytes]:
    """What orders values of any kind: nothing, texts, numbers, NaN."""
    if value is None:
        return (0, 0.0)
    if isinstance(value, bytes):
        return (1, value)
    return (2, value) if isinstance(value, float) and value == value else (3, 0.0)


def sort_key(value: float | bytes | None) -> bytes | None:
    if value is None:
        return None
    return b"#%.17g" % value if isinstance(value, float) else b"$" + value


def _folded(value: bytes) -> bytes:
    """Text as Redis sorts it: case-folded, up to the first null byte."""
    return value.partition(b"\0")[0].decode(errors="surrogateescape").casefold().encode(errors="surrogateescape")
