"""The latest queries, to compare a new version with."""

from .connection import Client, text, translated
from .keys import QUERIES


class RecentQueries:
    """The latest distinct queries, in a list in Redis."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def add(self, query: str, most: int) -> None:
        """Put a query first, and keep so many."""
        with translated():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.lrem(QUERIES, 0, query)
            pipeline.lpush(QUERIES, query)
            pipeline.ltrim(QUERIES, 0, most - 1)
            pipeline.execute()

    def all(self) -> list[str]:
        """Latest first."""
        with translated():
            return [text(query) for query in self._client.lrange(QUERIES, 0, -1)]
