"""Shortlists in Redis: of a collection, not of a version, so that no rebuild, rollback or other model loses them."""

from collections.abc import Callable, Iterator
from secrets import compare_digest

from ..errors import NotKept
from ..kept.everything import MOST_SHORTLISTS
from ..kept.shortlist import SHORTLIST, Shortlist
from .documents import Documents
from .keys import Keys
from .server import Server
from .wire.replies import is_utf8, text


class Shortlists:
    """Everybody's shortlists.

    Args:
        server: where they are.
        keys: the collection's.
    """

    def __init__(self, server: Server, keys: Keys) -> None:
        self._server = server
        self._shared = keys.shared
        self._documents = Documents(server, SHORTLIST, "shortlist", keys.shortlists, MOST_SHORTLISTS)

    def all(self, owner: str) -> list[Shortlist]:
        """An owner's, the latest changed first."""
        return sorted(self._documents.all(owner), key=lambda each: (each.changed_at, each.key), reverse=True)

    def get(self, owner: str, key: str) -> Shortlist:
        """One of them.

        Raises:
            NotKept: there is none with this key.
        """
        return self._documents.get(owner, key)

    def add(self, owner: str, shortlist: Shortlist) -> Shortlist:
        """Keep another one.

        Raises:
            InvalidRequest: it is not what it should be, or the owner has too many.
        """
        self._documents.add(owner, shortlist)
        return shortlist

    def change(self, owner: str, key: str, change: Callable[[Shortlist], Shortlist]) -> Shortlist:
        """Change one; nobody else's change at the same time is lost.

        Args:
            owner: whose.
            key: of the shortlist.
            change: a method of it; it may be asked again, and what it raises is raised.

        Raises:
            NotKept: there is none with this key.
            ChangedMeanwhile, InvalidRequest: as the method says; nothing was changed.
        """

        def changed(present: Shortlist | None) -> Shortlist:
            if present is None:
                raise NotKept("key", f"key: no shortlist has the key {key[:80]!r}")
            return change(present)

        return self._documents.change(owner, key, changed)

    def merge(self, owner: str, shortlist: Shortlist) -> bool:
        """Add one, or to the one with its key what it lacks; whether that changed anything."""
        before: list[Shortlist | None] = []

        def merged(present: Shortlist | None) -> Shortlist:
            before.append(present)
            return shortlist.private() if present is None else present.merged(shortlist)

        return self._documents.change(owner, shortlist.key, merged) != before[-1]

    def remove(self, owner: str, key: str) -> None:
        """Remove one; nothing happens if there is none."""
        if (shortlist := self._documents.remove(owner, key)) and shortlist.token:
            self._server.run("HDEL", self._shared, shortlist.token)

    def each(self, owner: str) -> Iterator[Shortlist]:
        """An owner's, in no order, read one by one; a damaged one is left out."""
        return self._documents.each(owner)

    def damaged(self, owner: str) -> int:
        """How many of an owner's cannot be read."""
        return self._documents.damaged(owner)

    def forget(self, owner: str, id_: str) -> int:
        """Take one person off all of an owner's shortlists, and count those that had them."""
        concerned = [each.key for each in self.all(owner) if each.mentions(id_)]
        for key in concerned:
            self.change(owner, key, lambda present: present.forgetting(id_))
        return len(concerned)

    # ------------------------------------------------------------ read by whoever has an address
    def share(self, owner: str, key: str) -> Shortlist:
        """Let whoever knows its token read one.

        Raises:
            NotKept: there is none with this key.
        """
        shared = self.change(owner, key, Shortlist.shared)
        self._server.run("HSET", self._shared, shared.token, f"{owner} {key}")
        return shared

    def unshare(self, owner: str, key: str) -> Shortlist:
        """End that: the address leads nowhere from now on.

        Raises:
            NotKept: there is none with this key.
        """
        token = self.get(owner, key).token
        private = self.change(owner, key, Shortlist.private)
        if token:
            self._server.run("HDEL", self._shared, token)
        return private

    def by_token(self, token: str) -> Shortlist:
        """A shared one.

        Raises:
            NotKept: none is shared under this token.
        """
        owner, _, key = text(self._server.run("HGET", self._shared, token) or b"" if is_utf8(token) else b"").partition(
            " "
        )
        if owner:
            shortlist = self.get(owner, key)
            if shortlist.token and compare_digest(shortlist.token.encode(), token.encode()):
                return shortlist
        raise NotKept("token", "token: no shortlist is shared under this address any more")
