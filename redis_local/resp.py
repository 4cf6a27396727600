"""Replies to bytes, in RESP2 or RESP3.

Source: https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from .errors import CommandError
from .numerals import format_number

Reply: TypeAlias = "bytes | str | int | float | None | Sequence[Reply] | Mapping[Any, Reply] | OK | Flags"


class OK:
    """The simple string ``OK``."""


class Encoded(bytes):
    """A reply that is RESP already."""


class Flags(list["Reply"]):
    """A set in RESP3, an array of simple strings in RESP2."""


def encode(reply: Reply, protocol: int) -> bytes:
    """A reply as bytes: dicts become flat arrays in RESP2 and floats become text there."""
    parts: list[bytes] = []
    _write(reply, protocol, parts)
    return b"".join(parts)


def encode_error(error: CommandError | str) -> bytes:
    """An error as one RESP line."""
    line = str(error).replace("\r", " ").replace("\n", " ")
    return b"-" + line.encode(errors="surrogateescape") + b"\r\n"


def _write(reply: Reply, protocol: int, parts: list[bytes]) -> None:
    """Most replies are byte strings, maps and arrays: these are looked for first, and byte strings within them too."""
    if type(reply) is bytes:
        parts.append(b"$%d\r\n%b\r\n" % (len(reply), reply))
    elif type(reply) is dict:
        parts.append(b"%%%d\r\n" % len(reply) if protocol == 3 else b"*%d\r\n" % (2 * len(reply)))
        for pair in reply.items():
            _write_all(pair, protocol, parts)
    elif type(reply) is list:
        parts.append(b"*%d\r\n" % len(reply))
        _write_all(reply, protocol, parts)
    elif isinstance(reply, Mapping):
        _write(dict(reply), protocol, parts)
    elif isinstance(reply, Flags):
        parts.append(b"%b%d\r\n" % (b"~" if protocol == 3 else b"*", len(reply)))
        parts.extend(b"+%b\r\n" % str(item).encode() for item in reply)
    else:
        _write_scalar(reply, protocol, parts)


def _write_all(replies: Iterable[Reply], protocol: int, parts: list[bytes]) -> None:
    for reply in replies:
        if type(reply) is bytes:
            parts.append(b"$%d\r\n%b\r\n" % (len(reply), reply))
        else:
            _write(reply, protocol, parts)


def _write_scalar(reply: Reply, protocol: int, parts: list[bytes]) -> None:
    if isinstance(reply, Encoded):
        parts.append(reply)
    elif isinstance(reply, str):
        _write(reply.encode(errors="surrogateescape"), protocol, parts)
    elif isinstance(reply, OK):
        parts.append(b"+OK\r\n")
    elif reply is None:
        parts.append(b"_\r\n" if protocol == 3 else b"$-1\r\n")
    elif isinstance(reply, int):
        parts.append(b":%d\r\n" % reply)
    elif isinstance(reply, float):
        parts.append(
            b",%s\r\n" % (b"nan" if reply != reply else b"%.17g" % reply)
            if protocol == 3
            else encode(b"nan" if reply != reply else format_number(reply), 2)
        )
    else:
        assert isinstance(reply, Sequence)
        _write(list(reply), protocol, parts)
