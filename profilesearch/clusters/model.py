"""The clusters of a version: where they are, what they are called, how many profiles they have, and their map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..arrays import Integers, array_from_bytes, array_to_bytes
from ..vectors import Vectors
from .partition import Partition
from .plane import Plane


@dataclass(frozen=True)
class ClusterModel:
    """A fitted clustering.

    Attributes:
        partition: where the clusters are.
        labels: ``c`` readable names, each unique.
        sizes: profiles in each of the ``c`` clusters.
        plane: the map.
    """

    partition: Partition
    labels: tuple[str, ...]
    sizes: tuple[int, ...]
    plane: Plane

    def __len__(self) -> int:
        return len(self.partition)

    def distances(self, vectors: Vectors) -> npt.NDArray[np.float32]:
        """See :meth:`.Partition.distances`."""
        return self.partition.distances(vectors)

    def predict(self, vectors: Vectors) -> Integers:
        """See :meth:`.Partition.predict`."""
        return self.partition.predict(vectors)

    def nearest(self, vector: Vectors) -> list[tuple[int, float]]:
        """See :meth:`.Partition.nearest`."""
        return self.partition.nearest(vector)

    def near(self, vectors: Vectors) -> Integers:
        """See :meth:`.Partition.near`."""
        return self.partition.near(vectors)

    def project(self, vectors: Vectors) -> npt.NDArray[np.float32]:
        """See :meth:`.Plane.project`."""
        return self.plane.project(vectors)

    def resized(self, sizes: Sequence[int]) -> "ClusterModel":
        """The same clusters with other sizes."""
        return replace(self, sizes=tuple(map(int, sizes)))

    def to_hash(self) -> dict[bytes, bytes]:
        """As hash fields: every array in NumPy's own format, labels as an array of text."""
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "centroids": self.partition.centroids,
            "landmarks": self.partition.landmarks,
            "owners": self.partition.owners,
            "labels": np.array(self.labels, dtype=np.str_),
            "sizes": np.array(self.sizes, np.int64),
            "mean": self.plane.mean,
            "axes": self.plane.axes,
        }
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
            numbers = {name: arrays[name].astype(np.float32) for name in ("centroids", "landmarks", "mean", "axes")}
            integers: dict[str, Integers] = {name: arrays[name].astype(np.int64) for name in ("sizes", "owners")}
            labels = tuple(map(str, arrays["labels"]))
        except (TypeError, ValueError, IndexError, OverflowError) as error:
            raise ValueError(f"the cluster model holds something else than numbers: {error}") from None
        _check_shapes({**numbers, **integers}, len(labels))
        return cls(
            partition=Partition(numbers["centroids"], numbers["landmarks"], integers["owners"]),
            labels=labels,
            sizes=tuple(integers["sizes"].tolist()),
            plane=Plane(numbers["mean"], numbers["axes"]),
        )

    def check_dimension(self, dimension: int) -> None:
        """Check that the model is for vectors of so many numbers.

        Raises:
            ValueError: it is for others.
        """
        if (shape := self.partition.centroids.shape) != (len(self), dimension):
            raise ValueError(f"the cluster model's centroids: expected shape {(len(self), dimension)}, got {shape}")


def _check_shapes(arrays: Mapping[str, npt.NDArray[np.generic]], labels: int) -> None:
    centroids, owners = arrays["centroids"], np.asarray(arrays["owners"], np.int64)
    if centroids.ndim != 2:
        raise ValueError(f"the cluster model's centroids: expected shape (clusters, dim), got {centroids.shape}")
    clusters, dimension = centroids.shape
    shapes: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
        "labels": ((labels,), (clusters,)),
        "sizes": (arrays["sizes"].shape, (clusters,)),
        "mean": (arrays["mean"].shape, (dimension,)),
        "axes": (arrays["axes"].shape, (2, dimension)),
        "landmarks": (arrays["landmarks"].shape, (owners.size, dimension)),
        "owners": (owners.shape, (owners.size,)),
    }
    for name, (shape, expected) in shapes.items():
        if shape != expected:
            raise ValueError(f"the cluster model's {name}: expected shape {expected}, got {shape}")
    if not clusters or not owners.size or not ((owners >= 0) & (owners < clusters)).all():
        raise ValueError("the cluster model's landmarks belong to clusters that are not there")
