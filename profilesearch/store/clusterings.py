"""The cluster model of each version, what it costs, and what vectors are reduced by, beside the version."""

from itertools import chain

from ..clusters.calibration import Calibration
from ..clusters.model import ClusterModel
from ..errors import DamagedVersion
from ..projection import Projection
from .fence import Fence
from .keys import Keys
from .server import Server
from .versions.records import VersionRecord
from .versions.registry import WAY_OUT
from .wire.refusals import WrongType


class Clusterings:
    """Reads and writes cluster models.

    Args:
        server: where they are.
        keys: the collection's.
        fence: what writes must pass.
    """

    def __init__(self, server: Server, keys: Keys, fence: Fence) -> None:
        self._server = server
        self._keys = keys
        self._fence = fence

    def write(
        self,
        record: VersionRecord,
        clusters: ClusterModel,
        calibration: Calibration,
        projection: Projection | None = None,
    ) -> None:
        """Store a version's cluster model, what it costs, and the projection of its vectors, if they have one.

        Raises:
            BuildRunning: somebody else has the lock.
        """
        directions = {} if projection is None else projection.to_hash()
        values = chain.from_iterable((clusters.to_hash() | calibration.to_hash() | directions).items())
        self._fence.run([("HSET", self._keys.clusters(record.version), *values)])

    def read(self, record: VersionRecord) -> tuple[ClusterModel, Calibration]:
        """A version's cluster model with its present sizes, and what it costs.

        Raises:
            DamagedVersion: it is missing or damaged.
        """
        data = self._hash(record)
        try:
            model, calibration = ClusterModel.from_hash(data), Calibration.from_hash(data)
            model.check_dimension(record.vectors.dimension)
            calibration.check_clusters(len(model))
        except ValueError as error:
            raise _damaged(record, error) from error
        return model.resized(record.sizes) if len(record.sizes) == len(model) else model, calibration

    def model(self, record: VersionRecord) -> ClusterModel:
        """A version's cluster model alone; see :meth:`read`."""
        return self.read(record)[0]

    def projection(self, record: VersionRecord) -> Projection | None:
        """From the model's vectors to a version's; None where they are the same.

        Raises:
            DamagedVersion: its directions are missing or damaged.
        """
        vectors = record.vectors
        if vectors.reduction != "pca":
            return None if vectors.reduction is None else Projection(vectors.dimension)
        try:
            return Projection.from_hash(self._hash(record), vectors.model_shape)
        except ValueError as error:
            raise _damaged(record, error) from error

    def _hash(self, record: VersionRecord) -> dict[bytes, bytes]:
        try:
            data: dict[bytes, bytes] = self._server.run("HGETALL", self._keys.clusters(record.version))
        except WrongType:
            return {}
        return data


def _damaged(record: VersionRecord, error: ValueError) -> DamagedVersion:
    return DamagedVersion(f"version {record.version}: its cluster model is damaged: {error}: {WAY_OUT}")
