"""redis_local's own connections to the redis-server behind it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import hiredis

from .errors import StartError
from .slices import unbroken


@dataclass(frozen=True)
class Address:
    """Where the redis-server is: a Unix socket, or a host and port; with credentials if it wants some."""

    path: str | None = None
    host: str = "127.0.0.1"
    port: int = 6379
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> "Address":
        """Read ``redis://[user:password@]host[:port]`` or ``unix://[user:password@]/path``.

        Raises:
            StartError: it is no such URL. The message repeats nothing of it, since any part may hold the password.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _malformed("its port or address cannot be read") from None
        username = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        if parts.scheme not in ("redis", "unix"):
            raise _malformed("it begins with neither redis:// nor unix://")
        if parts.query or parts.fragment:
            raise _malformed("it has a ? or a #")
        if parts.scheme == "unix":
            if not parts.path.startswith("/") or parts.hostname:
                raise _malformed("the path of the socket must be absolute")
            return cls(path=unquote(parts.path), username=username, password=password)
        if parts.path not in ("", "/", "/0"):
            raise _malformed("indexes are in database 0, which needs no path")
        if port == 0:
            raise _malformed("its port is 0")
        return cls(None, parts.hostname or "127.0.0.1", port or 6379, username, password)

    def __str__(self) -> str:
        """Without the password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"unix://{self.path}" if self.path else f"redis://{host}:{self.port}"

    async def connect(self, factory: Callable[[], asyncio.Protocol]) -> Any:
        """Open a connection and return its protocol object."""
        loop = asyncio.get_running_loop()
        if self.path:
            return (await loop.create_unix_connection(factory, self.path))[1]
        return (await loop.create_connection(factory, self.host, self.port))[1]


def _malformed(why: str) -> StartError:
    return StartError(
        f"--upstream: {why}; expected redis://[user:password@]host[:port] or unix:///path, with / ? # @ % in a password "
        "written as %2F %3F %23 %40 %25"
    )


class _Batch:
    """Commands that were sent together, and the replies that came so far."""

    __slots__ = ("future", "left", "replies")

    def __init__(self, size: int) -> None:
        self.future: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self.left = size
        self.replies: list[Any] = []


class Link(asyncio.Protocol):
    """A RESP3 connection on which commands may be pipelined and pushes arrive in order."""

    def __init__(self, on_push: Callable[[list[Any]], None], on_lost: Callable[[], None]) -> None:
        self._reader = hiredis.Reader()
        self._waiting: deque[_Batch] = deque()
        self._on_push = on_push
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(
        cls,
        address: Address,
        on_push: Callable[[list[Any]], None] = lambda push: None,
        on_lost: Callable[[], None] = lambda: None,
    ) -> "Link":
        """Connect and say HELLO."""
        link: Link = await address.connect(lambda: cls(on_push, on_lost))
        auth = (
            (b"AUTH", (address.username or "default").encode(), address.password.encode()) if address.password else ()
        )
        await link.call(b"HELLO", b"3", *auth)
        return link

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not False:
            if isinstance(reply, hiredis.PushNotification):
                self._on_push(list(reply))
                continue
            batch = self._waiting[0]
            batch.replies.append(reply)
            batch.left -= 1
            if not batch.left:
                self._waiting.popleft()
                if not batch.future.done():
                    batch.future.set_result(batch.replies)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        while self._waiting:
            future = self._waiting.popleft().future
            if not future.done():
                future.set_exception(ConnectionError("the redis-server behind redis_local went away"))
                future.exception()
        self._on_lost()

    async def call(self, *command: bytes) -> Any:
        """Send one command and wait for its reply.

        Raises:
            hiredis.ReplyError: Redis refused it.
            ConnectionError: the connection was lost.
        """
        reply = (await self.call_many([command]))[0]
        if isinstance(reply, hiredis.ReplyError):
            raise reply
        return reply

    async def call_many(self, commands: Sequence[Sequence[bytes]]) -> list[Any]:
        """Send a pipeline in one write and wait for all replies; an error reply stands in its place.

        Raises:
            ConnectionError: the connection was lost.
        """
        if self._transport is None:
            raise ConnectionError("the redis-server behind redis_local is away")
        if not commands:
            return []
        batch = _Batch(len(commands))
        packed = b"".join([hiredis.pack_command(cast(Any, tuple(command))) for command in commands])
        with unbroken():
            self._waiting.append(batch)
            self._transport.write(packed)
        return await batch.future

    def close(self) -> None:
        """Close without calling ``on_lost``."""
        self._on_lost = lambda: None
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close as if the connection had been lost."""
        if self._transport is not None:
            self._transport.abort()
