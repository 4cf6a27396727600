"""NUMERIC fields."""

import numpy as np
import numpy.typing as npt

from ..numerals import parse_number
from ..schema import Field
from .shared import BadValue, Floats, Mask, Rows, grown


class NumericColumn:
    """Numbers in a ``float64`` array; NaN where a document has none."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._numbers: npt.NDArray[np.float64] = np.zeros(0, np.float64)

    def reserve(self, capacity: int) -> None:
        self._numbers = grown(self._numbers, capacity)

    @staticmethod
    def parse(value: bytes | None) -> float:
        """A hash value as a number.

        Raises:
            BadValue: it is not one.
        """
        if value is None:
            return float("nan")
        try:
            return parse_number(value)
        except ValueError:
            raise BadValue(f"Invalid numeric value: '{value.decode(errors='replace')}'") from None

    def put(self, row: int, value: bytes | None) -> None:
        self._numbers[row] = self.parse(value)

    def get(self, row: int) -> float | None:
        number = float(self._numbers[row])
        return None if number != number else number

    def values(self, rows: int) -> Floats:
        return self._numbers[:rows]

    def missing(self, selection: int | Rows) -> Mask:
        """Which of these rows have no value."""
        return np.asarray(
            np.isnan(self._numbers[:selection] if isinstance(selection, int) else self._numbers[selection])
        )

    def mask(self, low: float, high: float, low_open: bool, high_open: bool, selection: int | Rows) -> Mask:
        """Which of the first so many rows (an int), or of chosen rows, lie in between."""
        column = self._numbers[:selection] if isinstance(selection, int) else self._numbers[selection]
        above = column > low if low_open else column >= low
        below = column < high if high_open else column <= high
        return np.asarray(above & below)
