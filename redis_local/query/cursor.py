"""A cursor over a query's tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from ..errors import QuerySyntaxError
from .lexer import Kind, Token, tokenize
from .limits import MAX_BYTES, MAX_DEPTH, MAX_PARTS, too_deep, too_large

WORDS = (Kind.TERM, Kind.SIZE, Kind.NUMBER)
COMPARISONS = (Kind.EQUAL, Kind.NOT_EQUAL, Kind.GE, Kind.LE, Kind.GT, Kind.LT)


class Cursor:
    """Reads tokens from left to right.

    Attributes:
        depth: in how many parts the token stands.
        fields_within: in how many parentheses that are said of a field; in dialect 2 they name no field of their own.
    """

    def __init__(self, query: bytes, dialect: int, stopwords: frozenset[bytes]) -> None:
        if len(query) > MAX_BYTES:
            raise too_large(MAX_BYTES, "bytes")
        self.tokens = _meaning(tokenize(query, dialect), dialect)
        self.dialect = dialect
        self.stopwords = stopwords
        self.next = 0
        self.depth = 0
        self.fields_within = 0
        self.parts = dict.fromkeys(MAX_PARTS, 0)

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def at(self, *kinds: Kind) -> bool:
        return self.token.kind in kinds

    def take(self) -> Token:
        token = self.token
        if token.kind is not Kind.END:
            self.next += 1
        return token

    def expect(self, kind: Kind) -> Token:
        if not self.at(kind):
            self.fail()
        return self.take()

    def fail(self, what: str = "Syntax error", token: Token | None = None) -> NoReturn:
        token = token or self.token
        raise QuerySyntaxError(what, token.position, token.near)

    # ------------------------------------------------------------ limits
    def count(self, what: str) -> None:
        """Take note of one more part of a kind that ``MAX_PARTS`` limits."""
        self.parts[what] += 1
        if self.parts[what] > MAX_PARTS[what]:
            raise too_large(MAX_PARTS[what], what)

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level further down, for as long as it lasts."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise too_deep()
        yield
        self.depth -= 1


def _meaning(tokens: list[Token], dialect: int) -> list[Token]:
    """The tokens that mean something: signs of comparison do so behind a field alone, and only from dialect 2 on."""
    if not any(token.kind in COMPARISONS for token in tokens):
        return tokens
    before = [None, *(token.kind for token in tokens)]
    return [
        token
        for token, previous in zip(tokens, before, strict=False)
        if token.kind not in COMPARISONS or (dialect >= 2 and previous is Kind.FIELD)
    ]
