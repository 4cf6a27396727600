"""A cursor over a command's arguments."""

from collections.abc import Sequence

from .errors import CommandError
from .numerals import parse_number

_LONGEST_INTEGER = 19  # digits of the largest whole number that Redis reads


def text(raw: bytes) -> str:
    """Bytes as text that can be turned back into the same bytes."""
    return raw.decode(errors="surrogateescape")


class Arguments:
    """Reads arguments from left to right; truthy while some are left."""

    def __init__(self, args: Sequence[bytes]) -> None:
        self._args = args
        self._next = 0

    def __bool__(self) -> bool:
        return self._next < len(self._args)

    @property
    def position(self) -> int:
        """How many arguments were read."""
        return self._next

    @property
    def left(self) -> int:
        """How many arguments were not read yet."""
        return len(self._args) - self._next

    def between(self, start: int, end: int | None = None) -> Sequence[bytes]:
        """The arguments from one position to another, read or not."""
        return self._args[start:end]

    def raw(self, option: str = "command") -> bytes:
        """The next argument as it is."""
        if not self:
            raise CommandError(f"Bad arguments for {option}: Expected an argument, but none provided")
        self._next += 1
        return self._args[self._next - 1]

    def text(self, option: str = "command") -> str:
        """The next argument as text."""
        return text(self.raw(option))

    def word(self) -> str:
        """The next argument in upper case."""
        return self.text().upper()

    def peek(self, *words: str) -> bool:
        """Whether the next argument is one of these words, in any case."""
        return bool(self) and text(self._args[self._next]).upper() in words

    def skip(self) -> None:
        self._next += 1

    def integer(self, option: str) -> int:
        """The next argument as a whole number, 0 or more, of 64 bits at the most."""
        value = self.raw(option)
        if not value.isdigit() or len(value) > _LONGEST_INTEGER or int(value) >= 2**63:
            raise CommandError(f"Bad arguments for {option}: Could not convert argument to expected type")
        return int(value)

    def number(self, option: str) -> float:
        """The next argument as a number."""
        try:
            return parse_number(self.raw(option))
        except ValueError:
            raise CommandError(f"Bad arguments for {option}: Could not convert argument to expected type") from None

    def rest(self) -> list[str]:
        """All arguments that are left, as text."""
        words, self._next = self._args[self._next :], len(self._args)
        return [text(word) for word in words]

    def counted(self, option: str) -> list[str]:
        """``n value₁ … valueₙ``"""
        return [text(value) for value in self.counted_raw(option)]

    def counted_raw(self, option: str) -> list[bytes]:
        """``n value₁ … valueₙ``, as bytes."""
        count = self.integer(option)
        if count > len(self._args) - self._next:
            raise CommandError(f"Bad arguments for {option}: Expected an argument, but none provided")
        values = list(self._args[self._next : self._next + count])
        self._next += count
        return values
