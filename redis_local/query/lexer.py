"""Query text to tokens.

Token classes and their precedence follow the documented syntax
(https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/query_syntax/): the longest match wins,
and at equal length the earlier class in ``_CLASSES``. An underscore alone is punctuation, and vanishes.
"""

import re
from enum import Enum
from typing import NamedTuple

from .limits import MAX_TOKENS, too_large


class Kind(Enum):
    """Token classes; the values of punctuation classes are their text."""

    TERM = "term"
    SIZE = "size"
    NUMBER = "number"
    FIELD = "@field"
    PARAM = "$param"
    PREFIX = "prefix*"
    SUFFIX = "*suffix"
    CONTAINS = "*contains*"
    VERBATIM = "'verbatim'"
    WILDCARD = "w'wildcard'"
    ARROW = "=>"
    EQUAL = "=="
    NOT_EQUAL = "!="
    GE = ">="
    LE = "<="
    GT = ">"
    LT = "<"
    QUOTE = '"'
    OR = "|"
    LP = "("
    RP = ")"
    LB = "{"
    RB = "}"
    LSQB = "["
    RSQB = "]"
    COLON = ":"
    SEMICOLON = ";"
    MINUS = "-"
    TILDE = "~"
    STAR = "*"
    PERCENT = "%"
    END = ""

    __hash__ = object.__hash__  # the one of Enum is slower, and every token's kind is looked up


class Token(NamedTuple):
    """One token.

    ``text`` is its content without sigils (``@``, ``$``, ``*``, quotes), escapes still in place; ``position`` its
    byte offset; ``near`` what an error message shows, which for punctuation is the last token with a text of its
    own, as in Redis.
    """

    kind: Kind
    text: bytes
    position: int
    near: bytes

    @property
    def value(self) -> bytes:
        """The text with its escapes removed."""
        return unescape(self.text)


_TERM = rb"(?:[^\x00-\x20!-/:-@\[-`{-\x7f]|_|\\[!-/:-@\[-`{-~\s])+"
_PARAM = rb"\$" + _TERM
_NUMBER = rb"[+-]?\d+(?:\.\d+)?(?:[Ee][+-]?\d+)?"
_AFFIX = rb"(?:" + _PARAM + rb"|" + _TERM + rb"|" + _NUMBER + rb")"

_CLASSES: tuple[tuple[Kind, re.Pattern[bytes]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (Kind.WILDCARD, rb"w'(?:[^'\\]|\\.)+'"),
        (Kind.VERBATIM, rb"'(?:[^'\\]|\\.)*'"),
        (Kind.NUMBER, rb"[+-]?inf"),
        (Kind.SIZE, rb"\d+"),
        (Kind.NUMBER, _NUMBER),
        (Kind.CONTAINS, rb"\*" + _AFFIX + rb"\*"),
        (Kind.PREFIX, _AFFIX + rb"\*"),
        (Kind.SUFFIX, rb"\*" + _AFFIX),
        (Kind.FIELD, rb"@" + _TERM),
        (Kind.PARAM, _PARAM),
        (Kind.TERM, _TERM),
    )
)


_DIGITS = b"0123456789"
_Classes = tuple[tuple[tuple[Kind, re.Pattern[bytes]], ...], ...]


def _by_first_byte(without: frozenset[Kind] = frozenset(), numbers: bytes = b"+-i" + _DIGITS) -> _Classes:
    """For each byte the classes of ``_CLASSES`` of which a token can begin with it."""
    starts = {
        Kind.WILDCARD: b"w",
        Kind.VERBATIM: b"'",
        Kind.SIZE: _DIGITS,
        Kind.CONTAINS: b"*",
        Kind.SUFFIX: b"*",
        Kind.FIELD: b"@",
        Kind.PARAM: b"$",
        Kind.NUMBER: numbers,
        Kind.TERM: _TERM_STARTS,
        Kind.PREFIX: b"$+-" + _TERM_STARTS,
    }
    classes = [each for each in _CLASSES if each[0] not in without]
    return tuple(tuple(each for each in classes if byte in starts[each[0]]) for byte in range(256))


_TERM_STARTS = bytes(byte for byte in range(256) if re.match(_TERM, bytes([byte]))) + b"\\"
_CLASSES_BY_FIRST_BYTE = _by_first_byte()
_CLASSES_OF_DIALECT_1 = _by_first_byte(frozenset({Kind.VERBATIM, Kind.WILDCARD}), b"-i" + _DIGITS)
_PUNCTUATION = {
    kind.value.encode(): kind
    for kind in Kind
    if kind.value and not kind.value[0].isalpha() and kind.value[0] not in "@$'" and len(kind.value) <= 2
}
_SIGNS = frozenset(_PUNCTUATION.values())
_STRIP = {
    Kind.FIELD: (1, 0),
    Kind.PARAM: (1, 0),
    Kind.PREFIX: (0, 1),
    Kind.SUFFIX: (1, 0),
    Kind.CONTAINS: (1, 1),
    Kind.VERBATIM: (1, 1),
    Kind.WILDCARD: (2, 1),
}
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
"""A tag in quotes, within which no sign needs a backslash."""

_ESCAPED = re.compile(rb"\\([!-/:-@\[-`{-~\s])")


def unescape(text: bytes) -> bytes:
    """Remove the backslash before punctuation and spaces."""
    return _ESCAPED.sub(rb"\1", text) if b"\\" in text else text


def tokenize(query: bytes, dialect: int) -> list[Token]:
    """Split a query into tokens; bytes that mean nothing (spaces, commas, …) separate tokens and vanish.

    Returns:
        The tokens, the last of which is ``END`` with the position of the last token.

    Raises:
        CommandError: there are more than ``MAX_TOKENS``.
    """
    classes = _CLASSES_BY_FIRST_BYTE if dialect >= 2 else _CLASSES_OF_DIALECT_1
    tokens: list[Token] = []
    offset, near, position = 0, b"", 0
    within_braces = False
    while offset < len(query):
        kind, length = _longest(query, offset, classes)
        if kind is Kind.QUOTE and within_braces and (quoted := _QUOTED.match(query, offset)):
            kind, length = Kind.VERBATIM, quoted.end() - offset
        elif kind in (Kind.LB, Kind.RB):
            within_braces = kind is Kind.LB and dialect >= 2
        if kind is None:
            offset += length
            continue
        before, after = _STRIP.get(kind, (0, 0))
        text = query[offset + before : offset + length - after]
        position = offset
        if kind is Kind.ARROW:
            near = query[offset + 1 : offset + 3]
        elif kind not in _SIGNS:
            near = text
        tokens.append(Token(kind, text, offset, near))
        offset += length
        if len(tokens) > MAX_TOKENS:
            raise too_large(MAX_TOKENS, "words and signs")
    tokens.append(Token(Kind.END, b"", position, near))
    return tokens


def _longest(query: bytes, offset: int, classes: _Classes) -> tuple[Kind | None, int]:
    best, length = None, 0
    for kind, pattern in classes[query[offset]]:
        match = pattern.match(query, offset)
        if match and match.end() - offset > length:
            best, length = kind, match.end() - offset
    if best is Kind.TERM and query[offset : offset + length] == b"_":
        return None, 1
    if best is None:
        for size in (2, 1):
            if found := _PUNCTUATION.get(query[offset : offset + size]):
                return found, size
        return None, 1
    return best, length
