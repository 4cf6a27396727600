"""A version with all that one search needs to be answered from it."""

from dataclasses import dataclass

from ..clusters.calibration import Calibration
from ..clusters.model import ClusterModel
from ..store import VersionRecord


@dataclass(frozen=True)
class Snapshot:
    """A version with its clusters and what they cost: all that one search needs to be answered from one version."""

    version: VersionRecord
    clusters: ClusterModel
    calibration: Calibration
