"""A version with all that one search needs to be answered from it."""

from dataclasses import dataclass

import numpy as np

from ..clusters.calibration import Calibration
from ..clusters.model import ClusterModel
from ..projection import Projection
from ..store import VersionRecord
from ..vectors import Vectors
from .word_model import WordModel


@dataclass(frozen=True)
class Snapshot:
    """A version with its clusters, what they cost, and what it knows of its words; None if it indexes no words.

    Attributes:
        projection: where its vectors have fewer numbers than the model's.
    """

    version: VersionRecord
    clusters: ClusterModel
    calibration: Calibration
    words: WordModel | None = None
    projection: Projection | None = None

    def vectors(self, vectors: Vectors) -> Vectors:
        """``(n, dim)`` float32 vectors as the index holds them, of ``(n, model's dim)`` as the model gives them."""
        fewer = vectors if self.projection is None else self.projection.of(vectors)
        return self.version.vectors.rounded(fewer)

    def vector(self, vector: Vectors) -> Vectors:
        """The same of one."""
        return np.asarray(self.vectors(vector[None])[0])

    def label(self, cluster: int) -> str:
        """The name of a cluster; none for a number that the version does not have."""
        return self.clusters.labels[cluster] if 0 <= cluster < len(self.clusters) else ""

    def place(self, vector: Vectors) -> tuple[float, float]:
        """Where a ``(dim,)`` vector lies on the map."""
        x, y = self.clusters.project(vector[None])[0]
        return float(x), float(y)
