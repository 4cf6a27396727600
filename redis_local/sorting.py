"""The order of SORTBY."""

import numpy as np
import numpy.typing as npt

from .arguments import text
from .columns import NumericColumn, TextColumn, VectorColumn, fold
from .errors import unsupported
from .index import Index
from .resp import format_number


def sort_values(index: Index, name: bytes, rows: npt.NDArray[np.intp]) -> list[float | bytes | None]:
    """What to sort by, one value a row: numbers as numbers, text folded unless the field says UNF."""
    column = index.column(name)
    if isinstance(column, NumericColumn):
        return [column.get(int(row)) for row in rows]
    if column is None or isinstance(column, VectorColumn):
        return [None] * len(rows)
    if isinstance(column, TextColumn) and not column.field.sortable:
        raise unsupported(f"SORTBY a TEXT field that is not SORTABLE ({text(name)})")
    values = [column.get(int(row)) for row in rows]
    if column.field.sortable and not column.field.unf:
        return [None if value is None else fold(value) for value in values]
    return list(values)


def sort_order(
    values: list[float | bytes | None], numbers: npt.NDArray[np.int64], descending: bool
) -> npt.NDArray[np.intp]:
    """Positions in sorted order: equal values by document number, missing ones last, NaN after numbers."""
    order = sorted(range(len(values)), key=lambda i: int(numbers[i]), reverse=descending)
    order.sort(key=lambda i: _comparable(values[i]), reverse=descending)
    missing = [i for i in order if values[i] is None]
    return np.array([i for i in order if values[i] is not None] + missing, np.intp)


def _comparable(value: float | bytes | None) -> tuple[int, float | bytes]:
    if value is None:
        return (0, 0.0)
    if isinstance(value, bytes):
        return (1, value)
    return (3, 0.0) if value != value else (2, value)


def sort_key(value: float | bytes | None) -> bytes | None:
    if value is None:
        return None
    return b"#" + format_number(value) if isinstance(value, float) else b"$" + value
