"""How vectors are indexed."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from pydantic import PositiveInt

from .vectors import Vectors

Algorithm = Literal["flat", "hnsw"]
Metric = Literal["cosine", "l2", "ip"]


@dataclass(frozen=True)
class VectorIndex:
    """How the vectors are indexed (https://redis.io/docs/latest/develop/ai/search-and-query/vectors/)."""

    dimension: PositiveInt
    algorithm: Algorithm = "flat"
    metric: Metric = "cosine"
    m: int = 16
    ef_construction: int = 200
    ef_runtime: int = 100

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
