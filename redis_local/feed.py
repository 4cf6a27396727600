"""Keeps one index true to the hashes in Redis.

Each index has a connection of its own that Redis tells of every changed key under the index's prefixes
(``CLIENT TRACKING ON BCAST``, https://redis.io/docs/latest/commands/client-tracking/). A changed key is read again.
``fence`` makes every earlier write visible: the reply to a PING on the tracked connection comes after the
notice of every write that was acknowledged before it. The module is long because connecting, scanning, following and
fencing share the state of one connection.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Any

import hiredis

from .index import Document, Index
from .link import Address, Link
from .schema import IndexDefinition
from .suggestions import MARK

log = logging.getLogger(__name__)

_READ_AT_ONCE = 500
_TAKE_AT_ONCE = 25
_BUSY_SECONDS = 0.01
_SCAN_COUNT = b"1000"
_GONE = -2  # what PTTL says of a key that is not there
_AWAY = "the redis-server behind redis_local is being restarted"
_FIRST_DELAY, _LONGEST_DELAY = 0.05, 1.0


class Feed:
    """An index, and the connection that feeds it."""

    def __init__(self, definition: IndexDefinition, address: Address, on_flush: Callable[[], None]) -> None:
        self.index = Index(definition)
        self.whole = asyncio.Event()
        self.restarted = False
        self.losses = 0
        self._address = address
        self._on_flush = on_flush
        self._link: Link | None = None
        self._dirty: dict[bytes, None] = {}
        self._reading: asyncio.Future[None] | None = None
        self._in_order = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._scanned = 0
        self._expected = 0
        self.closed = False

    @property
    def name(self) -> str:
        return self.index.definition.name

    @property
    def complete(self) -> bool:
        """Whether every document that was there at the start has been read."""
        return self.whole.is_set()

    @property
    def progress(self) -> float:
        """Share of the initial scan that is done, 0 to 1."""
        if self.complete:
            return 1.0
        return min(0.99, self._scanned / self._expected) if self._expected else 0.0

    # ------------------------------------------------------------ life cycle
    async def start(self) -> None:
        """Connect and subscribe; the scan of existing keys goes on in the background.

        A server that still reads its data is not followed yet: it would tell of a FLUSHALL of long ago.

        Raises:
            OSError: the redis-server is away.
            hiredis.ReplyError: it is loading, or refuses.
        """
        link = await Link.open(self._address, self._pushed, self._lost)
        try:
            await link.call(b"PING")
            prefixes = _distinct(self.index.definition.prefixes)
            tracked = [word for prefix in prefixes if prefix for word in (b"PREFIX", prefix)]
            await link.call(b"CLIENT", b"TRACKING", b"ON", b"BCAST", *tracked)
        except BaseException:
            link.close()
            raise
        self._link = link
        if self._dirty:
            self._start_reading()
        if self.index.definition.skip_initial_scan and not self.restarted:
            self.whole.set()
        else:
            self._spawn(self._scan(link, prefixes))

    def close(self) -> None:
        """Stop following the keys."""
        self.closed = True
        for task in list(self._tasks):
            task.cancel()
        if self._link is not None:
            self._link.close()

    async def follow(self) -> None:
        """As :meth:`start`, but as soon as the redis-server can be followed, however long that takes."""
        self.restarted = True
        try:
            await self.start()
        except (OSError, hiredis.ReplyError):
            self._spawn(self._reconnect())

    def freeze(self, link: Link) -> None:
        """Keep the index as it is, and read hashes over this connection: for a copy in another process."""
        self._link, self._dirty, self._reading = link, {}, None

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, ConnectionError):
            log.error("index %s: %r", self.name, error, exc_info=error)

    def _lost(self) -> None:
        if self._link is None:  # lost before it was followed: who started it knows
            return
        self._link = None
        self.losses += 1
        self.whole.clear()
        self.restarted = True
        if not self.closed:
            self._spawn(self._reconnect())

    async def _reconnect(self) -> None:
        """Start over once the redis-server is back: what changed meanwhile is unknown."""
        delay = _FIRST_DELAY
        while not self.closed:
            await asyncio.sleep(delay)
            delay = min(_LONGEST_DELAY, delay * 2)
            async with self._in_order:  # what was still being taken in belongs to the past
                self.index.clear()
                self._dirty.clear()
                self._scanned = 0
            with contextlib.suppress(OSError, hiredis.ReplyError):
                await self.start()
                return

    def reread(self) -> None:
        """Drop the connection, and with it everything that was read over it."""
        if self._link is not None:
            self._link.abort()

    async def _scan(self, link: Link, prefixes: list[bytes]) -> None:
        try:
            self._expected = int(await link.call(b"DBSIZE")) * max(1, len(prefixes))
            for prefix in prefixes:
                cursor = b"0"
                while True:
                    pattern = _escaped(prefix) + b"*"
                    cursor, keys = await link.call(b"SCAN", cursor, b"MATCH", pattern, b"COUNT", _SCAN_COUNT)
                    await self._read(link, keys)
                    self._scanned += int(_SCAN_COUNT)
                    if cursor == b"0":
                        break
        except (ConnectionError, hiredis.ReplyError):
            link.abort()
            return
        if link is self._link:
            self.whole.set()

    # ------------------------------------------------------------ changes
    def _pushed(self, push: list[Any]) -> None:
        if push[0] != b"invalidate":
            return
        if push[1] is None:
            self.index.clear()
            self._dirty.clear()
            self._on_flush()
            return
        prefixes = tuple(prefix.encode(errors="surrogateescape") for prefix in self.index.definition.prefixes)
        for key in sorted(push[1], key=len):  # told by name: so p:2 comes before p:10, as a load writes them
            if key.startswith(prefixes):
                self._dirty.pop(key, None)  # a key changed again is read, and numbered, last
                self._dirty[key] = None
        if self._dirty and self._reading is None and self._link is not None:
            self._start_reading()

    def _start_reading(self) -> None:
        keys, self._dirty = list(self._dirty), {}
        self._reading = reading = asyncio.get_running_loop().create_future()
        self._spawn(self._read_then(self._link, keys, reading))

    async def _read_then(self, link: Link | None, keys: list[bytes], reading: "asyncio.Future[None]") -> None:
        try:
            for start in range(0, len(keys), _READ_AT_ONCE):
                await self._read(link, keys[start : start + _READ_AT_ONCE])
        except (ConnectionError, hiredis.ReplyError):
            if link is not None:
                link.abort()
        finally:
            self._reading = None
            reading.set_result(None)
            if self._dirty and self._link is not None:
                self._start_reading()

    async def _read(self, link: Link | None, keys: Sequence[bytes]) -> None:
        """Read hashes and take them in. An invalidation that comes later leads to another read.

        Batches are taken in one after the other, a few documents at a time where words take long, so that others are
        answered in between.

        Raises:
            ConnectionError: the connection was lost.
            hiredis.ReplyError: the server answers no reads now; what it holds is not known.
        """
        async with self._in_order:
            if not keys or link is None or link is not self._link:
                return
            documents = await self._documents(link, keys)
            loop = asyncio.get_running_loop()
            pause = loop.time() + _BUSY_SECONDS
            for start in range(0, len(documents), _TAKE_AT_ONCE):
                if link is not self._link:
                    return
                self.index.apply(documents[start : start + _TAKE_AT_ONCE])
                if loop.time() > pause:
                    await asyncio.sleep(0)
                    pause = loop.time() + _BUSY_SECONDS

    async def _documents(self, link: Link, keys: Sequence[bytes]) -> list[Document]:
        fields = self.index.identifiers
        commands: list[tuple[bytes, ...]] = []
        for key in keys:
            commands.append((b"HMGET", key, *fields))
            commands.append((b"PTTL", key))
        replies = await link.call_many(commands)
        await _leave_suggestions_out(link, keys, replies)
        return [
            Document(
                key,
                None if _is_no_hash(values) or time_to_live == _GONE else values,
                time_to_live if time_to_live >= 0 else None,
            )
            for key, values, time_to_live in zip(keys, replies[::2], replies[1::2], strict=True)
        ]

    async def fence(self) -> None:
        """Wait until every write acknowledged before this call is in the index.

        Raises:
            ConnectionError: the redis-server is away.
        """
        losses = self.losses
        await self._require().call(b"PING")
        queued = bool(self._dirty)
        if self._reading is not None:
            await asyncio.shield(self._reading)
            if queued and self._reading is not None:  # what was queued at the fence is in this second reading
                await asyncio.shield(self._reading)
        if losses != self.losses:
            raise ConnectionError(_AWAY)

    # ------------------------------------------------------------ reading for replies
    async def read_all(self, keys: Sequence[bytes]) -> list[dict[bytes, bytes] | None]:
        """Whole hashes; None where a key is gone or no hash.

        Raises:
            ConnectionError: the redis-server is away.
            hiredis.ReplyError: it answers no reads now.
        """
        replies = await self._ask([(b"HGETALL", key) for key in keys])
        return [None if _is_no_hash(reply) or not reply else reply for reply in replies]

    async def read_fields(self, keys: Sequence[bytes], fields: Sequence[bytes]) -> list[list[bytes | None]]:
        """Chosen fields of hashes, in order; None where a field is missing. Raises what :meth:`read_all` raises."""
        if not fields or not keys:
            return [[] for _ in keys]
        replies = await self._ask([(b"HMGET", key, *fields) for key in keys])
        return [[None] * len(fields) if _is_no_hash(reply) else reply for reply in replies]

    async def _ask(self, commands: list[tuple[bytes, ...]]) -> list[Any]:
        link, replies = self._require(), list[Any]()
        for start in range(0, len(commands), _READ_AT_ONCE):
            replies += await link.call_many(commands[start : start + _READ_AT_ONCE])
        return replies

    async def delete(self, key: bytes) -> int:
        """UNLINK one indexed key, and say how many there were: 1 or 0."""
        if self.index.row(key) is None:
            return 0
        return int(await self._require().call(b"UNLINK", key))

    async def delete_documents(self) -> None:
        """UNLINK every indexed key, as FT.DROPINDEX … DD does."""
        keys = list(self.index.keys())
        for start in range(0, len(keys), _READ_AT_ONCE):
            await self._require().call(b"UNLINK", *keys[start : start + _READ_AT_ONCE])

    def _require(self) -> Link:
        if self._link is None:
            raise ConnectionError(_AWAY)
        return self._link


async def _leave_suggestions_out(link: Link, keys: Sequence[bytes], replies: list[Any]) -> None:
    """Take dictionaries of suggestions, which are hashes without a field of any schema, for keys that are gone."""
    empty = [
        place for place in range(len(keys)) if isinstance(replies[2 * place], list) and not any(replies[2 * place])
    ]
    marks = await link.call_many([(b"HEXISTS", keys[place], MARK) for place in empty])
    for place, mark in zip(empty, marks, strict=True):
        if mark == 1:
            replies[2 * place + 1] = _GONE


def _is_no_hash(reply: Any) -> bool:
    """Whether a key holds no hash; any other error says that the server answers no reads now, and is raised."""
    if not isinstance(reply, Exception):
        return False
    if not str(reply).startswith("WRONGTYPE"):
        raise reply
    return True


def _distinct(prefixes: Sequence[str]) -> list[bytes]:
    """Prefixes as bytes, without those that another one covers: Redis refuses overlapping ones."""
    encoded = {prefix.encode(errors="surrogateescape") for prefix in prefixes}
    return sorted(p for p in encoded if not any(p != other and p.startswith(other) for other in encoded))


def _escaped(prefix: bytes) -> bytes:
    """A prefix for SCAN's MATCH, with the glob characters escaped."""
    return b"".join(b"\\" + bytes([c]) if c in b"*?[]\\^" else bytes([c]) for c in prefix)
