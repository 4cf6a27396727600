"""Replies as texts and numbers."""

from collections.abc import Sequence

Words = tuple[str | bytes | int | float, ...]
"""A command: its name and its arguments."""


def text(value: bytes | str) -> str:
    """A reply as a text to show or to compare. Bytes that are no UTF-8 become U+FFFD: never store what this returns."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def exact(value: bytes | str) -> str:
    """A reply as a text that still has every byte: what is no UTF-8 becomes surrogates, which checks refuse."""
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else value


def as_bytes(value: str) -> bytes:
    """What :func:`exact` read, as the bytes it was read from; a surrogate of another kind becomes a question mark."""
    try:
        return value.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return value.encode(errors="replace")


def is_utf8(value: bytes | str) -> bool:
    """Whether bytes are UTF-8, or a text has none that are not (as ``surrogateescape`` keeps them)."""
    try:
        value.decode() if isinstance(value, bytes) else value.encode()
    except UnicodeError:
        return False
    return True


def pairs(reply: Sequence[bytes]) -> dict[bytes, bytes]:
    """A flat reply, such as HGETALL's, as a dictionary."""
    return dict(zip(reply[::2], reply[1::2], strict=True))
