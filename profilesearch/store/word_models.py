"""What each version knows of its words, as a hash of plain arrays beside the version."""

from collections.abc import Mapping
from itertools import chain

from .fence import Fence
from .keys import Keys
from .server import Server
from .versions.records import VersionRecord
from .wire.refusals import WrongType


class WordModels:
    """Reads and writes the hashes; what is in them is :mod:`profilesearch.words`' business.

    Args:
        server: where they are.
        keys: the collection's.
        fence: what writes must pass.
    """

    def __init__(self, server: Server, keys: Keys, fence: Fence) -> None:
        self._server = server
        self._keys = keys
        self._fence = fence

    def write(self, record: VersionRecord, values: Mapping[bytes, bytes]) -> None:
        """Store what a version knows of its words.

        Raises:
            BuildRunning: somebody else has the lock.
        """
        self._fence.run([("HSET", self._keys.words(record.version), *chain.from_iterable(values.items()))])

    def read(self, record: VersionRecord) -> dict[bytes, bytes]:
        """What :meth:`write` stored; empty for a version that was built without words."""
        try:
            values: dict[bytes, bytes] = self._server.run("HGETALL", self._keys.words(record.version))
        except WrongType:
            return {}
        return values
