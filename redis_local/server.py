"""The proxy: a connection to the redis-server for every client, and FT.* answered in between.

Bytes flow straight through in both directions. When either side reads slower than the other writes, reading from
the other stops (``pause_reading``), so that nothing piles up here.
"""

import asyncio
import logging
from collections import deque
from typing import cast

from .catalog import Catalog
from .commands import Context, execute
from .errors import CommandError
from .fence import Fence, Outcome
from .link import Address
from .resp import encode, encode_error
from .scanner import Captured, CommandScanner

log = logging.getLogger(__name__)

_HIGH_WATER = 1 << 20
_NOTED = {b"MULTI", b"EXEC", b"DISCARD", b"RESET", b"HELLO", b"SELECT", b"CLIENT", b"SWAPDB"}
_IN_MULTI = "ERR {name} is not supported inside MULTI by redis_local: it is answered outside redis-server"
_IN_SUBSCRIBER = "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"


def _wanted(name: bytes) -> bool:
    return name.startswith(b"FT.") or name in _NOTED or name in (b"MODULE", b"COMMAND")


def _answered_here(command: Captured) -> bool:
    name = command.words[0].upper()
    if name.startswith(b"FT."):
        return True
    second = command.words[1].upper() if len(command.words) > 1 else b""
    return (name, second) in ((b"MODULE", b"LIST"), (b"COMMAND", b"INFO"))


class Session:
    """What is known of a client from the commands it sent."""

    def __init__(self) -> None:
        self.protocol = 2
        self.database = 0
        self.queuing = False
        self.replies = "ON"

    def note(self, words: tuple[bytes, ...]) -> None:
        """Follow a command that changes how FT.* must be answered."""
        name = words[0].upper()
        second = words[1].upper() if len(words) > 1 else b""
        if name == b"MULTI":
            self.queuing = True
        elif name in (b"EXEC", b"DISCARD"):
            self.queuing = False
        elif name == b"RESET":
            self.__init__()  # type: ignore[misc]
        elif name == b"HELLO" and second in (b"2", b"3"):
            self.protocol = int(second)
        elif name == b"SELECT" and second.isdigit():
            self.database = int(second)
        elif name == b"CLIENT" and second == b"REPLY" and len(words) == 3:
            self.replies = words[2].decode(errors="replace").upper()


class ClientSide(asyncio.Protocol):
    """A client's connection."""

    def __init__(self, catalog: Catalog, address: Address) -> None:
        self._catalog = catalog
        self._address = address
        self._scanner = CommandScanner(_wanted)
        self._events: deque[bytes | Captured] = deque()
        self.session = Session()
        self._server: ServerSide | None = None
        self._task: asyncio.Task[None] | None = None
        self._synced = False
        self._throttled = False
        self._ended = False
        self.transport: asyncio.Transport

    # ------------------------------------------------------------ asyncio's calls
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(_HIGH_WATER)
        self.transport.pause_reading()
        self._task = asyncio.get_running_loop().create_task(self._connect())

    def data_received(self, data: bytes) -> None:
        try:
            self._events.extend(self._scanner.feed(data))
        except CommandError as error:
            self._refuse(str(error))
            return
        self._advance()

    def eof_received(self) -> bool:
        self._ended = True
        self._end_when_done()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._server is not None:
            self._server.transport.close()

    def pause_writing(self) -> None:
        if self._server is not None:
            self._server.hold(client=True)

    def resume_writing(self) -> None:
        if self._server is not None:
            self._server.hold(client=False)

    # ------------------------------------------------------------ the other side's calls
    def relay(self, data: bytes) -> None:
        """Write what the server sent."""
        if data:
            self._synced = False
            self.transport.write(data)

    def server_gone(self) -> None:
        """The server closed the connection: so do we."""
        if self._task is not None:
            self._task.cancel()
        self.transport.close()

    def throttle(self, paused: bool) -> None:
        """The server reads slowly: stop reading from the client meanwhile."""
        self._throttled = paused
        self._set_reading()

    # ------------------------------------------------------------ working through commands
    async def _connect(self) -> None:
        try:
            self._server = await self._address.connect(lambda: ServerSide(self))
        except OSError:
            self._refuse("LOADING the redis-server behind redis_local is away and is being restarted")
            return
        self._task = None
        self._set_reading()
        self._advance()

    def _end_when_done(self) -> None:
        if self._ended and self._server is not None and self._task is None and not self._events:
            self._server.end()

    def _refuse(self, message: str) -> None:
        self.transport.write(encode_error(message))
        self.transport.close()

    def _set_reading(self) -> None:
        if self.transport.is_closing():
            return
        if self._throttled or self._task is not None:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def _advance(self) -> None:
        server = self._server
        if server is None:
            return
        while self._events and self._task is None:
            event = self._events.popleft()
            if isinstance(event, bytes):
                self._synced = False
                server.transport.write(event)
            elif _answered_here(event):
                self._task = asyncio.get_running_loop().create_task(self._answer(event, server))
                self._task.add_done_callback(self._answered)
                self._set_reading()
            else:
                self.session.note(event.words)
                self._synced = False
                server.transport.write(event.raw)
                if event.words[0].upper() == b"SWAPDB":
                    self._catalog.reread()
        self._end_when_done()

    def _answered(self, task: "asyncio.Task[None]") -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()):
            log.error("a command failed: %r", error, exc_info=error)
            self.transport.close()
        elif not self.transport.is_closing():
            self._set_reading()
            self._advance()

    async def _answer(self, command: Captured, server: "ServerSide") -> None:
        name = command.words[0].decode(errors="replace").upper()
        session = self.session
        silent = session.replies in ("OFF", "SKIP")
        outcome = Outcome.PASSED
        if session.replies == "SKIP":
            session.replies = "ON"
            server.transport.write(b"*1\r\n$4\r\nPING\r\n")
            outcome = await server.fence(session.queuing)
        elif session.replies != "OFF" and (session.queuing or not self._synced):
            outcome = await server.fence(session.queuing)
        try:
            if outcome is Outcome.PASSED:
                reply = await self._reply(command)
            elif outcome is Outcome.QUEUING:
                reply = encode_error(_IN_MULTI.format(name=name))
            elif outcome is Outcome.SUBSCRIBED:
                reply = encode_error(_IN_SUBSCRIBER.format(name=name.lower()))
            else:
                reply = b""
            if not silent and not self.transport.is_closing():
                self.transport.write(reply)
            self._synced = outcome is Outcome.PASSED
        finally:
            server.release()

    async def _reply(self, command: Captured) -> bytes:
        context = Context(self._catalog, self._address, self.session.protocol, self.session.database)
        try:
            return encode(await execute(context, command.words), self.session.protocol)
        except CommandError as error:
            return encode_error(error)
        except RecursionError:
            return encode_error("ERR the query is nested too deeply")
        except Exception as error:
            log.exception("%s failed", command.words[0])
            return encode_error(f"ERR redis_local failed on this command: {type(error).__name__}: {error}")


class ServerSide(asyncio.Protocol):
    """The connection to the redis-server that belongs to one client."""

    def __init__(self, client: ClientSide) -> None:
        self._client = client
        self._fence: Fence | None = None
        self._passed: asyncio.Future[Outcome] | None = None
        self._after = b""
        self._client_slow = False
        self._holding = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(_HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        if self._holding:
            self._after += data
            return
        if self._fence is None:
            self._client.relay(data)
            return
        relayed, after = self._fence.feed(data)
        self._client.relay(relayed)
        if (outcome := self._fence.outcome) is not None:
            self._fence = None
            self._holding, self._after = True, after
            self._set_reading()
            if self._passed is not None and not self._passed.done():
                self._passed.set_result(outcome)

    def connection_lost(self, error: Exception | None) -> None:
        self._client.server_gone()

    def pause_writing(self) -> None:
        self._client.throttle(True)

    def resume_writing(self) -> None:
        self._client.throttle(False)

    def end(self) -> None:
        """The client will send no more: let the server answer what it has and close."""
        if self.transport.can_write_eof():
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

    async def fence(self, queuing: bool) -> Outcome:
        """Wait until everything sent before is answered and relayed; later replies are held until ``release``."""
        self._fence = Fence(queuing=queuing)
        self._passed = asyncio.get_running_loop().create_future()
        self.transport.write(self._fence.request)
        return await self._passed

    def release(self) -> None:
        """Relay what came after the fence, and go on."""
        self._holding = False
        after, self._after = self._after, b""
        if after:
            self._client.relay(after)
        self._set_reading()
