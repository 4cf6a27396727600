"""Copies of vectors under an index of their own, to measure what other sizes of them cost; they are removed again."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from ..fields import Fields
from ..vector_index import VectorIndex
from ..vectors import Vectors
from .batches import batches
from .search_index import SearchIndexes
from .server import Server
from .versions.records import VersionRecord

_VERSION = "copies"
_SAMPLED = 200


@dataclass(frozen=True)
class Copy:
    """Vectors of one size in Redis.

    Attributes:
        record: what :class:`~.ranker.Ranker` asks.
        hash_bytes: of one hash that holds nothing but its vector, as Redis measures it.
        index_bytes: of one vector in the index, as FT.INFO says.
    """

    record: VersionRecord
    hash_bytes: float
    index_bytes: float


class Copies:
    """Makes them.

    Args:
        server: where.
        indexes: the collection's.
    """

    def __init__(self, server: Server, indexes: SearchIndexes) -> None:
        self._server = server
        self._indexes = indexes

    @contextmanager
    def of(
        self, record: VersionRecord, vectors: VectorIndex, profiles: Iterable[tuple[str, Vectors]]
    ) -> Iterator[Copy]:
        """Copies of some vectors, removed in the end; what an interruption left of others is removed first.

        Args:
            record: the version that they are of.
            vectors: how they are to be indexed.
            profiles: ids with ``(dim,)`` vectors.
        """
        copy = replace(record, version=_VERSION, fields=Fields(), vectors=vectors, words=False, passages=False)
        self._remove(copy)
        try:
            sampled: list[int] = []
            for batch in batches(profiles):
                written = [("HSET", copy.key(id_), "embedding", vectors.to_bytes(each)) for id_, each in batch]
                self._server.ask(written)
                if len(sampled) < _SAMPLED:
                    sampled += self._server.ask([("MEMORY", "USAGE", words[1], "SAMPLES", "0") for words in written])
            self._indexes.create(copy)
            info = self._indexes.wait(copy)
            amount = max(1, info.documents)
            yield Copy(copy, sum(sampled) / max(1, len(sampled)), info.vector_bytes / amount)
        finally:
            self._remove(copy)

    def _remove(self, copy: VersionRecord) -> None:
        self._indexes.drop(copy.index)
        for keys in batches(self._server.scan(copy.key(""))):
            self._server.run("UNLINK", *keys)
