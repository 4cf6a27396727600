"""Keeps one index true to the hashes in Redis.

Each index has a connection of its own that Redis tells of every changed key under the index's prefixes
(``CLIENT TRACKING ON BCAST``, https://redis.io/docs/latest/commands/client-tracking/). A changed key is read again.
``fence`` makes every earlier write visible: the reply to a PING on the tracked connection comes after the
notice of every write that was acknowledged before it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

import hiredis

from .index import Document, Index
from .link import Address, Link
from .schema import IndexDefinition

log = logging.getLogger(__name__)

_READ_AT_ONCE = 500
_SCAN_COUNT = b"1000"


class Feed:
    """An index, and the connection that feeds it."""

    def __init__(self, definition: IndexDefinition, address: Address, on_flush: Callable[[], None]) -> None:
        self.index = Index(definition)
        self.complete = False
        self.restarted = False
        self._address = address
        self._on_flush = on_flush
        self._link: Link | None = None
        self._dirty: dict[bytes, None] = {}
        self._reading: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._scanned = 0
        self._expected = 0
        self._closed = False

    @property
    def name(self) -> str:
        return self.index.definition.name

    @property
    def progress(self) -> float:
        """Share of the initial scan that is done, 0 to 1."""
        if self.complete:
            return 1.0
        return min(0.99, self._scanned / self._expected) if self._expected else 0.0

    # ------------------------------------------------------------ life cycle
    async def start(self) -> None:
        """Connect and subscribe; the scan of existing keys goes on in the background."""
        self._link = await Link.open(self._address, self._pushed, self._lost)
        prefixes = _distinct(self.index.definition.prefixes)
        tracked = [word for prefix in prefixes if prefix for word in (b"PREFIX", prefix)]
        await self._link.call(b"CLIENT", b"TRACKING", b"ON", b"BCAST", *tracked)
        if self.index.definition.skip_initial_scan and not self.restarted:
            self.complete = True
        else:
            self._spawn(self._scan(prefixes))

    def close(self) -> None:
        """Stop following the keys."""
        self._closed = True
        for task in list(self._tasks):
            task.cancel()
        if self._link is not None:
            self._link.close()

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) and not isinstance(error, ConnectionError):
            log.error("index %s: %r", self.name, error, exc_info=error)

    def _lost(self) -> None:
        self._link = None
        self.complete = False
        if not self._closed:
            self._spawn(self._reconnect())

    async def _reconnect(self) -> None:
        """Start over once the redis-server is back: what changed meanwhile is unknown."""
        delay = 0.05
        while not self._closed:
            await asyncio.sleep(delay)
            delay = min(1.0, delay * 2)
            try:
                self.index.clear()
                self._dirty.clear()
                self._scanned = 0
                self.restarted = True
                await self.start()
                return
            except (OSError, hiredis.ReplyError):
                continue

    def reread(self) -> None:
        """Drop the connection, and with it everything that was read over it."""
        if self._link is not None:
            self._link.abort()

    async def _scan(self, prefixes: list[bytes]) -> None:
        assert self._link is not None
        self._expected = int(await self._link.call(b"DBSIZE")) * max(1, len(prefixes))
        for prefix in prefixes:
            cursor = b"0"
            while True:
                pattern = _escaped(prefix) + b"*"
                cursor, keys = await self._link.call(b"SCAN", cursor, b"MATCH", pattern, b"COUNT", _SCAN_COUNT)
                await self._read(keys)
                self._scanned += int(_SCAN_COUNT)
                if cursor == b"0":
                    break
        self.complete = True

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
        for key in push[1]:
            if key.startswith(prefixes):
                self._dirty.pop(key, None)  # a key changed again is read, and numbered, last
                self._dirty[key] = None
        if self._dirty and self._reading is None:
            self._start_reading()

    def _start_reading(self) -> None:
        keys, self._dirty = list(self._dirty), {}
        self._reading = reading = asyncio.get_running_loop().create_future()
        self._spawn(self._read_then(keys, reading))

    async def _read_then(self, keys: list[bytes], reading: "asyncio.Future[None]") -> None:
        try:
            for start in range(0, len(keys), _READ_AT_ONCE):
                await self._read(keys[start : start + _READ_AT_ONCE])
        finally:
            self._reading = None
            reading.set_result(None)
            if self._dirty and self._link is not None:
                self._start_reading()

    async def _read(self, keys: Sequence[bytes]) -> None:
        """Read hashes and take them in. An invalidation that comes later leads to another read."""
        if not keys or self._link is None:
            return
        fields = self.index.identifiers
        commands: list[tuple[bytes, ...]] = []
        for key in keys:
            commands.append((b"HMGET", key, *fields))
            commands.append((b"PTTL", key))
        replies = await self._link.call_many(commands)
        documents = [
            Document(
                key,
                None if isinstance(values, Exception) or time_to_live == -2 else values,
                time_to_live if time_to_live >= 0 else None,
            )
            for key, values, time_to_live in zip(keys, replies[::2], replies[1::2], strict=True)
        ]
        self.index.apply(documents)

    async def fence(self) -> None:
        """Wait until every write acknowledged before this call is in the index.

        Raises:
            ConnectionError: the redis-server is away.
        """
        await self._require().call(b"PING")
        queued = bool(self._dirty)
        if self._reading is not None:
            await asyncio.shield(self._reading)
            if queued and self._reading is not None:  # what was queued at the fence is in this second reading
                await asyncio.shield(self._reading)
        self._require()

    # ------------------------------------------------------------ reading for replies
    async def read_all(self, keys: Sequence[bytes]) -> list[dict[bytes, bytes] | None]:
        """Whole hashes; None where a key is gone or no hash."""
        replies = await self._require().call_many([(b"HGETALL", key) for key in keys]) if keys else []
        return [reply if isinstance(reply, dict) and reply else None for reply in replies]

    async def read_fields(self, keys: Sequence[bytes], fields: Sequence[bytes]) -> list[list[bytes | None]]:
        """Chosen fields of hashes, in order; None where a field is missing."""
        if not fields or not keys:
            return [[] for _ in keys]
        replies = await self._require().call_many([(b"HMGET", key, *fields) for key in keys])
        return [[None] * len(fields) if isinstance(reply, Exception) else reply for reply in replies]

    async def delete_documents(self) -> None:
        """UNLINK every indexed key, as FT.DROPINDEX … DD does."""
        keys = list(self.index.keys())
        for start in range(0, len(keys), _READ_AT_ONCE):
            await self._require().call(b"UNLINK", *keys[start : start + _READ_AT_ONCE])

    def _require(self) -> Link:
        if self._link is None:
            raise ConnectionError("the redis-server behind redis_local is being restarted")
        return self._link


def _distinct(prefixes: Sequence[str]) -> list[bytes]:
    """Prefixes as bytes, without those that another one covers: Redis refuses overlapping ones."""
    encoded = {prefix.encode(errors="surrogateescape") for prefix in prefixes}
    return sorted(p for p in encoded if not any(p != other and p.startswith(other) for other in encoded))


def _escaped(prefix: bytes) -> bytes:
    """A prefix for SCAN's MATCH, with the glob characters escaped."""
    return b"".join(b"\\" + bytes([c]) if c in b"*?[]\\^" else bytes([c]) for c in prefix)
