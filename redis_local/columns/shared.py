"""What columns have in common."""

from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating]
Rows = npt.NDArray[np.intp]

Number = TypeVar("Number", bound=np.generic)


class BadValue(ValueError):
    """A hash value does not fit its field, so the document is not indexed."""


def fold(value: bytes) -> bytes:
    """Lower case, for all of Unicode; bytes that are not UTF-8 stay."""
    if value.isascii():
        return value.lower()
    return value.decode(errors="surrogateescape").lower().encode(errors="surrogateescape")


def affixed(words: Iterable[bytes], part: bytes, starts: bool, ends: bool) -> list[bytes]:
    """The words that ``part*`` (starts), ``*part`` (ends) or ``*part*`` (both) matches."""
    if starts and ends:
        return [word for word in words if part in word]
    return [word for word in words if word.startswith(part)] if starts else [w for w in words if w.endswith(part)]


def grown(array: npt.NDArray[Number], capacity: int) -> npt.NDArray[Number]:
    """A larger copy, with zeros at its end."""
    bigger: npt.NDArray[Number] = np.zeros((capacity, *array.shape[1:]), array.dtype)
    bigger[: len(array)] = array
    return bigger
