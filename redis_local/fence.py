"""Finds the point in a server's reply stream at which all earlier commands are answered.

No I/O here. Replies are relayed unread, so before redis_local may write a reply of its own it sends a PING with a
random text on the client's connection, and a command whose random name no server knows: the first answers in every
state in which the client may run commands, the second in every state at all. Both answers are cut out of the stream.
If only the second comes, what was answered to the PING was ``QUEUED``, and the unknown name makes EXEC abort as it does
in Redis; or it was a refusal (NOAUTH, NOPERM, …), with which the client's own command is answered. So a fence learns
from the server in which state a connection is.

A client that switched replies off (CLIENT REPLY OFF) would leave a fence without an answer: replies are switched on
before it. That answers OK where they were off; where the server never took the client's OFF it answers an error, and
replies are on.
"""

import secrets
from enum import Enum


class Outcome(Enum):
    """What the fence found out about the connection."""

    PASSED = "the client may run commands now"
    REFUSED = "the server refuses, as the fence's ``refusal`` says"
    SUBSCRIBED = "the connection is in RESP2 subscriber mode"
    QUEUING = "the connection is within MULTI"


_SUBSCRIBED = b"*2\r\n$4\r\npong\r\n"
_SWITCH_ON = b"*3\r\n$6\r\nCLIENT\r\n$5\r\nREPLY\r\n$2\r\nON\r\n"
_SWITCHED = b"+OK\r\n"
_QUEUED = b"+QUEUED\r\n"
_TAIL = 512
"""Bytes held back while the fence is looked for: more than the answers to all that a fence sends."""


class Fence:
    """One fence in one reply stream.

    Args:
        muted: whether the client, outside MULTI, switched replies off. Once there is an outcome, the attribute says
            whether they really were; they are on now.

    Attributes:
        refusal: what the server answers to commands, where the outcome is that it refuses.
        after_error: whether the last reply before the fence was an error.
    """

    def __init__(self, *, muted: bool = False) -> None:
        self.muted = muted
        self.refusal = b""
        self.after_error = False
        token = secrets.token_hex(16).encode()
        self._answer = b"$32\r\n" + token + b"\r\n"
        name = secrets.token_hex(16).encode()
        self._unknown = name
        self._buffer = b""
        self._state: Outcome | None = None
        self.outcome: Outcome | None = None
        ping = b"*2\r\n$4\r\nPING\r\n$32\r\n" + token + b"\r\n"
        switch = _SWITCH_ON if self.muted else b""
        self.request = switch + ping + b"*1\r\n$32\r\n" + name + b"\r\n"

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
                relayed, self._buffer = self._without_switch(before), after
        at = self._buffer.find(self._unknown)
        end = self._buffer.find(b"\r\n", at) + 2 if at >= 0 else 0
        if end > at + 2:
            before, after = self._buffer[: self._buffer.rfind(b"\n", 0, at) + 1], self._buffer[end:]
            if self._state is None:
                before = self._without_reply_to_ping(before)
            self.outcome = self._state
            return relayed + before, after
        if len(self._buffer) > _TAIL:
            relayed, self._buffer = relayed + self._buffer[:-_TAIL], self._buffer[-_TAIL:]
        return relayed, b""

    def _without_switch(self, before: bytes) -> bytes:
        """Cut out the answer to the switch, the last line, if there was one, and learn from it whether replies were off."""
        if self.muted:
            before, answer = _last_line(before)
            self.muted = answer == _SWITCHED
        self.after_error = not self.muted and _last_line(before)[1].startswith(b"-")
        return before

    def _without_reply_to_ping(self, before: bytes) -> bytes:
        """The same where the PING was queued or refused, which comes after it."""
        before, reply = _last_line(before)
        self._state = Outcome.QUEUING if reply == _QUEUED else Outcome.REFUSED
        self.refusal = reply if self._state is Outcome.REFUSED else b""
        return self._without_switch(before)


def _last_line(replies: bytes) -> tuple[bytes, bytes]:
    """What is before the last line, and that line."""
    cut = replies.rfind(b"\r\n", 0, -2) + 2 if replies.count(b"\r\n") > 1 else 0
    return replies[:cut], replies[cut:]
