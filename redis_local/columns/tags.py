"""TAG fields."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ..schema import Field
from .patterns import wildcard
from .shared import Mask, Rows, affixed, fold, grown


class TagColumn:
    """Whole field values as codes in an ``int32`` array, and which codes contain each tag."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._separator = field.separator.encode(errors="surrogateescape")
        self._codes: npt.NDArray[np.int32] = np.zeros(0, np.int32)
        self._values: list[bytes | None] = [None]
        self._counts = [0]
        self._free: list[int] = []
        self._code_of: dict[bytes, int] = {}
        self._codes_with: dict[bytes, set[int]] = {}
        self._rows_with: dict[int, npt.NDArray[np.intp]] = {}

    def reserve(self, capacity: int) -> None:
        self._codes = grown(self._codes, capacity)

    def put(self, row: int, value: bytes | None) -> None:
        if self._rows_with:
            self._rows_with.clear()
        old = int(self._codes[row])
        if value is None:
            self._codes[row] = 0
        else:
            code = self._code_of.get(value) or self._add(value)
            self._counts[code] += 1
            self._codes[row] = code
        if old:
            self._counts[old] -= 1
            if not self._counts[old]:
                self._forget(old)

    def get(self, row: int) -> bytes | None:
        return self._values[int(self._codes[row])]

    def _add(self, value: bytes) -> int:
        if self._free:
            code = self._free.pop()
            self._values[code] = value
        else:
            code = len(self._values)
            self._values.append(value)
            self._counts.append(0)
        self._code_of[value] = code
        for tag in self._tags(value):
            self._codes_with.setdefault(self.normalise(tag), set()).add(code)
        return code

    def _forget(self, code: int) -> None:
        value = self._values[code]
        assert value is not None
        del self._code_of[value]
        for tag in {self.normalise(tag) for tag in self._tags(value)}:
            self._codes_with[tag].discard(code)
            if not self._codes_with[tag]:
                del self._codes_with[tag]
        self._values[code] = None
        self._free.append(code)

    def _tags(self, value: bytes) -> Iterable[bytes]:
        if self.field.noindex:
            return ()
        tags = (tag.strip() for tag in value.split(self._separator))
        return (tag for tag in tags if tag or self.field.index_empty)

    def normalise(self, tag: bytes) -> bytes:
        """A tag as it is compared: in lower case unless the field is case-sensitive."""
        return tag if self.field.case_sensitive else fold(tag)

    def tags(self) -> list[bytes]:
        """Every distinct tag, sorted."""
        return sorted(self._codes_with)

    def codes_of(self, tag: bytes) -> set[int]:
        """Codes of the values that contain the tag."""
        return self._codes_with.get(tag, set())

    def tags_like(self, part: bytes, starts: bool, ends: bool) -> list[bytes]:
        """The tags with that beginning, end, or part."""
        return affixed(self._codes_with, part, starts, ends)

    def tags_matching(self, pattern: bytes) -> list[bytes]:
        """The tags that a pattern with ``?`` and ``*`` matches."""
        return [tag for tag in self._codes_with if wildcard(pattern)(tag)]

    def count(self, codes: set[int]) -> int:
        """How many documents have one of these codes."""
        return sum(self._counts[code] for code in codes)

    def weights(self, weight_of: dict[int, float], rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
        """``(n,)``: for each of the rows what its code weighs, 0 where the code is not given."""
        table = np.zeros(len(self._values))
        for code, weight in weight_of.items():
            table[code] = weight
        return np.asarray(table[self._codes[rows]])

    def rows_with(self, codes: set[int], rows: int) -> npt.NDArray[np.intp]:
        """Rows that have one of these codes, in order; remembered for each code until the next write."""
        for code in codes - self._rows_with.keys():
            self._rows_with[code] = np.flatnonzero(self._codes[:rows] == code)
        found = [self._rows_with[code] for code in codes]
        return found[0] if len(found) == 1 else np.sort(np.concatenate(found))

    def missing(self, selection: int | Rows) -> Mask:
        """Which of these rows have no value."""
        return np.asarray((self._codes[:selection] if isinstance(selection, int) else self._codes[selection]) == 0)

    def mask(self, codes: set[int], selection: int | Rows) -> Mask:
        """Which of the first so many rows (an int), or of chosen rows, have one of these codes."""
        column = self._codes[:selection] if isinstance(selection, int) else self._codes[selection]
        if len(codes) == 1:
            return np.asarray(column == next(iter(codes)))
        table = np.zeros(len(self._values), bool)
        table[list(codes)] = True
        return np.asarray(table[column])
