"""The latest queries, to compare a new version with."""

import logging

from ..background import Background
from ..errors import StoreError
from .keys import Keys
from .server import Server
from .wire.replies import text

log = logging.getLogger(__name__)

_MOST_WAITING = 1000


class RecentQueries:
    """The latest distinct queries, in a list in Redis.

    Args:
        server: where it is.
        keys: the collection's.
    """

    def __init__(self, server: Server, keys: Keys) -> None:
        self._server = server
        self._key = keys.queries

    def add(self, query: str, most: int) -> None:
        """Put a query first, and keep so many."""
        self._server.ask(
            [("LREM", self._key, 0, query), ("LPUSH", self._key, query), ("LTRIM", self._key, 0, most - 1)]
        )

    def all(self) -> list[str]:
        """Latest first."""
        return [text(query) for query in self._server.run("LRANGE", self._key, 0, -1)]


class QueryRecorder:
    """Records every query that is asked: no answer waits for it.

    Where Redis is slower than the questions, those beyond a thousand that wait are left out.

    Args:
        recent: where they are kept.
        most: how many.
    """

    def __init__(self, recent: RecentQueries, most: int) -> None:
        self._recent = recent
        self._most = most
        self._background = Background("record queries", _MOST_WAITING)

    def record(self, query: str) -> None:
        """Remember that a query was asked just now."""
        if self._most and not self._background.do(lambda: self._add(query)):
            log.debug("a query was not remembered: %d wait already", _MOST_WAITING)

    def _add(self, query: str) -> None:
        try:
            self._recent.add(query, self._most)
        except StoreError as error:  # a full or read-only Redis still answers searches
            log.debug("the query was not remembered: %s", error)
