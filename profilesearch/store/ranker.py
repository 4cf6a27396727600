"""Queries, answered by ids and scores."""

from . import command
from .query import Candidate, KnnQuery
from .server import Server
from .versions.records import VersionRecord


class Ranker:
    """Ranks profiles by their index.

    Args:
        server: where it is.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    def rank(self, record: VersionRecord, query: KnnQuery, index: str | None = None) -> list[Candidate]:
        """The best candidates first, equally good ones by id: one FT.SEARCH.

        Args:
            record: the version.
            query: what to look for.
            index: another index over its profiles.
        """
        if query.k < 1:
            return []
        reply = self._server.run(*command.search(index or record.index, query))
        prefix = len(record.key("").encode())
        scores = [
            # a key that is not UTF-8 keeps its place among the candidates, so that a reader can leave it out and count it
            (float(fields[1]), key[prefix:].decode(errors="surrogateescape"))
            for key, fields in zip(reply[1::2], reply[2::2], strict=True)
        ]
        return [Candidate(id_, distance) for distance, id_ in sorted(scores)]
