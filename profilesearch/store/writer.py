"""Profiles of a version, written in batches and removed."""

from collections.abc import Iterable, Iterator
from itertools import chain

from ..row import Row
from ..vectors import Vectors
from .batches import batches, in_parts
from .fence import Fence
from .keys import Keys
from .reader import ProfileReader
from .server import Progress, Server
from .versions.records import VersionRecord
from .wire.replies import Words

_ROWS_AT_ONCE = 100


class Profiles(ProfileReader):
    """Reads and writes profiles.

    Args:
        server: where they are.
        keys: the collection's.
        fence: what writes must pass.
    """

    def __init__(self, server: Server, keys: Keys, fence: Fence) -> None:
        super().__init__(server)
        self._keys = keys
        self._fence = fence

    def write(self, record: VersionRecord, profiles: Iterable[tuple[Row, int, Vectors]]) -> Iterator[int]:
        """Write profiles, their clusters and their ``(dim,)`` vectors as hashes, in batches.

        How many of the source's rows are surely written is counted in the record.

        Yields:
            How many further profiles are written, from time to time.

        Raises:
            BuildRunning: somebody else has the lock; the batch that was sent last, and all after it, were not written.
            VersionIsLive: somebody made the version live.
        """
        hashes = (
            [write_words(record, row, cluster, vector) for row, cluster, vector in batch]
            for batch in in_parts(profiles, _ROWS_AT_ONCE, lambda profile: profile[0].size)
        )
        progress = Progress(self._keys.record(record.version), "written", record.written)
        return self._server.write_profiles(hashes, self._fence.guard(record.version), progress)

    def remove_all(self, version: str) -> int:
        """Remove every profile of a version, in batches, and return how many there were.

        Raises:
            VersionIsLive: it is live by now.
            BuildRunning: somebody else has the lock.
        """
        guard = self._fence.guard(version)
        removed = 0
        for batch in batches(self._server.scan(self._keys.collection.key(version, ""))):
            removed += int(self._server.change_profiles([("UNLINK", *batch)], guard)[0])
        return removed


def write_words(record: VersionRecord, row: Row, cluster: int, vector: Vectors) -> Words:
    """The command that writes a profile."""
    values = row.to_hash(cluster, vector, record.collection)
    return ("HSET", record.key(row.id), *chain.from_iterable(values.items()))
