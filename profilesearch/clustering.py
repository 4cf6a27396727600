"""k-means clusters of profiles: fitting, predicting, and a map in two dimensions.

Sources: k-means on unit vectors, where Euclidean distance orders like cosine; PCA for the map.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from .vectors import Vectors

RANDOM_STATE = 42
MINI_BATCH_ABOVE = 50_000
_LANDMARKS = 1000
_MOST_LANDMARKS = 100
_LANDMARK_SAMPLE = 5000

Integers = npt.NDArray[np.int64]


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


def array_to_bytes(array: npt.NDArray[Any]) -> bytes:
    """An array in NumPy's own format, without pickling."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def array_from_bytes(data: bytes) -> npt.NDArray[Any]:
    """Read what :func:`array_to_bytes` wrote.

    Raises:
        ValueError: the bytes are something else, or a pickle.
    """
    try:
        return np.asarray(np.lib.format.read_array(io.BytesIO(data), allow_pickle=False))
    except Exception as error:  # NumPy's reader raises whatever its parsers do
        reason = str(error)[:200] or type(error).__name__
        raise ValueError(f"expected an array in NumPy's format, got {len(data):,} other bytes ({reason})") from error


def fit(vectors: Vectors, clusters: int, held_back: Integers | None = None) -> tuple[ClusterModel, Integers]:
    """Cluster profiles.

    Args:
        vectors: ``(n, dim)`` float32 rows of length 1.
        clusters: how many; fewer if there are fewer distinct vectors.
        held_back: rows that the clusters are not fitted on; they are assigned all the same.

    Returns:
        The model, whose clusters have numbers for names, and each row's cluster ``(n,)``.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans

    fitting = vectors if held_back is None else np.delete(vectors, held_back, axis=0)
    clusters = max(1, min(clusters, len(np.unique(fitting, axis=0)) if len(fitting) < 1000 else clusters))
    if len(fitting) > MINI_BATCH_ABOVE:
        fitted = MiniBatchKMeans(clusters, random_state=RANDOM_STATE, n_init=3, batch_size=4096).fit(fitting)
    else:
        fitted = KMeans(clusters, random_state=RANDOM_STATE, n_init=10).fit(fitting)
    centroids = np.asarray(fitted.cluster_centers_, np.float32)
    mean, axes = _map_axes(fitting)
    none = np.zeros(0, np.int64)
    assigned = ClusterModel(centroids, (), none, mean, axes, centroids, none).predict(vectors)
    sizes = np.bincount(assigned, minlength=len(centroids)).astype(np.int64)
    labels = tuple(f"cluster {number}" for number in range(len(centroids)))
    kept = assigned if held_back is None else np.delete(assigned, held_back)
    return ClusterModel(centroids, labels, sizes, mean, axes, *_landmarks(fitting, kept, centroids)), assigned


def _landmarks(vectors: Vectors, assigned: Integers, centroids: Vectors) -> tuple[Vectors, Integers]:
    """Up to 100 landmarks in each cluster, about a thousand in all, by k-means within it; and whose they are."""
    from sklearn.cluster import KMeans

    most = int(np.clip(_LANDMARKS // len(centroids), 3, _MOST_LANDMARKS))
    found, owners = [], []
    for cluster, centroid in enumerate(centroids):
        members = vectors[assigned == cluster][:_LANDMARK_SAMPLE]
        amount = min(most, len(members) // 3, len(np.unique(members, axis=0)))
        if amount > 1:
            found.append(KMeans(amount, random_state=RANDOM_STATE, n_init=1).fit(members).cluster_centers_)
        else:
            found.append(centroid[None])
        owners += [cluster] * len(found[-1])
    landmarks = np.vstack(found).astype(np.float32)
    lengths = np.linalg.norm(landmarks, axis=1, keepdims=True)
    return np.asarray(landmarks / np.where(lengths == 0, 1, lengths), np.float32), np.asarray(owners, np.int64)


def hold_back(rows: int, most: int = 500) -> Integers:
    """Rows to measure with rather than to fit on: a tenth, at most so many, none of fewer than 100."""
    if rows < 100:
        return np.zeros(0, np.int64)
    return np.sort(np.random.default_rng(RANDOM_STATE).choice(rows, min(most, rows // 10), replace=False))


def _map_axes(vectors: Vectors) -> tuple[Vectors, Vectors]:
    """Middle and axes of the map: PCA with two components, fewer where the vectors allow no more."""
    from sklearn.decomposition import PCA

    if len(vectors) < 2:
        return np.asarray(vectors.mean(axis=0), np.float32), np.zeros((2, vectors.shape[1]), np.float32)
    components = min(2, *vectors.shape)
    pca = PCA(components, random_state=RANDOM_STATE).fit(vectors)
    axes = np.zeros((2, vectors.shape[1]), np.float32)
    axes[:components] = pca.components_
    return np.asarray(pca.mean_, np.float32), axes
