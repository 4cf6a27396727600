"""How vectors are indexed, and what each is in Redis."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from pydantic import NonNegativeInt, PositiveInt

from .projection import Reduction
from .vector_type import BYTES, VectorType, pack, rounded, unpack
from .vectors import Vectors

Algorithm = Literal["flat", "hnsw"]
Metric = Literal["cosine", "l2", "ip"]


@dataclass(frozen=True)
class VectorIndex:
    """How the vectors are indexed (https://redis.io/docs/latest/develop/ai/search-and-query/vectors/).

    Attributes:
        dimension: numbers of a vector in the index.
        algorithm, metric, m, ef_construction, ef_runtime: as Redis calls them.
        type: of each number.
        reduction: which numbers stay of the model's, where the index has fewer.
        model_dimension: numbers of the model's vectors, where the index has fewer; else 0.
    """

    dimension: PositiveInt
    algorithm: Algorithm = "flat"
    metric: Metric = "cosine"
    m: int = 16
    ef_construction: int = 200
    ef_runtime: int = 100
    type: VectorType = "float32"
    reduction: Reduction | None = None
    model_dimension: NonNegativeInt = 0

    @property
    def size(self) -> int:
        """Bytes of a vector."""
        return self.dimension * BYTES[self.type]

    @property
    def model_shape(self) -> tuple[int, int]:
        """Numbers of a vector as the model gives it, and in the index."""
        return self.model_dimension or self.dimension, self.dimension

    @property
    def is_whole(self) -> bool:
        """Whether vectors are what the model gives, number for number."""
        return self.reduction is None and self.type == "float32"

    def __str__(self) -> str:
        which = "" if self.reduction is None else f" of {self.model_dimension} ({self.reduction})"
        return f"{self.dimension}{which} {self.type}"

    def to_bytes(self, vector: Vectors) -> bytes:
        """A ``(dimension,)`` vector as Redis holds it.

        Raises:
            ValueError: it has another shape.
        """
        if vector.shape != (self.dimension,):
            raise ValueError(f"expected one vector of shape {(self.dimension,)}, got shape {vector.shape}")
        return pack(vector, self.type).tobytes()

    def from_bytes(self, data: bytes) -> Vectors:
        """What Redis holds as a ``(dimension,)`` float32 vector.

        Raises:
            ValueError: the bytes are not exactly one vector.
        """
        if len(data) != self.size:
            raise ValueError(f"expected {self.size} bytes for {self.dimension} {self.type} numbers, got {len(data)}")
        return unpack(data, self.type)

    def rounded(self, vectors: Vectors) -> Vectors:
        """``(n, dimension)`` or ``(dimension,)`` vectors with what is left of each number once it is stored."""
        return rounded(vectors, self.type)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def similarity(self, distance: float) -> float:
        """A distance as a similarity; higher is nearer.

        ``1 - distance`` for cosine and inner product, in [-1, 1] for unit vectors; for L2, whose distance Redis gives
        squared, the cosine that unit vectors of that distance have.
        """
        return 1 - distance / 2 if self.metric == "l2" else 1 - distance

    def distance(self, one: Vectors, other: Vectors) -> float:
        """How far two ``(dim,)`` vectors lie apart, as Redis measures it; smaller is nearer."""
        if self.metric == "l2":
            return float(((one - other) ** 2).sum())
        lengths = float(np.linalg.norm(one) * np.linalg.norm(other)) if self.metric == "cosine" else 1.0
        return 1 - float(one @ other) / lengths if lengths else 1.0
