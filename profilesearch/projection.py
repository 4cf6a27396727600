"""Fewer numbers in a vector than its model gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from .arrays import array_from_bytes, array_to_bytes
from .vectors import Vectors, unit_rows

Reduction = Literal["matryoshka", "pca"]
"""Which numbers stay: the first ones, for models that were trained for it (Kusupati et al. 2022,
https://doi.org/10.48550/arXiv.2205.13147), or the strongest directions of a collection's vectors."""

_DIRECTIONS = b"directions"


@dataclass(frozen=True)
class Projection:
    """From a model's vectors to those of an index.

    Attributes:
        dimension: numbers that stay.
        directions: ``(model's dimension, dimension)`` float32, orthonormal columns; None where the first numbers stay.
    """

    dimension: int
    directions: Vectors | None = None

    def of(self, vectors: Vectors) -> Vectors:
        """``(n, dimension)`` float32 rows of length 1 of ``(n, model's dimension)``; those themselves if all numbers stay."""
        if self.directions is not None:
            return direction_kept(vectors @ self.directions)
        return vectors if vectors.shape[1] == self.dimension else direction_kept(vectors[:, : self.dimension])

    def to_hash(self) -> dict[bytes, bytes]:
        """As hash fields: the directions in NumPy's own format, if there are any."""
        return {} if self.directions is None else {_DIRECTIONS: array_to_bytes(self.directions)}

    @classmethod
    def from_hash(cls, data: Mapping[bytes, bytes], shape: tuple[int, int]) -> "Projection":
        """Read the directions that :meth:`to_hash` wrote.

        Args:
            data: the fields of the hash.
            shape: of the directions.

        Raises:
            ValueError: they are missing, or something else.
        """
        if _DIRECTIONS not in data:
            raise ValueError("the directions that its vectors are reduced to are missing")
        array = array_from_bytes(data[_DIRECTIONS])
        if array.shape != shape or array.dtype.kind != "f" or not np.isfinite(array).all():
            raise ValueError(f"the directions of its vectors: expected {shape} numbers, got {array.shape}")
        return cls(shape[1], array.astype(np.float32))


def fit_directions(chunks: Iterable[Vectors], dimension: int) -> Projection:
    """The strongest directions of vectors that come in ``(n, dim)`` chunks (principal component analysis).

    They are not centred before: what is kept as well as can be is the product of two vectors, their cosine.
    """
    products = sum(chunk.T.astype(np.float64) @ chunk for chunk in chunks)
    _, directions = np.linalg.eigh(products)  # weakest first
    return Projection(dimension, np.asarray(directions[:, ::-1][:, :dimension], np.float32))


def direction_kept(vectors: Vectors) -> Vectors:
    """``(n, dim)`` rows scaled to length 1; one of nothing but zeros points nowhere, and gets all numbers alike."""
    empty = np.logical_not(np.abs(vectors).max(axis=1, keepdims=True))
    return unit_rows(np.where(empty, np.float32(1), vectors))
