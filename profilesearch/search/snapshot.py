"""A version with all that one search needs to be answered from it."""

from dataclasses import dataclass

from ..clusters.calibration import Calibration
from ..clusters.model import ClusterModel
from ..store import VersionRecord
from ..vectors import Vectors
from .word_model import WordModel


@dataclass(frozen=True)
class Snapshot:
    """A version with its clusters, what they cost, and what it knows of its words; None if it indexes no words."""

    version: VersionRecord
    clusters: ClusterModel
    calibration: Calibration
    words: WordModel | None = None

    def label(self, cluster: int) -> str:
        """The name of a cluster; none for a number that the version does not have."""
        return self.clusters.labels[cluster] if 0 <= cluster < len(self.clusters) else ""

    def place(self, vector: Vectors) -> tuple[float, float]:
        """Where a ``(dim,)`` vector lies on the map."""
        x, y = self.clusters.project(vector[None])[0]
        return float(x), float(y)
