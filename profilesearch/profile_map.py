"""All profiles as places in two dimensions, in as few bytes as drawing them takes."""

import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .arrays import Integers
from .search.snapshot import Snapshot
from .store import Store
from .vectors import Vectors

_STEPS = 32767


@dataclass(frozen=True)
class ProfileMap:
    """Where every profile of a version lies.

    Attributes:
        ids: ``n`` ids.
        places: ``(n, 2)`` float32, as ``ClusterModel.project`` gives them.
        clusters: ``(n,)`` each profile's cluster.
    """

    version: str
    ids: tuple[str, ...]
    places: npt.NDArray[np.float32]
    clusters: Integers
    labels: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """For a browser: a little-endian header, then plain arrays.

        uint32 length of the header; the header as JSON (``version``, ``count``, ``scale``, ``labels``, ``sizes``), padded
        with spaces to a multiple of four; ``count`` x as int16, ``count`` y as int16, ``count`` clusters as uint16; the
        ids as UTF-8, a line each. A place is its int16 times ``scale``.
        """
        scale = float(np.abs(self.places).max()) / _STEPS if len(self.ids) and np.abs(self.places).max() > 0 else 1.0
        sizes = np.bincount(self.clusters, minlength=len(self.labels)).tolist()
        header = json.dumps(
            {"version": self.version, "count": len(self.ids), "scale": scale, "labels": self.labels, "sizes": sizes}
        )
        head = header.encode()
        head += b" " * (-len(head) % 4)
        steps = np.round(self.places / scale).astype("<i2")
        return b"".join(
            [
                len(head).to_bytes(4, "little"),
                head,
                steps[:, 0].tobytes(),
                steps[:, 1].tobytes(),
                self.clusters.astype("<u2").tobytes(),
                "\n".join(self.ids).encode(),
            ]
        )


def read_map(store: Store, snapshot: Snapshot) -> ProfileMap:
    """Read every vector of a version and project it."""
    form = snapshot.version.vectors
    ids: list[str] = []
    places: list[Vectors] = []
    clusters: list[int] = []
    vectors: list[Vectors] = []

    def project(some: list[Vectors]) -> Vectors:
        return snapshot.clusters.project(np.vstack(some)) if some else np.empty((0, 2), np.float32)

    for id_, (vector, cluster) in store.profiles.each(snapshot.version, "embedding", "cluster"):
        if vector is None or len(vector) != form.size or cluster is None or not cluster.isdigit() or len(cluster) > 5:
            continue  # damaged, and not in the index either
        ids.append(id_)
        clusters.append(int(cluster))
        vectors.append(form.from_bytes(vector))
        if len(vectors) == 2000:
            places.append(project(vectors))
            vectors = []
    places.append(project(vectors))
    return ProfileMap(
        snapshot.version.version,
        tuple(ids),
        np.vstack(places),
        np.asarray(clusters, np.int64),
        snapshot.clusters.labels,
    )
