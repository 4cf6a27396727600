"""The proxy: a connection to the redis-server for every client, and FT.* answered in between.

Bytes flow straight through in both directions. When either side reads slower than the other writes, reading from
the other stops (``pause_reading``), and FT.* waits too, so that nothing piles up here. FT.* is run only after a fence was
answered on the client's own connection, whatever state that is in: redis-server alone decides who may run commands. The
module is long because both directions of a connection stop and go on together.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Coroutine
from typing import Any, cast

from .answers import answer
from .catalog import Catalog
from .context import Context
from .fence import Fence, Outcome
from .link import Address
from .resp import encode_error
from .scanner import Captured, CommandScanner, Refusal
from .server_side import HIGH_WATER, ServerSide
from .session import NOTED, Session

log = logging.getLogger(__name__)

MAX_UNVETTED = 16 * 1024
"""Bytes of a command that are kept for a client of which is not known yet that it may run commands."""

MAX_AHEAD = 64 * 1024
"""Bytes that a client may send ahead of the command that is being answered. Only who goes on reading hears that it left."""

_LAST_SECONDS = 5.0
_FROM_BROWSERS = {b"POST", b"HOST:"}
_ALSO_HERE = {(b"MODULE", b"LIST"), (b"COMMAND", b"INFO")}
_CAPTURED = NOTED | _FROM_BROWSERS | {name for name, _ in _ALSO_HERE}
_PING = b"*1\r\n$4\r\nPING\r\n"
_MUTE = b"*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$3\r\nOFF\r\n"
_IN_MULTI = "ERR {name} is not supported inside MULTI by redis_local: it is answered outside redis-server"
_IN_SUBSCRIBER = "ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"


def _to_capture(name: bytes) -> bool:
    return name.startswith(b"FT.") or name in _CAPTURED


def _size(event: bytes | Captured | Refusal) -> int:
    if isinstance(event, Refusal):
        return 0
    return len(event if isinstance(event, bytes) else event.raw)


def _answered_here(command: Captured) -> bool:
    name = command.words[0].upper()
    return name.startswith(b"FT.") or (name, b"".join(command.words[1:2]).upper()) in _ALSO_HERE


class ClientSide(asyncio.Protocol):
    """A client's connection."""

    def __init__(self, catalog: Catalog, address: Address) -> None:
        self._catalog = catalog
        self._address = address
        self._scanner = CommandScanner(_to_capture)
        self._events: deque[bytes | Captured | Refusal] = deque()
        self._ahead = 0
        self.session = Session()
        self._server: ServerSide | None = None
        self._task: asyncio.Task[None] | None = None
        self._synced = False
        self._vetted = False
        self._server_slow = False
        self._slow = False
        self._ended = False
        self._refused = False
        self._refusal = ""
        self.transport: asyncio.Transport

    # ------------------------------------------------------------ asyncio's calls
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(HIGH_WATER)
        self.transport.pause_reading()
        self._task = asyncio.get_running_loop().create_task(self._connect())

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        for event in self._scanner.feed(data):
            self._events.append(event)
            self._ahead += _size(event)
        self._advance()
        if self._task is not None:
            self._set_reading()

    def eof_received(self) -> bool:
        if self._refused:
            return False
        self._ended = True
        self._end_when_done()
        asyncio.get_running_loop().call_later(_LAST_SECONDS, self._abandon)
        return True

    def _abandon(self) -> None:
        """The client sent its last long ago: a fence without an answer would keep the connection for ever."""
        if self._server is not None and self._server.fencing:
            self.transport.abort()
        elif self._task is not None:
            asyncio.get_running_loop().call_later(_LAST_SECONDS, self._abandon)

    def connection_lost(self, error: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()
        if self._server is not None:
            self._server.transport.close()

    def pause_writing(self) -> None:
        self._set_slow(True)

    def resume_writing(self) -> None:
        self._set_slow(False)
        self._advance()

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
        if self._refused:
            return
        if self._refusal:
            self._refuse(self._refusal)
        else:
            self.transport.close()

    def throttle(self, paused: bool) -> None:
        """The server reads slowly: stop reading from the client meanwhile."""
        self._server_slow = paused
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
        if self._ended and not self._refused and self._server is not None and self._task is None and not self._events:
            self._server.end()

    def _refuse(self, message: str) -> None:
        """Answer for the last time. What the client still sends is dropped unread, so that it can read the answer."""
        self._refused = True
        self._events.clear()
        if self._server is not None:
            self._server.transport.abort()
        if not self.transport.is_closing():
            self.transport.write(encode_error(message))
            self.transport.write_eof()
            self.transport.resume_reading()
            asyncio.get_running_loop().call_later(_LAST_SECONDS, self.transport.abort)

    def _set_slow(self, slow: bool) -> None:
        self._slow = slow
        if self._server is not None:
            self._server.hold(client=slow)
        self._set_reading()

    def _set_reading(self) -> None:
        if self.transport.is_closing() or self._refused:
            return
        full = self._task is not None and self._ahead + self._scanner.pending > MAX_AHEAD
        if self._server_slow or self._slow or full:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    def _advance(self) -> None:
        server = self._server
        if server is None:
            return
        while self._events and self._task is None and not self._slow and not self.transport.is_closing():
            event = self._events.popleft()
            self._ahead -= _size(event)
            self._take(event, server)
        if (
            self._task is None
            and not self._refused
            and not self._events
            and not self._vetted
            and self._scanner.pending > MAX_UNVETTED
        ):
            self._start(self._vet(server))
        self._end_when_done()

    def _take(self, event: bytes | Captured | Refusal, server: ServerSide) -> None:
        if isinstance(event, bytes):
            self._synced = self.session.skipping = False
            server.transport.write(event)
        elif isinstance(event, Refusal):
            self._start(self._refuse_in_order(event.message, server))
        elif event.words[0].upper() in _FROM_BROWSERS:
            log.warning("a client spoke HTTP: a web page may be attacking this Redis; its connection was closed")
            self.transport.abort()
        elif _answered_here(event):
            self._start(self._answer(event, server))
        else:
            self._relay_noted(event, server)

    def _relay_noted(self, command: Captured, server: ServerSide) -> None:
        """Pass on a command that may change how FT.* is answered."""
        words, session = command.words, self.session
        name = words[0].upper()
        self._synced = False
        if name == b"MULTI" and not (self._vetted or session.queuing or session.skipping):
            self._start(self._relay_multi(command, server))
            return
        if session.doubtful(words) and not session.skipping:
            self._start(self._relay_doubtful(command, server))
            return
        server.transport.write(command.raw)
        session.note(words)
        if name == b"SWAPDB":
            self._catalog.reread()
        elif name == b"RESET":
            self._vetted = False

    async def _relay_doubtful(self, command: Captured, server: ServerSide) -> None:
        """Pass on a command, and follow it unless its reply is an error."""
        session, words = self.session, command.words
        server.transport.write(command.raw)
        fence = await server.fence(muted=session.muted or session.after(words).muted)
        if fence.after_error:
            session.note_refusal(words)
        else:
            session.note(words)
        session.muted = fence.muted
        if fence.muted:
            server.transport.write(_MUTE)
        server.release()

    async def _relay_multi(self, command: Captured, server: ServerSide) -> None:
        """Pass on MULTI of a client that may have to authenticate first; within MULTI it is too late to ask."""
        fence = await self._fence(server)
        if fence.muted:
            server.transport.write(_MUTE)
        server.transport.write(command.raw)
        self._vetted = fence.outcome is Outcome.PASSED
        if self._vetted:
            self.session.note(command.words)
        server.release()

    async def _refuse_in_order(self, message: str, server: ServerSide) -> None:
        """Refuse what cannot be followed once everything before it is answered.

        The server may have been sent the beginning of it, and close the connection instead of answering a fence.
        """
        self._refusal = message
        if not (self.session.muted and self.session.queuing):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._fence(server), _LAST_SECONDS)
        self._refuse(message)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(self._done)
        self._set_reading()

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._task = None
        if not task.cancelled() and (error := task.exception()):
            log.error("a command failed: %r", error, exc_info=error)
            self.transport.close()
        elif not self.transport.is_closing():
            self._set_reading()
            self._advance()

    async def _vet(self, server: ServerSide) -> None:
        """A long command is on its way: take no more of it from somebody who may not run it."""
        passed = False
        if not (self.session.muted and self.session.queuing):
            fence = await self._fence(server)
            if fence.muted:
                server.transport.write(_MUTE)
            server.release()
            passed = fence.outcome is Outcome.PASSED
        self._vetted = passed
        if not passed:
            self._refuse(f"ERR a command of more than {MAX_UNVETTED} bytes from a client that may not run it now")

    async def _fence(self, server: ServerSide) -> Fence:
        """Ask the server where the connection stands; it must be muted again where it was."""
        session = self.session
        if session.skipping:
            session.skipping = False
            server.transport.write(_PING)
        fence = await server.fence(muted=session.muted and not session.queuing)
        if fence.outcome is Outcome.QUEUING:
            session.queuing = True
        else:
            if session.queuing:  # the server refused MULTI, and ran what came after it
                session.note((b"EXEC",))
            session.muted = fence.muted
        return fence

    async def _answer(self, command: Captured, server: ServerSide) -> None:
        session = self.session
        if session.muted and session.queuing:  # nothing would be answered: make EXEC abort, and run nothing
            server.transport.write(Fence().request)
            return
        silent, outcome, refusal = session.skipping, Outcome.PASSED, b""
        if session.muted or session.skipping or session.queuing or not self._synced:
            fence = await self._fence(server)
            outcome, refusal = fence.outcome or Outcome.REFUSED, fence.refusal
        try:
            reply = refusal or await self._reply(command, outcome)
            if not (silent or session.muted or self.transport.is_closing()):
                self.transport.write(reply)
            passed = outcome is Outcome.PASSED
            self._synced, self._vetted = passed and not session.muted, self._vetted or passed
            if session.muted:
                server.transport.write(_MUTE)
        finally:
            server.release()

    async def _reply(self, command: Captured, outcome: Outcome) -> bytes:
        name = command.words[0].decode(errors="replace").upper()
        if outcome is Outcome.PASSED:
            context = Context(self._catalog, self._address, self.session.protocol, self.session.database)
            return await answer(context, command.words)
        if outcome is Outcome.QUEUING:
            return encode_error(_IN_MULTI.format(name=name))
        if outcome is Outcome.SUBSCRIBED:
            return encode_error(_IN_SUBSCRIBER.format(name=name.lower()))
        return b""
