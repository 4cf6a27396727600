"""k-means clusters of profiles: fitting, predicting, and a map in two dimensions.

Sources: k-means on unit vectors, where Euclidean distance orders like cosine; PCA for the map.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..arrays import Integers, array_from_bytes, array_to_bytes
from ..vectors import Vectors


@dataclass(frozen=True)
class ClusterModel:
    """A fitted clustering.

    Attributes:
        centroids: ``(c, dim)`` float32, as fitted (not scaled to length 1).
        labels: ``c`` readable names, each unique.
        sizes: ``(c,)`` profiles in each cluster when it was fitted.
        mean: ``(dim,)`` float32, the middle of the map.
        axes: ``(2, dim)`` float32, the map's two axes.
        landmarks: ``(p, dim)`` float32 rows of length 1, several within each cluster; they tell more finely than
            centroids which clusters a query is near to.
        owners: ``(p,)`` the cluster of each landmark.
    """

    centroids: Vectors
    labels: tuple[str, ...]
    sizes: Integers
    mean: Vectors
    axes: Vectors
    landmarks: Vectors
    owners: Integers

    def __len__(self) -> int:
        return len(self.centroids)

    @cached_property
    def _squares(self) -> npt.NDArray[np.float32]:
        return np.asarray(np.einsum("ij,ij->i", self.centroids, self.centroids), np.float32)

    def distances(self, vectors: Vectors) -> npt.NDArray[np.float32]:
        """``(n, c)`` Euclidean distances from ``(n, dim)`` vectors to the centroids; smaller is nearer."""
        squared = (
            np.einsum("ij,ij->i", vectors, vectors)[:, None] + self._squares[None] - 2 * vectors @ self.centroids.T
        )
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
        return np.asarray(self.owners[np.argsort(-(vectors @ self.landmarks.T), axis=1, kind="stable")], np.int64)

    def project(self, vectors: Vectors) -> npt.NDArray[np.float32]:
        """``(n, 2)`` places on the map of ``(n, dim)`` vectors, queries included."""
        return np.asarray((vectors - self.mean) @ self.axes.T, np.float32)

    def resized(self, sizes: Sequence[int]) -> "ClusterModel":
        """The same clusters with other sizes."""
        return replace(self, sizes=np.asarray(sizes, np.int64))

    def named(self, labels: Sequence[str]) -> "ClusterModel":
        """The same clusters with other names."""
        return replace(self, labels=tuple(labels))

    def to_hash(self) -> dict[bytes, bytes]:
        """As hash fields: every array in NumPy's own format, labels as an array of text."""
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "centroids": self.centroids, "sizes": self.sizes, "mean": self.mean, "axes": self.axes,
            "landmarks": self.landmarks, "owners": self.owners,
            "labels": np.array(self.labels, dtype=np.str_),
        }  # fmt: skip
        return {name.encode(): array_to_bytes(array) for name, array in arrays.items()}

    @classmethod
    def from_hash(cls, data: Mapping[bytes, bytes]) -> "ClusterModel":
        """Read what :meth:`to_hash` wrote.

        Raises:
            ValueError: a field is missing or holds something else.
        """
        names = ("centroids", "labels", "sizes", "mean", "axes", "landmarks", "owners")
        try:
            arrays = {name: array_from_bytes(data[name.encode()]) for name in names}
        except KeyError as error:
            raise ValueError(f"the cluster model lacks {error}") from None
        try:
            model = cls(
                centroids=np.asarray(arrays["centroids"], np.float32),
                labels=tuple(map(str, arrays["labels"])),
                sizes=np.asarray(arrays["sizes"], np.int64),
                mean=np.asarray(arrays["mean"], np.float32),
                axes=np.asarray(arrays["axes"], np.float32),
                landmarks=np.asarray(arrays["landmarks"], np.float32),
                owners=np.asarray(arrays["owners"], np.int64),
            )
        except (TypeError, ValueError, IndexError, OverflowError) as error:
            raise ValueError(f"the cluster model holds something else than numbers: {error}") from None
        model._check_shapes()
        return model

    def check_dimension(self, dimension: int) -> None:
        """Check that the model is for vectors of so many numbers.

        Raises:
            ValueError: it is for others.
        """
        if self.centroids.shape[1] != dimension:
            shape = (len(self), dimension)
            raise ValueError(f"the cluster model's centroids: expected shape {shape}, got {self.centroids.shape}")

    def _check_shapes(self) -> None:
        if self.centroids.ndim != 2:
            raise ValueError(
                f"the cluster model's centroids: expected shape (clusters, dim), got {self.centroids.shape}"
            )
        clusters, dimension = self.centroids.shape
        shapes = {
            "labels": ((len(self.labels),), (clusters,)),
            "sizes": (self.sizes.shape, (clusters,)),
            "mean": (self.mean.shape, (dimension,)),
            "axes": (self.axes.shape, (2, dimension)),
            "landmarks": (self.landmarks.shape, (self.owners.size, dimension)),
            "owners": (self.owners.shape, (self.owners.size,)),
        }
        for name, (shape, expected) in shapes.items():
            if shape != expected:
                raise ValueError(f"the cluster model's {name}: expected shape {expected}, got {shape}")
        if not clusters or not self.owners.size or not ((0 <= self.owners) & (self.owners < clusters)).all():
            raise ValueError("the cluster model's landmarks belong to clusters that are not there")
