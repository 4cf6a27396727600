"""Embeddings as arrays, as the bytes that Redis stores (little-endian float32), and as the lists of numbers that files have."""

import json
import reprlib

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Rows of float32; ``(n, dim)`` for several, ``(dim,)`` for one."""

_WIRE = np.dtype("<f4")

MOST_NUMBERS = 32_768
"""Numbers that a vector may have: more than that no index of Redis takes."""


class NotAVector(ValueError):
    """A value of a file is no vector: what came, and what was expected."""

    def __init__(self, came: str, expected: str) -> None:
        super().__init__(f"expected {expected}, got {came}")
        self.came, self.expected = came, expected


def to_bytes(vector: Vectors) -> bytes:
    """A ``(dim,)`` vector as ``4 * dim`` bytes."""
    if vector.ndim != 1:
        raise ValueError(f"expected one vector of shape (dim,), got shape {vector.shape}")
    return vector.astype(_WIRE, copy=False).tobytes()


def dimension_of(data: bytes) -> int:
    """How many numbers the bytes of a vector are."""
    return len(data) // _WIRE.itemsize


def from_bytes(data: bytes, dimension: int) -> Vectors:
    """Bytes as a ``(dimension,)`` vector.

    Raises:
        ValueError: the bytes are not exactly that many numbers.
    """
    if len(data) != dimension * _WIRE.itemsize:
        raise ValueError(f"expected {dimension * _WIRE.itemsize} bytes for {dimension} numbers, got {len(data)}")
    return np.frombuffer(data, _WIRE).astype(np.float32)


def unit_rows(vectors: npt.ArrayLike) -> Vectors:
    """``(n, dim)`` rows scaled to length 1.

    Raises:
        ValueError: a row is zero or not finite, so it has no direction.
    """
    rows = np.asarray(vectors, np.float32)
    if rows.ndim != 2:
        raise ValueError(f"expected vectors of shape (n, dim), got shape {rows.shape}")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        raise ValueError("a vector is zero or not finite")
    return np.asarray(rows / lengths, np.float32)


def given_vector(value: object, expected: str = "a list of numbers", dimension: int = 0) -> Vectors:
    """A list of numbers as a ``(dim,)`` float32 vector, which is not scaled.

    Args:
        value: as JSON Lines and Parquet have it, or as CSV does: a text with a JSON list.
        expected: what errors say is expected.
        dimension: how many numbers there must be; 0 for any number.

    Raises:
        NotAVector: it is no such list, of another length, not finite as float32, or all zero.
    """
    numbers = _parsed(value, expected) if isinstance(value, str) else value
    if not isinstance(numbers, list | tuple):
        raise NotAVector("nothing" if numbers is None else _short(numbers), expected)
    if not 0 < len(numbers) <= MOST_NUMBERS or dimension not in (0, len(numbers)):
        raise NotAVector(f"{len(numbers):,} numbers", expected)
    if not {*map(type, numbers)} <= {int, float}:
        place = next(place for place, number in enumerate(numbers) if type(number) not in (int, float))
        raise NotAVector(f"{_short(numbers[place])} at place {place + 1}", expected)
    try:
        with np.errstate(over="ignore"):
            vector = np.array(numbers, np.float64).astype(np.float32)
    except OverflowError:
        raise NotAVector("a number that is too large", expected) from None
    if not (finite := np.isfinite(vector)).all():
        place = int(finite.argmin())
        raise NotAVector(f"{numbers[place]!r} at place {place + 1}", f"{expected}, all finite")
    if not vector.any():
        raise NotAVector("zeros alone", f"{expected}, not all zero")
    return vector


def scaled(vector: Vectors) -> Vectors:
    """A ``(dim,)`` vector scaled to length 1, however long or short it is; it must not be zero."""
    exact = vector.astype(np.float64)
    return np.asarray(exact / np.linalg.norm(exact), np.float32)


def _parsed(text: str, expected: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise NotAVector(_short(text), expected) from None


def _short(value: object) -> str:
    shown = reprlib.repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "…"
