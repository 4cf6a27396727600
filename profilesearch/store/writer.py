"""Profiles of a version, written in batches and removed."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from ..passages import Passage
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


class Embedded(NamedTuple):
    """A profile to write: its row, cluster and ``(dim,)`` vector, the passages of a long text, and token vectors, if any."""

    row: Row
    cluster: int
    vector: Vectors
    passages: Sequence[Passage] = ()
    tokens: bytes = b""


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

    def write(self, record: VersionRecord, profiles: Iterable[Embedded | tuple[Row, int, Vectors]]) -> Iterator[int]:
        """Write profiles, their clusters and their ``(dim,)`` vectors as hashes, in batches, each with its passages.

        How many of the source's rows are surely written is counted in the record.

        Yields:
            How many further profiles are written, from time to time.

        Raises:
            BuildRunning: somebody else has the lock; the batch that was sent last, and all after it, were not written.
            VersionIsLive: somebody made the version live.
        """
        hashes = (
            [write_words(record, profile) for profile in batch]
            for batch in in_parts(map(_embedded, profiles), _ROWS_AT_ONCE, _size)
        )
        progress = Progress(self._keys.record(record.version), "written", record.written)
        return self._server.write_profiles(hashes, self._fence.guard(record.version), progress)

    def remove_all(self, version: str) -> int:
        """Remove every profile of a version with its passages, in batches, and return how many profiles there were.

        Raises:
            VersionIsLive: it is live by now.
            BuildRunning: somebody else has the lock.
        """
        collection = self._keys.collection
        self._remove(collection.passage_keys(version), version)
        return self._remove(collection.key(version, ""), version)

    def _remove(self, prefix: str, version: str) -> int:
        guard = self._fence.guard(version)
        removed = 0
        for batch in batches(self._server.scan(prefix)):
            removed += int(self._server.change_profiles([("UNLINK", *batch)], guard)[0])
        return removed


def write_words(record: VersionRecord, profile: Embedded) -> list[Words]:
    """The commands that write a profile: its own hash, and then those of its passages."""
    row, cluster, vector, passages, tokens = profile
    own = row.to_hash(cluster, record.vectors.to_bytes(vector), record.collection, len(passages), tokens)
    words: list[Words] = [("HSET", record.key(row.id), *chain.from_iterable(own.items()))]
    for number, passage in enumerate(passages, 1):
        values = row.passage_to_hash(passage, record.vectors.to_bytes(passage.vector), record.collection)
        words.append(("HSET", record.passage_key(row.id, number), *chain.from_iterable(values.items())))
    return words


def _embedded(profile: Embedded | tuple[Row, int, Vectors]) -> Embedded:
    return profile if isinstance(profile, Embedded) else Embedded(*profile)


def _size(profile: Embedded) -> int:
    """About how many bytes a profile takes."""
    row, _, _, passages, tokens = profile
    own = row.size + len(tokens)
    return own + sum(passage.vector.nbytes for passage in passages) if passages else own
