"""Finds commands in a client's byte stream without holding on to what is only passing through.

No I/O here: bytes go in, events come out. Commands are RESP arrays of bulk strings, or inline lines
(https://redis.io/docs/latest/develop/reference/protocol-spec/). The bytes of a command that nobody asked to
capture are handed on as they arrive, so a value of any size costs no memory. Every length is checked before anything
is kept; a stream that is not RESP is handed on as it is, for the server to refuse, and no command is captured from it
any more. The module is long because what passes through and what is captured are read in one loop, which every byte of
every client goes through.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .errors import CommandError

MAX_CAPTURED = 4 * 2**20
"""Bytes that a captured command may have."""

MAX_WORDS = 20_000
"""Words that a captured command may have."""

_LONGEST_NAME = 32
_LONGEST_LINE = 64 * 1024
_LONGEST_HEADER = 32
_MOST_HEADS = 50
_MOST_ARGUMENTS = 2**31 - 1
_LONGEST_ARGUMENT = 512 * 2**20

_SHORT = {b"$%d\r\n" % length: len(b"$%d\r\n" % length) + length + 2 for length in range(100)}
"""Bytes of a short argument, by its header: most arguments are short, and a look-up is several times faster than int()."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A whole command of a name that was asked for: its words, and the bytes it came as."""

    words: tuple[bytes, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """The stream cannot be followed any further: the RESP error to answer with before the connection is closed."""

    message: str


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
        self._refused = False
        self._plain_heads: dict[bytes, int] = {}

    @property
    def pending(self) -> int:
        """Bytes kept of a command that is not complete yet."""
        return len(self._held) + (self._capture.size if self._capture is not None else 0)

    def feed(self, data: bytes) -> list[bytes | Captured | Refusal]:
        """Take in bytes and return what they complete.

        A command to capture that has more than ``MAX_CAPTURED`` bytes or ``MAX_WORDS`` words, or is not RESP, is a
        :class:`Refusal`; what comes after it is dropped.
        """
        if self._lost:
            return [data]
        events: list[bytes | Captured | Refusal] = []
        if not self._refused:
            try:
                self._scan(data, events)
            except CommandError as error:
                self._refused = True
                self._held, self._capture = b"", None
                events.append(Refusal(str(error)))
        return events

    def _scan(self, data: bytes, events: list[bytes | Captured | Refusal]) -> None:
        if self._held:
            data, self._held = self._held + data, b""
        position = start = 0
        end, find, heads = len(data), data.find, self._plain_heads
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
            after = find(b"\n", find(b"\n", find(b"\n", position) + 1) + 1) + 1
            if (arguments := heads.get(data[position:after])) is not None:
                position, self._arguments_left = after, arguments
                continue
            beginning = self._begin(data, position)
            if beginning is None:
                break
            if isinstance(beginning, int):
                position = beginning
                continue
            if position > start:
                events.append(data[start:position])
            position = start = position + self._collect(beginning, events)
        if position > start:
            events.append(data[start:position])
        self._held = data[position:]

    def _collect(self, beginning: "_Head | Captured", events: list[bytes | Captured | Refusal]) -> int:
        """Begin to capture a command, or take an inline one, which is whole; the bytes that were taken."""
        if isinstance(beginning, Captured):
            events.append(beginning)
            return len(beginning.raw)
        self._capture = _Capture(beginning)
        return 0

    def _skip_arguments(self, data: bytes, position: int) -> tuple[int, bool]:
        """Step over arguments; False if a header is not complete yet."""
        left, find, size, short = self._arguments_left, data.find, len(data), _SHORT.get
        while left and position < size:
            if step := short(data[position : position + 4]) or short(data[position : position + 5]):
                position += step
                left -= 1
                continue
            line = find(b"\r\n", position, position + _LONGEST_HEADER)
            if line < 0:
                if size - position > _LONGEST_HEADER:
                    return self._give_up(data), True
                self._arguments_left = left
                return position, False
            length = _bulk_length(data[position:line])
            if length is None:
                return self._give_up(data), True
            position = line + 4 + length
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

    def _begin(self, data: bytes, position: int) -> "int | _Head | Captured | None":
        """Look at the start of a command: the position after it, the head of one to capture, or None for more bytes."""
        line = data.find(b"\n", position)
        if line < 0:
            return self._give_up(data) if len(data) - position > _LONGEST_LINE else None
        if data[position] != 0x2A:
            if data.find(b"\0", position, line) >= 0:  # Redis looks for the end of the line no further than here
                return self._give_up(data)
            return self._inline(data[position : line + 1], line + 1)
        count = _array_length(data[position:line])
        if count is None:
            return self._give_up(data)
        if count <= 0:
            return line + 1
        header = data.find(b"\r\n", line + 1, line + 2 + _LONGEST_HEADER)
        if header < 0:
            return self._give_up(data) if len(data) - line > 2 + _LONGEST_HEADER else None
        length = _bulk_length(data[line + 1 : header])
        if length is None:
            return self._give_up(data)
        if length <= _LONGEST_NAME:
            if len(data) < header + 2 + length:
                return None
            if self._wanted(data[header + 2 : header + 2 + length].upper()):
                return _Head(count, data[position : line + 1])
            self._remember_head(data[position : header + 4 + length], count - 1)
        self._arguments_left = count
        return line + 1

    def _remember_head(self, head: bytes, arguments: int) -> None:
        """What begins like this is not to be captured: found again, it need not be read."""
        if len(self._plain_heads) < _MOST_HEADS and head.count(b"\n") == 3 and head.endswith(b"\r\n"):
            self._plain_heads[head] = arguments

    def _inline(self, raw: bytes, after: int) -> "int | Captured":
        words = tuple(raw.split())
        if words and self._wanted(words[0].upper()):
            return Captured(words, raw)
        return after


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line of a command to capture."""

    words: int
    line: bytes


class _Capture:
    """A command being collected, resumable at any byte.

    Raises:
        CommandError: it has too many words.
    """

    def __init__(self, head: _Head) -> None:
        if head.words > MAX_WORDS:
            raise CommandError(f"ERR a command of more than {MAX_WORDS} words is too long for redis_local")
        self._left = head.words
        self._words: list[bytes] = []
        self._raw = [head.line]
        self._head_left = len(head.line)
        self._partial = bytearray()
        self._missing = 0
        self.size = len(head.line)

    @property
    def whole(self) -> bool:
        return not self._left

    def captured(self) -> Captured:
        return Captured(tuple(self._words), b"".join(self._raw))

    def feed(self, data: bytes, position: int) -> int:
        """Take what is there of the arguments and return the position after it; the head of an argument comes again."""
        position += self._head_left
        self._head_left = 0
        end = len(data)
        while self._left:
            if not self._missing:
                head = 4 if (step := _SHORT.get(data[position : position + 4])) else 5
                if (step or (step := _SHORT.get(data[position : position + 5]))) and position + step <= end:
                    self._expect(step)
                    self._raw.append(data[position : position + step])
                    self._words.append(data[position + head : position + step - 2])
                    position += step
                    self._left -= 1
                    continue
                line = data.find(b"\r\n", position, position + _LONGEST_HEADER)
                if line < 0 and len(data) - position <= _LONGEST_HEADER:
                    return position
                length = _bulk_length(data[position:line]) if line >= 0 else None
                if length is None:
                    raise CommandError("ERR Protocol error: expected '$' and the length of an argument")
                self._expect(line + 4 - position + length)
                self._raw.append(data[position : line + 2])
                self._missing = length + 2
                position = line + 2
            piece = data[position : position + self._missing]
            self._missing -= len(piece)
            position += len(piece)
            if self._missing or self._partial:
                self._partial += piece
                if self._missing:
                    return position
                piece = bytes(self._partial)
                self._partial.clear()
            self._raw.append(piece)
            self._words.append(piece[:-2])
            self._left -= 1
        return position

    def _expect(self, size: int) -> None:
        self.size += size
        if self.size > MAX_CAPTURED:
            raise CommandError(f"ERR a command of more than {MAX_CAPTURED} bytes is too large for redis_local")


def _bulk_length(header: bytes) -> int | None:
    """``$12`` as 12; None where Redis would refuse it."""
    digits = header[1:]
    if header[:1] != b"$" or not digits.isdigit() or len(digits) > 10 or (length := int(digits)) > _LONGEST_ARGUMENT:
        return None
    return length


def _array_length(line: bytes) -> int | None:
    """``*12\\r`` as 12, a negative number as 0 (Redis skips both alike); None where Redis would refuse it."""
    if line[-1:] != b"\r":
        return None
    digits = line[1:-1].removeprefix(b"-")
    if not digits.isdigit() or len(digits) > 10 or (count := int(digits)) > _MOST_ARGUMENTS:
        return None
    return 0 if line[1:2] == b"-" else count
