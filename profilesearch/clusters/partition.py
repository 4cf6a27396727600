"""A space of vectors divided among centroids, and more finely among landmarks."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..arrays import Integers
from ..vectors import Vectors


@dataclass(frozen=True)
class Partition:
    """Where clusters are: all that is needed to tell which of them a vector is near to.

    Attributes:
        centroids: ``(c, dim)`` float32, as fitted (not scaled to length 1).
        landmarks: ``(p, dim)`` float32 rows of length 1, several within each cluster; they tell more finely than
            centroids which clusters a query is near to.
        owners: ``(p,)`` the cluster of each landmark.
    """

    centroids: Vectors
    landmarks: Vectors
    owners: Integers

    def __len__(self) -> int:
        return len(self.centroids)

    @cached_property
    def _squares(self) -> npt.NDArray[np.float32]:
        return np.asarray(np.einsum("ij,ij->i", self.centroids, self.centroids), np.float32)

    def distances(self, vectors: Vectors) -> npt.NDArray[np.float32]:
        """``(n, c)`` Euclidean distances from ``(n, dim)`` vectors to the centroids; smaller is nearer."""
        lengths = np.einsum("ij,ij->i", vectors, vectors)[:, None]
        squared = lengths + self._squares[None] - 2 * vectors @ self.centroids.T
        return np.asarray(np.sqrt(np.maximum(squared, 0)), np.float32)

    def predict(self, vectors: Vectors) -> Integers:
        """``(n,)`` numbers of the nearest centroids of ``(n, dim)`` vectors."""
        return np.asarray(self.distances(vectors).argmin(axis=1), np.int64)

    def nearest(self, vector: Vectors) -> list[tuple[int, float]]:
        """Every cluster with its distance to one ``(dim,)`` vector, nearest first."""
        distances = self.distances(vector[None])[0]
        return [(int(cluster), float(distances[cluster])) for cluster in np.argsort(distances, kind="stable")]

    def near(self, vectors: Vectors) -> Integers:
        """``(n, p)`` the clusters that own the landmarks, by cosine to each of ``(n, dim)`` vectors, nearest first."""
        return self.owners_by(self.cosines(vectors))

    def cosines(self, vectors: Vectors) -> npt.NDArray[np.float32]:
        """``(n, p)`` cosines of ``(n, dim)`` vectors to the landmarks."""
        return np.asarray(vectors @ self.landmarks.T, np.float32)

    def owners_by(self, scores: npt.ArrayLike) -> Integers:
        """``(n, p)`` the clusters that own the landmarks, by ``(n, p)`` scores, highest first, equal ones in their order."""
        order = np.argsort(-np.asarray(scores), axis=1, kind="stable")
        return np.asarray(self.owners[order], np.int64)

    def places(self, vectors: Vectors, clusters: Integers) -> Integers:
        """``(n,)`` the nearest landmark of each of ``(n, dim)`` vectors, of those within its cluster ``(n,)``."""
        inside = self.owners[None] == clusters[:, None]
        return np.asarray(np.where(inside, self.cosines(vectors), -np.inf).argmax(axis=1), np.int64)
