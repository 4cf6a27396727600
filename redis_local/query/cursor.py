"""A cursor over a query's tokens."""

from typing import NoReturn

from ..errors import QuerySyntaxError
from .lexer import Kind, Token, tokenize

WORDS = (Kind.TERM, Kind.SIZE, Kind.NUMBER)


class Cursor:
    """Reads tokens from left to right."""

    def __init__(self, query: bytes, dialect: int, stopwords: frozenset[bytes]) -> None:
        self.tokens = tokenize(query)
        self.dialect = dialect
        self.stopwords = stopwords
        self.next = 0
        self.depth = 0

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
