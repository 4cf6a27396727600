"""What each version knows of its words, beside the version: fields of a hash, which :mod:`profilesearch.words` reads."""

from collections.abc import Mapping
from itertools import chain

from .fence import Fence
from .keys import Keys
from .server import Server
from .versions.records import VersionRecord
from .wire.refusals import WrongType


class WordStatistics:
    """Reads and writes them.

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
        """Store what a version knows.

        Raises:
            BuildRunning: somebody else has the lock.
        """
        self._fence.run([("HSET", self._keys.words(record.version), *chain.from_iterable(values.items()))])

    def read(self, record: VersionRecord) -> Mapping[bytes, bytes] | None:
        """What :meth:`write` stored; nothing of a version that counted no words, and None if something else stands there."""
        try:
            values: Mapping[bytes, bytes] = self._server.run("HGETALL", self._keys.words(record.version))
        except WrongType:
            return None
        return values
