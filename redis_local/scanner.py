"""Finds commands in a client's byte stream without holding on to what is only passing through.

No I/O here: bytes go in, events come out. Commands are RESP arrays of bulk strings, or inline lines
(https://redis.io/docs/latest/develop/reference/protocol-spec/). The bytes of a command that nobody asked to
capture are handed on as they arrive, so a value of any size costs no memory.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .errors import CommandError

MAX_CAPTURED = 64 * 2**20
"""Bytes that a captured command may have."""

_LONGEST_NAME = 32
_LONGEST_LINE = 64 * 1024

_SHORT = {b"$%d\r\n" % length: len(b"$%d\r\n" % length) + length + 2 for length in range(100)}
"""Bytes of a short argument, by its header: most arguments are short, and a look-up is several times faster than int()."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A whole command of a name that was asked for: its words, and the bytes it came as."""

    words: tuple[bytes, ...]
    raw: bytes


class CommandScanner:
    """Splits a stream into bytes to relay and captured commands, in order.

    Args:
        wanted: says of a command name in upper case whether to capture it.
    """

    def __init__(self, wanted: Callable[[bytes], bool]) -> None:
        self._wanted = wanted
        self._held = b""
        self._skip = 0
        self._arguments_left = 0
        self._capture: _Capture | None = None
        self._lost = False

    def feed(self, data: bytes) -> list[bytes | Captured]:
        """Take in bytes and return what they complete.

        Raises:
            CommandError: a captured command is larger than ``MAX_CAPTURED``.
        """
        if self._lost:
            return [data]
        if self._held:
            data, self._held = self._held + data, b""
        events: list[bytes | Captured] = []
        position = start = 0
        end = len(data)
        while position < end:
            if self._capture is not None:
                position = start = self._capture.feed(data, position)
                if not self._capture.whole:
                    break
                events.append(self._capture.captured())
                self._capture = None
                continue
            if self._skip:
                step = min(self._skip, end - position)
                self._skip -= step
                position += step
                continue
            if self._arguments_left:
                position, complete = self._skip_arguments(data, position)
                if not complete:
                    break
                continue
            found = self._begin(data, position)
            if found is None:
                break
            if isinstance(found, int):
                position = found
                continue
            if position > start:
                events.append(data[start:position])
            if isinstance(found, _Capture):
                self._capture = found
            else:
                events.append(found)
                position += len(found.raw)
            start = position
        if position > start:
            events.append(data[start:position])
        self._held = data[position:]
        return events

    def _skip_arguments(self, data: bytes, position: int) -> tuple[int, bool]:
        """Step over arguments; False if a header is not complete yet."""
        left, find, size, short = self._arguments_left, data.find, len(data), _SHORT.get
        while left and position < size:
            if step := short(data[position : position + 4]) or short(data[position : position + 5]):
                position += step
                left -= 1
                continue
            line = find(b"\r\n", position, position + 32)
            if line < 0:
                if size - position > 32:
                    return self._give_up(data), True
                self._arguments_left = left
                return position, False
            try:
                position = line + 4 + int(data[position + 1 : line])
            except ValueError:
                return self._give_up(data), True
            left -= 1
        self._arguments_left = left
        if position > size:
            self._skip = position - size
            position = size
        return position, True

    def _give_up(self, data: bytes) -> int:
        """The stream is not RESP: let the server say so."""
        self._lost = True
        self._arguments_left = 0
        self._skip = len(data)
        return len(data)

    def _begin(self, data: bytes, position: int) -> "int | _Capture | Captured | None":
        """Look at the start of a command: the position after it, or its capture, or None for more bytes."""
        line = data.find(b"\n", position)
        if line < 0:
            return self._give_up(data) if len(data) - position > _LONGEST_LINE else None
        if data[position] != 0x2A:
            return self._inline(data[position : line + 1], line + 1)
        try:
            count = int(data[position + 1 : line])
        except ValueError:
            return self._give_up(data)
        if count <= 0:
            return line + 1
        header = data.find(b"\r\n", line + 1, line + 34)
        if header < 0:
            return self._give_up(data) if len(data) - line > 34 else None
        try:
            length = int(data[line + 2 : header])
        except ValueError:
            return self._give_up(data)
        if length <= _LONGEST_NAME:
            if len(data) < header + 2 + length:
                return None
            if self._wanted(data[header + 2 : header + 2 + length].upper()):
                return _Capture(count, data[position : line + 1])
        self._arguments_left = count
        return line + 1

    def _inline(self, raw: bytes, after: int) -> "int | Captured":
        words = tuple(raw.split())
        if words and self._wanted(words[0].upper()):
            return Captured(words, raw)
        return after


class _Capture:
    """A command being collected, resumable at any byte."""

    def __init__(self, count: int, header: bytes) -> None:
        self._left = count
        self._words: list[bytes] = []
        self._raw = [header]
        self._size = len(header)
        self._skip_header = len(header)

    @property
    def whole(self) -> bool:
        return not self._left

    def captured(self) -> Captured:
        return Captured(tuple(self._words), b"".join(self._raw))

    def feed(self, data: bytes, position: int) -> int:
        """Take the arguments that are complete and return the position after them."""
        position += self._skip_header
        self._skip_header = 0
        while self._left:
            line = data.find(b"\r\n", position)
            if line < 0:
                return self._later(data, position)
            try:
                length = int(data[position + 1 : line])
            except ValueError:
                raise CommandError("ERR Protocol error: invalid bulk length") from None
            if length < 0 or data[position : position + 1] != b"$":
                raise CommandError("ERR Protocol error: expected '$'")
            self._check(self._size + length)
            after = line + 4 + length
            if after > len(data):
                return self._later(data, position)
            self._words.append(data[line + 2 : line + 2 + length])
            self._raw.append(data[position:after])
            self._size += after - position
            self._left -= 1
            position = after
        return position

    def _later(self, data: bytes, position: int) -> int:
        """An argument is incomplete: the scanner keeps it and comes again with more."""
        self._check(self._size + len(data) - position)
        return position

    @staticmethod
    def _check(size: int) -> None:
        if size > MAX_CAPTURED:
            raise CommandError(f"ERR a command of more than {MAX_CAPTURED} bytes is too large for redis_local")
