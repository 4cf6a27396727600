"""The connection to the redis-server that belongs to one client."""

import asyncio
from typing import Protocol, cast

from .fence import Fence

HIGH_WATER = 1 << 20
"""Bytes that may wait to be written before reading from the other side stops."""


class Downstream(Protocol):
    """What the client's side is told."""

    def relay(self, data: bytes) -> None:
        """Write what the server sent."""

    def server_gone(self) -> None:
        """The server closed the connection."""

    def throttle(self, paused: bool) -> None:
        """The server reads slowly, or does so no longer."""


class ServerSide(asyncio.Protocol):
    """Relays replies, and holds them back from a fence on until its outcome was dealt with."""

    def __init__(self, client: Downstream) -> None:
        self._client = client
        self._fence: Fence | None = None
        self._passed: asyncio.Future[Fence] | None = None
        self._after = b""
        self._client_slow = False
        self._holding = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        if self._holding:
            self._after += data
            return
        if self._fence is None:
            self._client.relay(data)
            return
        relayed, after = self._fence.feed(data)
        self._client.relay(relayed)
        if self._fence.outcome is not None:
            fence, self._fence = self._fence, None
            self._holding, self._after = True, after
            self._set_reading()
            if self._passed is not None and not self._passed.done():
                self._passed.set_result(fence)

    def connection_lost(self, error: Exception | None) -> None:
        self._client.server_gone()

    def pause_writing(self) -> None:
        self._client.throttle(True)

    def resume_writing(self) -> None:
        self._client.throttle(False)

    @property
    def fencing(self) -> bool:
        """Whether a fence has no answer yet."""
        return self._fence is not None

    def end(self) -> None:
        """The client will send no more: let the server answer what it has and close."""
        if self.transport.can_write_eof() and not self.transport.is_closing():
            self.transport.write_eof()

    def hold(self, *, client: bool) -> None:
        """Stop or go on reading, as the client is slow or not."""
        self._client_slow = client
        self._set_reading()

    def _set_reading(self) -> None:
        if self.transport.is_closing():
            return
        if self._client_slow or self._holding:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    async def fence(self, *, muted: bool) -> Fence:
        """Wait until everything sent before is answered and relayed; later replies are held until ``release``."""
        self._fence = fence = Fence(muted=muted)
        self._passed = asyncio.get_running_loop().create_future()
        self.transport.write(fence.request)
        return await self._passed

    def release(self) -> None:
        """Relay what came after the fence, and go on."""
        self._holding = False
        after, self._after = self._after, b""
        if after:
            self._client.relay(after)
        self._set_reading()
