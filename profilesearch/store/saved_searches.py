"""Saved searches in Redis: of a collection, not of a version."""

from collections.abc import Callable, Iterable, Iterator

from ..errors import NotKept
from ..kept.everything import MOST_SEARCHES
from ..kept.saved_search import SAVED_SEARCH, SavedSearch
from .documents import Documents
from .keys import Keys
from .server import Server


class SavedSearches:
    """Everybody's saved searches.

    Args:
        server: where they are.
        keys: the collection's.
    """

    def __init__(self, server: Server, keys: Keys) -> None:
        self._documents = Documents(server, SAVED_SEARCH, "saved search", keys.searches, MOST_SEARCHES)

    def all(self, owner: str) -> list[SavedSearch]:
        """An owner's, the latest first."""
        return sorted(self._documents.all(owner), key=lambda each: (each.created_at, each.key), reverse=True)

    def get(self, owner: str, key: str) -> SavedSearch:
        """One of them.

        Raises:
            NotKept: there is none with this key.
        """
        return self._documents.get(owner, key)

    def add(self, owner: str, search: SavedSearch) -> bool:
        """Keep another one, unless there is one with its key; whether it was kept.

        Raises:
            InvalidRequest: it is not what it should be, or the owner has too many.
        """
        return self._documents.add(owner, search)

    def looked(self, owner: str, key: str, found: Iterable[str]) -> SavedSearch:
        """Remember that somebody has looked at whoever is found now, best first.

        Raises:
            NotKept: there is none with this key.
        """
        ids = list(found)
        return self._change(owner, key, lambda search: search.looked(ids))

    def remove(self, owner: str, key: str) -> None:
        """Remove one; nothing happens if there is none."""
        self._documents.remove(owner, key)

    def each(self, owner: str) -> Iterator[SavedSearch]:
        """An owner's, in no order, read one by one; a damaged one is left out."""
        return self._documents.each(owner)

    def damaged(self, owner: str) -> int:
        """How many of an owner's cannot be read."""
        return self._documents.damaged(owner)

    def forget(self, owner: str, id_: str) -> int:
        """Let no search of an owner remember one person, and count those that did."""
        concerned = [search.key for search in self.all(owner) if id_ in search.seen]
        for key in concerned:
            self._change(owner, key, lambda search: search.without(id_))
        return len(concerned)

    def _change(self, owner: str, key: str, change: Callable[[SavedSearch], SavedSearch]) -> SavedSearch:
        def changed(present: SavedSearch | None) -> SavedSearch:
            if present is None:
                raise NotKept("key", f"key: no saved search has the key {key[:80]!r}")
            return change(present)

        return self._documents.change(owner, key, changed)
