"""Words by pattern: ``?`` and ``*``, and words that differ in a letter or two."""

import fnmatch
import re
from collections.abc import Callable
from functools import lru_cache

MAX_PATTERN = 1024
"""Bytes of a pattern, and of a word that others are compared with."""

_PIECE = re.compile(rb"\\(.)|(.)", re.DOTALL)
_LITERALS = {b"*": "[*]", b"?": "[?]", b"[": "[[]"}


@lru_cache(64)
def wildcard(pattern: bytes) -> Callable[[bytes], bool]:
    """Whether a whole word matches a pattern: ``?`` is any byte, ``*`` any number of them, a backslash takes their meaning.

    It takes time in proportion to the lengths of both multiplied, whatever the pattern is.
    """
    parts = []
    for match in _PIECE.finditer(pattern):
        escaped, plain = match.groups()
        literal = _LITERALS.get(escaped or plain, (escaped or plain).decode("latin-1"))
        parts.append(literal if escaped or plain == b"[" else plain.decode("latin-1"))
    compiled = re.compile(fnmatch.translate("".join(parts)).encode("latin-1"))
    return lambda word: compiled.match(word) is not None


@lru_cache(64)
def fuzzy(word: bytes, distance: int) -> Callable[[bytes], bool]:
    """Whether a word becomes another with so many letters added, left out or changed (Levenshtein, 1965)."""
    letters = word.decode(errors="surrogateescape")
    return lambda other: _near(letters, other.decode(errors="surrogateescape"), distance)


def _near(word: str, other: str, most: int) -> bool:
    if abs(len(word) - len(other)) > most:
        return False
    row = list(range(len(other) + 1))
    for place, letter in enumerate(word, 1):
        last, row = row, [place]
        for at, also in enumerate(other):
            row.append(min(last[at + 1] + 1, row[at] + 1, last[at] + (letter != also)))
        if min(row) > most:
            return False
    return row[-1] <= most
