"""Entries of the stream that could not be applied, kept with the reason."""

from collections.abc import Iterable, Mapping

from ..keys import Keys
from ..wire.replies import Words, as_bytes
from .batch import Rejection

_MOST_REJECTED = 100_000
_LONGEST_REASON = 500
_MOST_FIELDS = 100
"""Of an entry that is kept: a Lua script cannot pass on a command of some thousand words."""

_MOST_BYTES = 4_000_000
"""Of an entry that is kept."""

_MEANING = ("op", "id", "profile")


def reject_words(keys: Keys, rejected: Iterable[Rejection]) -> list[Words]:
    """The commands that keep rejected entries, the latest hundred thousand or so of them."""
    return [("XADD", keys.rejected, "MAXLEN", "~", _MOST_REJECTED, "*", *_words(rejection)) for rejection in rejected]


def _words(rejection: Rejection) -> list[bytes]:
    """The rejected entry as it came, with its reason; of one that is very large the beginning, and how much was cut."""
    words = [b"entry", as_bytes(rejection.entry), b"reason", as_bytes(rejection.reason[:_LONGEST_REASON])]
    fields, room, whole = _prefixed(rejection.fields), _MOST_BYTES, 0
    for name in sorted(fields, key=lambda name: name not in _MEANING)[:_MOST_FIELDS]:
        pair = as_bytes(name), as_bytes(fields[name])
        size = len(pair[0]) + len(pair[1])
        words += [pair[0][:room], pair[1][: max(0, room - len(pair[0]))]]
        whole += size <= room
        room = max(0, room - size)
        if not room:
            break
    return words if whole == len(fields) else [*words, b"cut_fields", b"%d" % (len(fields) - whole)]


def _prefixed(fields: Mapping[str, str]) -> dict[str, str]:
    return {name if name in _MEANING else f"field:{name}": value for name, value in fields.items()}
