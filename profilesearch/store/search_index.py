"""The index over a version's profiles: created, waited for, checked, dropped."""

import time
from dataclasses import dataclass
from typing import Any

from ..collection import Collection
from ..errors import IndexNotReady, StoreError, VerificationFailed
from ..vector_type import VectorType
from .fence import Fence
from .server import Server
from .versions.records import VersionRecord
from .wire.refusals import Refused
from .wire.replies import text

_WAIT_SECONDS = 600.0
_PAUSE_SECONDS = 0.05
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class IndexInfo:
    """What FT.INFO says of an index: documents in it, hashes that could not be indexed, and bytes of all its vectors."""

    documents: int
    failures: int
    vector_bytes: float = 0.0


@dataclass(frozen=True)
class Indexes:
    """The names of what a search asks: the index over whole texts, and that over their passages; without it, whole texts alone."""

    whole: str
    passages: str | None = None

    @classmethod
    def of(cls, record: VersionRecord) -> "Indexes":
        """A version's own."""
        return cls(record.index, record.passage_index if record.passages else None)


class SearchIndexes:
    """The indexes of a collection's versions.

    Args:
        server: where they are.
        collection: whose they are.
        fence: what writes must pass.
    """

    def __init__(self, server: Server, collection: Collection, fence: Fence) -> None:
        self._server = server
        self._collection = collection
        self._fence = fence

    def create(self, record: VersionRecord, indexes: Indexes | None = None) -> None:
        """Create the indexes of a version, or others over its profiles and their passages under other names.

        Source: https://redis.io/docs/latest/commands/ft.create/
        """
        from .schema import create_passages, create_words  # redis-om takes a tenth of a second, and no search needs it

        self._fence.check()
        indexes = indexes or Indexes.of(record)
        if indexes.passages is not None:  # first, so that a version with an index has all of it
            self._drop(indexes.passages)
            self._server.run("FT.CREATE", indexes.passages, *create_passages(record))
        self._server.run("FT.CREATE", indexes.whole, *create_words(record))

    def require_type(self, type_: VectorType) -> None:
        """Check that Redis knows vectors of numbers of a type, by an index over nothing that is dropped again.

        Raises:
            StoreError: it does not.
        """
        self._fence.check()
        name = self._collection.index("type")
        flat = ("VECTOR", "FLAT", "6", "TYPE", type_.upper(), "DIM", "2", "DISTANCE_METRIC", "COSINE")
        self._drop(name)
        try:
            self._server.run("FT.CREATE", name, "PREFIX", "1", f"{name}:", "SCHEMA", "embedding", *flat)
        except Refused as error:
            raise StoreError(
                f"this Redis has no vectors of {type_} numbers (it says: {error.reply}): float16 and bfloat16 need Redis "
                "7.4, int8 needs Redis 8, and redis_local has them all",
                code="vector_type",
            ) from error
        self._drop(name)

    def exists(self, version: str) -> bool:
        """Whether the version has an index."""
        return self._collection.index(version) in {text(name) for name in self._server.run("FT._LIST")}

    def wait(self, record: VersionRecord, name: str | None = None) -> IndexInfo:
        """Wait until the version's index (or another one over its profiles, or its passages) has read every hash.

        Raises:
            VerificationFailed: it takes longer than ten minutes.
        """
        deadline = time.monotonic() + _WAIT_SECONDS
        while True:
            info = self._info(name or record.index)
            if float(info["percent_indexed"]) >= 1 and not int(info["indexing"]):
                vector_bytes = float(info.get("vector_index_sz_mb", 0)) * _MEGABYTE
                return IndexInfo(int(info["num_docs"]), int(info["hash_indexing_failures"]), vector_bytes)
            if time.monotonic() > deadline:
                raise VerificationFailed(
                    f"version {record.version}: still {info['percent_indexed']} indexed after a long wait"
                )
            time.sleep(_PAUSE_SECONDS)

    def check(self, record: VersionRecord) -> None:
        """Check that a version's index is there and has read every hash.

        Raises:
            IndexNotReady: it is gone, or is still reading.
        """
        if not self.exists(record.version):
            raise IndexNotReady(f"the index of version {record.version} is gone: build again, or roll back")
        names = [record.index, *([record.passage_index] if record.passages else [])]
        share = min(float(self._info(name)["percent_indexed"]) for name in names)
        if share < 1:
            raise IndexNotReady(f"the index of version {record.version} is still being read ({share:.0%})")

    def drop(self, name: str) -> None:
        """Remove an index and leave the profiles; none is no error."""
        self._fence.check()
        self._drop(name)

    def drop_version(self, version: str) -> None:
        """Remove a version's index, and that of its passages if it has any; leave the profiles."""
        self._fence.check()
        for name in (self._collection.index(version), self._collection.passage_index(version)):
            self._drop(name)

    def _drop(self, name: str) -> None:
        try:
            self._server.run("FT.DROPINDEX", name)
        except IndexNotReady:
            pass

    def _info(self, index: str) -> dict[str, Any]:
        reply = self._server.run("FT.INFO", index)
        return {text(reply[i]): reply[i + 1] for i in range(0, len(reply), 2)}
