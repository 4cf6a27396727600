"""The cluster model of each version, and what it costs, beside the version."""

from itertools import chain

from ..clusters.calibration import Calibration
from ..clusters.model import ClusterModel
from ..errors import DamagedVersion
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

    def write(self, record: VersionRecord, clusters: ClusterModel, calibration: Calibration) -> None:
        """Store a version's cluster model, and what it costs.

        Raises:
            BuildRunning: somebody else has the lock.
        """
        values = chain.from_iterable((clusters.to_hash() | calibration.to_hash()).items())
        self._fence.run([("HSET", self._keys.clusters(record.version), *values)])

    def read(self, record: VersionRecord) -> tuple[ClusterModel, Calibration]:
        """A version's cluster model with its present sizes, and what it costs.

        Raises:
            DamagedVersion: it is missing or damaged.
        """
        try:
            data = self._server.run("HGETALL", self._keys.clusters(record.version))
        except WrongType:
            data = {}
        try:
            model, calibration = ClusterModel.from_hash(data), Calibration.from_hash(data)
            model.check_dimension(record.vectors.dimension)
            calibration.check_clusters(len(model))
        except ValueError as error:
            raise DamagedVersion(
                f"version {record.version}: its cluster model is damaged: {error}: {WAY_OUT}"
            ) from error
        return model.resized(record.sizes) if len(record.sizes) == len(model) else model, calibration

    def model(self, record: VersionRecord) -> ClusterModel:
        """A version's cluster model alone; see :meth:`read`."""
        return self.read(record)[0]
