"""What is left of FT.AGGREGATE … WITHCURSOR to be read with FT.CURSOR.

A cursor is the RESP2 reply of the whole aggregation, of which rows are parsed as they are asked for: so the aggregation
itself may be answered by another process. Cursors are bounded in number and bytes, end with their index, and are
forgotten when nobody reads them for the time they were given.

Source: https://redis.io/docs/latest/commands/ft.cursor-read/
"""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import Any

import hiredis

from .aggregate_options import CursorOptions
from .errors import CommandError
from .feed import Feed
from .resp import Reply

MAX_CURSORS = 128
"""Cursors of an index, as in Redis."""

MAX_HELD = 256 << 20
"""Bytes that all cursors may hold."""

_MOST_ROWS = 10_000


@dataclass
class Cursor:
    """Rows that were not read yet."""

    feed: Feed
    total: int
    rows: hiredis.Reader
    left: int
    size: int
    options: CursorOptions
    last_read: float = 0.0


class Cursors:
    """Identity → cursor."""

    def __init__(self) -> None:
        self._cursors: dict[int, Cursor] = {}

    def open(self, feed: Feed, reply: bytes, options: CursorOptions, protocol: int) -> Reply:
        """The first rows of a RESP2 reply, and the identity to read more with, 0 if there are no more.

        Raises:
            CommandError: the reply is an error, or too much is held by other cursors.
        """
        if reply.startswith(b"-"):
            raise CommandError(reply[1:].strip().decode(errors="surrogateescape"))
        count, _, rest = reply[1:].partition(b"\r\n")
        total, _, rows = rest[1:].partition(b"\r\n")
        reader = hiredis.Reader()
        reader.feed(rows)
        cursor = Cursor(feed, int(total), reader, int(count) - 1, len(rows), options)
        first, more = _take(cursor, options.count, protocol)
        if not more:
            return [first, 0]
        self._forget_idle()
        held = sum(each.size for each in self._cursors.values())
        if len(self._cursors) >= MAX_CURSORS or held + cursor.size > MAX_HELD:
            raise CommandError(
                f"ERR too many cursors are open: redis_local holds {MAX_CURSORS} and {MAX_HELD >> 20} MiB; "
                "read them to their end, or use FT.CURSOR DEL"
            )
        identity = secrets.randbelow(2**31 - 1) + 1
        while identity in self._cursors:
            identity = secrets.randbelow(2**31 - 1) + 1
        self._cursors[identity] = cursor
        asyncio.get_running_loop().call_later(options.idle_seconds + 1, self._forget_idle)
        return [first, identity]

    def read(self, feed: Feed, identity: int, count: int | None, protocol: int) -> Reply:
        """The next rows, and the identity again, or 0 where there are no more.

        Raises:
            CommandError: there is no such cursor of this index.
        """
        cursor = self._find(feed, identity, "Cursor not found")
        rows, more = _take(cursor, count or cursor.options.count, protocol)
        if not more:
            del self._cursors[identity]
        return [rows, identity if more else 0]

    def remove(self, feed: Feed, identity: int) -> None:
        """Forget a cursor.

        Raises:
            CommandError: there is no such cursor of this index.
        """
        self._find(feed, identity, "Cursor does not exist")
        del self._cursors[identity]

    def _find(self, feed: Feed, identity: int, refusal: str) -> Cursor:
        self._forget_idle()
        cursor = self._cursors.get(identity)
        if cursor is None or cursor.feed is not feed:
            raise CommandError(refusal)
        cursor.last_read = time.monotonic()
        return cursor

    def _forget_idle(self) -> None:
        now = time.monotonic()
        self._cursors = {
            identity: cursor
            for identity, cursor in self._cursors.items()
            if now - cursor.last_read < cursor.options.idle_seconds and not cursor.feed.closed
        }


def _take(cursor: Cursor, count: int, protocol: int) -> tuple[Reply, bool]:
    """Take the next rows off a cursor, as a reply of FT.AGGREGATE; and whether to ask again: not if there were fewer."""
    taken: list[Any] = [cursor.rows.gets() for _ in range(min(count, cursor.left, _MOST_ROWS))]
    cursor.left -= len(taken)
    cursor.last_read = time.monotonic()
    more = bool(cursor.left) or len(taken) == count
    if protocol == 2:
        return [cursor.total, *taken], more
    results: list[Reply] = [
        {"extra_attributes": dict(zip(row[::2], row[1::2], strict=True)), "values": []} for row in taken
    ]
    reply: Reply = {
        "attributes": [],
        "format": "STRING",
        "results": results,
        "total_results": cursor.total,
        "warning": [],
    }
    return reply, more
