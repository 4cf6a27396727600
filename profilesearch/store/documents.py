"""Small values of one kind by their keys, as JSON in a hash, changed by compare and set.

Nobody's change is lost: a change is made on what was read, and is written only if that is still there; else it is made again
on what is there now (https://redis.io/docs/latest/develop/using-commands/transactions/, optimistic locking).
"""

import logging
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from pydantic import TypeAdapter

from ..errors import DamagedDocument, InvalidRequest, NotKept, StoreError
from ..kept.bounds import checked
from .server import Server
from .wire.replies import is_utf8, text

log = logging.getLogger(__name__)

_MOST_TRIES = 200
"""Of a change; whoever fails was overtaken by one who did not, so that this many want as many others at once."""

_LARGEST = 2_000_000
"""Bytes of one value."""

_SET = """
local present = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if present ~= ARGV[2] then return 'changed' end
if present == '' and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return 'full' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'done'
"""


class Document(Protocol):
    """A value that knows its key."""

    @property
    def key(self) -> str:
        """Names it among those of its kind."""


D = TypeVar("D", bound=Document)


class Documents(Generic[D]):
    """Values of one kind.

    Args:
        server: where they are.
        kind: how they are read and written.
        name: what one is called in messages.
        hash_of: the key of an owner's hash.
        most: how many an owner may have.
    """

    def __init__(
        self, server: Server, kind: TypeAdapter[D], name: str, hash_of: Callable[[str], str], most: int
    ) -> None:
        self._server = server
        self._kind = kind
        self._name = name
        self._hash = hash_of
        self._most = most

    def each(self, owner: str) -> Iterator[D]:
        """All of an owner's, in no order, read one by one; one that is damaged is left out, and the log says so."""
        for key in self._server.run("HKEYS", self._hash(owner)):
            data = self._server.run("HGET", self._hash(owner), key)
            try:
                if data:  # else it was removed meanwhile
                    yield checked(self._kind, data)
            except InvalidRequest as error:
                log.warning("a %s of %s is damaged: %s", self._name, owner, error)

    def all(self, owner: str) -> list[D]:
        """All of an owner's, in no order, in one round trip; damaged ones as in :meth:`each`."""
        values = []
        for data in self._server.run("HVALS", self._hash(owner)):
            try:
                values.append(checked(self._kind, data))
            except InvalidRequest as error:
                log.warning("a %s of %s is damaged: %s", self._name, owner, error)
        return values

    def damaged(self, owner: str) -> int:
        """How many of an owner's cannot be read."""
        return int(self._server.run("HLEN", self._hash(owner))) - len(self.all(owner))

    def get(self, owner: str, key: str) -> D:
        """One of them.

        Raises:
            NotKept: there is none with this key.
            DamagedDocument: it cannot be read.
        """
        data = self._data(owner, key)
        if not data:
            raise NotKept("key", f"key: no {self._name} has the key {key[:80]!r}")
        return self._read(data, key)

    def add(self, owner: str, value: D) -> bool:
        """Keep another one, unless there is one with its key; whether it was kept.

        Raises:
            InvalidRequest: it is not what it should be, or the owner has too many.
        """
        before: list[D | None] = []

        def added(present: D | None) -> D:
            before.append(present)
            return value if present is None else present

        self.change(owner, value.key, added)
        return before[-1] is None

    def change(self, owner: str, key: str, change: Callable[[D | None], D]) -> D:
        """Put something else in the place of what is there, or of nothing.

        Args:
            owner: whose.
            key: of the value.
            change: makes the new value of the present one, None where there is none, and may be asked again; what it raises is raised.

        Returns:
            What is there now.

        Raises:
            InvalidRequest: it is not what it should be, or the owner has too many.
            StoreError: what is there is damaged, or others change it all the time.
        """
        for _ in range(_MOST_TRIES):
            data = self._data(owner, key)
            present = self._read(data, key) if data else None
            changed = change(present)
            if changed == present:
                return present
            said = text(self._server.script(_SET, [self._hash(owner)], [key, data, self._written(changed), self._most]))
            if said == "full":
                raise InvalidRequest(
                    "key", f"at most {self._most} of this kind can be kept: remove a {self._name}", code="full"
                )
            if said == "done":
                return changed
        raise StoreError(f"{self._name} {key}: others changed it {_MOST_TRIES} times meanwhile; try again")

    def remove(self, owner: str, key: str) -> D | None:
        """Remove one, and give back what it was; None where there was none, or it was damaged."""
        data = self._data(owner, key)
        if not data:
            return None
        self._server.run("HDEL", self._hash(owner), key)
        try:
            return checked(self._kind, data)
        except InvalidRequest as error:
            log.warning("a %s of %s was damaged, and is removed: %s", self._name, owner, error)
            return None

    def _data(self, owner: str, key: str) -> bytes:
        return self._server.run("HGET", self._hash(owner), key) or b"" if is_utf8(key) else b""

    def _read(self, data: bytes, key: str) -> D:
        try:
            return checked(self._kind, data)
        except InvalidRequest as error:
            raise DamagedDocument(f"the {self._name} {key} is damaged in Redis: {error}") from error

    def _written(self, value: D) -> bytes:
        try:
            data = self._kind.dump_json(value)
        except ValueError as error:  # a lone surrogate
            raise InvalidRequest(
                "body", f"the {self._name} cannot be written: expected UTF-8 texts ({error})"
            ) from None
        if len(data) > _LARGEST:
            raise InvalidRequest(
                "body", f"a {self._name} has at most {_LARGEST:,} bytes, this one {len(data):,}", code="full"
            )
        checked(self._kind, data)
        return data
