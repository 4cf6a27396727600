"""Finds the point in a server's reply stream at which all earlier commands are answered.

No I/O here. Replies are relayed unread, so before redis_local may write a reply of its own it sends a PING with a
random text on the client's connection, and a command whose random name no server knows: the first answers in every
state in which the client may run commands, the second in every state at all. Both answers are cut out of the stream.
If only the second comes, the answer to the PING was a refusal (NOAUTH, NOPERM, …), and this is relayed as the reply
to the client's own command. Within MULTI only the unknown name is sent, so that EXEC aborts as it does in Redis.
"""

import re
import secrets
from enum import Enum


class Outcome(Enum):
    """What the fence found out about the connection."""

    PASSED = "the client may run commands now"
    REFUSED = "the server refused, and its refusal was relayed"
    SUBSCRIBED = "the connection is in RESP2 subscriber mode"
    QUEUING = "the connection is within MULTI"


_SUBSCRIBED = b"*2\r\n$4\r\npong\r\n"
_TAIL = 160


class Fence:
    """One fence in one reply stream.

    Args:
        queuing: whether the connection is within MULTI.
    """

    def __init__(self, *, queuing: bool) -> None:
        self._queuing = queuing
        token = secrets.token_hex(16).encode()
        self._answer = b"$32\r\n" + token + b"\r\n"
        name = secrets.token_hex(16).encode()
        self._unknown = re.compile(rb"-[^\r\n]*" + name + rb"[^\r\n]*\r\n")
        self._buffer = b""
        self._state: Outcome | None = Outcome.QUEUING if queuing else None
        self.outcome: Outcome | None = None
        ping = b"*2\r\n$4\r\nPING\r\n$32\r\n" + token + b"\r\n"
        self.request = (b"" if queuing else ping) + b"*1\r\n$32\r\n" + name + b"\r\n"

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Take in reply bytes.

        Returns:
            What to relay now, and, once ``outcome`` is set, what came after the fence.
        """
        self._buffer += data
        relayed = b""
        if self._state is None:
            before, answer, after = self._buffer.partition(self._answer)
            if answer:
                self._state = Outcome.PASSED
                if before.endswith(_SUBSCRIBED):
                    self._state, before = Outcome.SUBSCRIBED, before.removesuffix(_SUBSCRIBED)
                relayed, self._buffer = before, after
        if match := self._unknown.search(self._buffer):
            self.outcome = self._state or Outcome.REFUSED
            return relayed + self._buffer[: match.start()], self._buffer[match.end() :]
        if len(self._buffer) > _TAIL:
            relayed, self._buffer = relayed + self._buffer[:-_TAIL], self._buffer[-_TAIL:]
        return relayed, b""
