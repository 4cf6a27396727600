"""Vectors as embeddings of real texts are: unit length, in clusters of unequal size and width."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Collection:
    """``vectors`` ``(n, dim)`` float32 unit rows, each one's ``cluster`` ``(n,)``, and ``queries`` ``(q, dim)``."""

    vectors: npt.NDArray[np.float32]
    cluster: npt.NDArray[np.int64]
    queries: npt.NDArray[np.float32]
    query_cluster: npt.NDArray[np.int64]


def collection(rows: int, clusters: int, dimension: int = 384, queries: int = 200, seed: int = 7) -> Collection:
    """Draw a collection: cluster sizes by a Dirichlet law, within-cluster cosine around 0.6, as MiniLM gives."""
    rng = np.random.default_rng(seed)
    centres = _unit(rng.normal(size=(clusters, dimension)))
    shares = rng.dirichlet(np.full(clusters, 5.0))
    cluster = rng.choice(clusters, size=rows + queries, p=shares)
    width = rng.uniform(0.6, 1.0, size=clusters)[cluster, None] / np.sqrt(dimension)
    points = _unit(centres[cluster] + width * rng.normal(size=(rows + queries, dimension)))
    return Collection(points[:rows], cluster[:rows], points[rows:], cluster[rows:])


def _unit(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    unit: npt.NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit
