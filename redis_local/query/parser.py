"""Tokens to nodes: a recursive-descent parser for query dialects 1 and 2.

In dialect 2 the space binds tighter than ``|``; in dialect 1 it is the other way round and there are no vectors.
"""

from functools import lru_cache
from typing import NoReturn

from ..errors import CommandError, QuerySyntaxError, unsupported
from .lexer import Kind, Token, tokenize, unescape
from .nodes import (
    Affix,
    And,
    Everything,
    Knn,
    Node,
    Not,
    Nothing,
    Number,
    Optional,
    Or,
    Param,
    Phrase,
    Range,
    Tags,
    TagValue,
    Term,
    Text,
    VectorRange,
    Weighted,
)

_WORDS = (Kind.TERM, Kind.SIZE, Kind.NUMBER)
_OPERATORS = (Kind.EQUAL, Kind.NOT_EQUAL, Kind.GE, Kind.LE, Kind.GT, Kind.LT)
_UNIT_STARTS = (*_WORDS, Kind.PARAM, Kind.PREFIX, Kind.SUFFIX, Kind.CONTAINS, Kind.WILDCARD, Kind.QUOTE, Kind.LP,
                Kind.MINUS, Kind.TILDE, Kind.FIELD, Kind.PERCENT)  # fmt: skip
_KNN_OPTIONS = (b"EF_RUNTIME", b"HYBRID_POLICY", b"BATCH_SIZE", b"EPSILON")


@lru_cache(maxsize=512)
def parse(query: bytes, dialect: int, stopwords: frozenset[bytes]) -> Node:
    """Parse a query.

    Args:
        query: the text as it came over the wire.
        dialect: 1 or 2; 3 and 4 read like 2.
        stopwords: words that are left out of text searches, in lower case.

    Raises:
        QuerySyntaxError: with the offset and the token at which the text stops making sense.
    """
    return _Parser(query, dialect, stopwords).query()


class _Parser:
    def __init__(self, query: bytes, dialect: int, stopwords: frozenset[bytes]) -> None:
        self.tokens = tokenize(query)
        self.dialect = dialect
        self.stopwords = stopwords
        self.next = 0
        self.depth = 0

    # ------------------------------------------------------------ reading tokens
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

    # ------------------------------------------------------------ the whole query
    def query(self) -> Node:
        if self.at(Kind.END):
            return Nothing(0)
        if node := self.star():
            if self.at(Kind.ARROW):
                self.vectors_allowed()
                return self.knn(node)
            if self.at(Kind.END):
                return node
            self.fail()
        node = self.expression()
        if self.at(Kind.ARROW):
            self.vectors_allowed()
            if isinstance(node, Or) and not self.closed_by_parenthesis():
                self.fail(token=self.tokens[self.next + 1])
            return self.knn(node)
        if not self.at(Kind.END):
            self.fail()
        return node

    def vectors_allowed(self) -> None:
        if self.dialect < 2:
            self.fail()

    def closed_by_parenthesis(self) -> bool:
        return self.tokens[self.next - 1].kind is Kind.RP and self.tokens[0].kind is Kind.LP

    def star(self) -> Node | None:
        """``*``, possibly within parentheses, and nothing else."""
        ahead = self.next
        while self.tokens[ahead].kind is Kind.LP:
            ahead += 1
        opened = ahead - self.next
        if self.tokens[ahead].kind is not Kind.STAR:
            return None
        closing = self.tokens[ahead + 1 : ahead + 1 + opened]
        if any(token.kind is not Kind.RP for token in closing):
            return None
        position = self.token.position
        self.next = ahead + 1 + opened
        return Everything(position)

    # ------------------------------------------------------------ and, or, not
    def expression(self) -> Node:
        self.depth += 1
        if self.depth > 100:
            raise CommandError("Parser stack overflow. Try moving nested parentheses more to the left")
        node = self.any_of(self.all_of) if self.dialect >= 2 else self.all_of(lambda: self.any_of(self.unit))
        self.depth -= 1
        return node

    def any_of(self, operand) -> Node:  # type: ignore[no-untyped-def]
        position = self.token.position
        children = [operand()]
        while self.at(Kind.OR):
            self.take()
            children.append(operand())
        found = [child for child in children if not isinstance(child, Nothing)]
        if len(found) > 1:
            return Or(position, tuple(found))
        return found[0] if found else Nothing(position)

    def all_of(self, operand=None) -> Node:  # type: ignore[no-untyped-def]
        operand = operand or self.unit
        position = self.token.position
        children = [operand()]
        while self.at(*_UNIT_STARTS):
            children.append(operand())
        found = [child for child in children if not isinstance(child, Nothing)]
        if len(found) > 1:
            return And(position, tuple(found))
        return found[0] if found else Nothing(position)

    def unit(self) -> Node:
        position = self.token.position
        if self.at(Kind.MINUS):
            self.take()
            child = self.unit()
            return child if isinstance(child, Nothing) else Not(position, child)
        if self.at(Kind.TILDE):
            self.take()
            child = self.unit()
            return child if isinstance(child, Nothing) else Optional(position, child)
        return self.with_attributes(self.field() if self.at(Kind.FIELD) else self.text())

    # ------------------------------------------------------------ attributes
    def with_attributes(self, node: Node) -> Node:
        while self.at(Kind.ARROW) and self.tokens[self.next + 1].kind is Kind.LB:
            self.take()
            node = self.apply(node, self.attributes())
        return node

    def attributes(self) -> dict[bytes, Token]:
        self.expect(Kind.LB)
        found: dict[bytes, Token] = {}
        while not self.at(Kind.RB):
            name = self.expect(Kind.PARAM)
            self.expect(Kind.COLON)
            if not self.at(*_WORDS, Kind.PARAM):
                self.fail()
            found[name.text.lower()] = self.take()
            if not self.at(Kind.RB):
                self.expect(Kind.SEMICOLON)
        self.take()
        return found

    def apply(self, node: Node, attributes: dict[bytes, Token]) -> Node:
        for name, token in attributes.items():
            if name == b"yield_distance_as" and isinstance(node, VectorRange):
                node = VectorRange(node.position, node.field, node.radius, node.vector, token.value)
            elif name == b"weight":
                try:
                    node = Weighted(node.position, node, float(token.text))
                except ValueError:
                    raise CommandError(f"Invalid value ({token.text.decode()}) for `weight`") from None
            elif name in (b"slop", b"inorder", b"phonetic", b"epsilon"):
                if name in (b"slop", b"inorder"):
                    raise unsupported(f"the query attribute ${name.decode()}")
            else:
                raise CommandError(f"Invalid attribute {name.decode(errors='replace')}")
        return node

    # ------------------------------------------------------------ text
    def text(self, fields: tuple[bytes, ...] = ()) -> Node:
        token = self.token
        if self.at(Kind.LP):
            self.take()
            node = _within(self.expression(), fields) if fields else self.expression()
            self.expect(Kind.RP)
            return node
        if self.at(Kind.PREFIX, Kind.SUFFIX, Kind.CONTAINS):
            self.take()
            starts, ends = _affix(token.kind)
            return Affix(token.position, _text(token), starts, ends, fields)
        if self.at(Kind.QUOTE):
            return self.phrase(fields)
        if self.at(Kind.PERCENT):
            raise unsupported("fuzzy matching (%word%)")
        if self.at(Kind.WILDCARD):
            raise unsupported("wildcard matching (w'…')")
        if not self.at(*_WORDS, Kind.PARAM):
            self.fail()
        self.take()
        if token.kind is Kind.PARAM:
            return Term(token.position, Param(token.value, token.position), False, fields)
        word = _lower(token.value)
        return Nothing(token.position) if word in self.stopwords else Term(token.position, word, False, fields)

    def phrase(self, fields: tuple[bytes, ...]) -> Node:
        opening = self.expect(Kind.QUOTE)
        words: list[Text] = []
        while not self.at(Kind.QUOTE):
            if not self.at(*_WORDS, Kind.PARAM):
                self.fail()
            token = self.take()
            word = b"$" + token.text if token.kind is Kind.PARAM else _lower(token.value)
            if len(words) < 2 or word not in self.stopwords:
                words.append(word)
        self.take()
        if not words:
            self.fail(token=self.tokens[self.next - 1])
        if len(words) == 1:
            return Term(opening.position, words[0], True, fields)
        return Phrase(opening.position, tuple(words), fields)

    # ------------------------------------------------------------ fields
    def field(self) -> Node:
        token = self.take()
        names = [token.value]
        while self.at(Kind.OR):
            self.take()
            names.append(self.expect(Kind.TERM).value)
        if len(names) == 1 and self.at(*_OPERATORS):
            return self.comparison(token)
        self.expect(Kind.COLON)
        if len(names) == 1 and self.at(Kind.LB):
            return self.tags(token)
        if len(names) == 1 and self.at(Kind.LSQB):
            return self.brackets(token)
        if self.at(Kind.MINUS, Kind.TILDE):
            position, wrap = self.token.position, Not if self.take().kind is Kind.MINUS else Optional
            return wrap(position, self.text(tuple(names)))
        return self.text(tuple(names))

    def tags(self, field: Token) -> Node:
        self.expect(Kind.LB)
        values = [self.tag_value()]
        while self.at(Kind.OR):
            self.take()
            values.append(self.tag_value())
        self.expect(Kind.RB)
        return Tags(field.position, field.value, tuple(values))

    def tag_value(self) -> TagValue:
        token = self.token
        if self.at(Kind.PREFIX, Kind.SUFFIX, Kind.CONTAINS):
            self.take()
            return TagValue(_text(token), *_affix(token.kind))
        if self.at(Kind.VERBATIM):
            self.take()
            return TagValue(token.value)
        if self.at(Kind.QUOTE):
            return self.quoted_tag()
        if self.at(Kind.WILDCARD):
            raise unsupported("wildcard matching (w'…')")
        if not self.at(*_WORDS, Kind.PARAM):
            self.fail()
        words: list[Token] = []
        while self.at(*_WORDS, Kind.PARAM):
            word = self.take()
            if len(words) < 2 or word.value.lower() not in self.stopwords:
                words.append(word)
        if len(words) == 1:
            return TagValue(_text(words[0]) if words[0].kind is Kind.PARAM else words[0].value)
        return TagValue(b" ".join(_lower(word.value) for word in words), folded=True)

    def quoted_tag(self) -> TagValue:
        self.take()
        words = []
        while self.at(*_WORDS, Kind.PARAM):
            words.append(self.take().value)
        if not words:
            self.fail()
        self.expect(Kind.QUOTE)
        return TagValue(b" ".join(words))

    def brackets(self, field: Token) -> Node:
        self.expect(Kind.LSQB)
        if self.at(Kind.TERM):
            return self.vector_range(field)
        low, low_open = self.bound()
        high, high_open = (low, low_open) if self.at(Kind.RSQB) else self.bound()
        if not self.at(Kind.RSQB) and self.dialect >= 1 and self.at(*_WORDS, Kind.PARAM):
            raise unsupported("GEO search")
        self.expect(Kind.RSQB)
        return Range(field.position, field.value, low, high, low_open, high_open)

    def bound(self) -> tuple[Number, bool]:
        opened = bool(self.at(Kind.LP) and self.take())
        return self.number(), opened

    def number(self) -> Number:
        sign = 1
        while self.at(Kind.MINUS):
            self.take()
            sign = -sign
        if self.at(Kind.PARAM) and sign == 1:
            token = self.take()
            return Param(token.value, token.position)
        if not self.at(Kind.SIZE, Kind.NUMBER):
            self.fail()
        return sign * float(self.take().text)

    def comparison(self, field: Token) -> Node:
        operator = self.take().kind
        value = self.number()
        at, name, infinity = field.position, field.value, float("inf")
        equal = Range(at, name, value, value)
        return {
            Kind.EQUAL: equal,
            Kind.NOT_EQUAL: Not(at, equal),
            Kind.GE: Range(at, name, value, infinity),
            Kind.GT: Range(at, name, value, infinity, low_open=True),
            Kind.LE: Range(at, name, -infinity, value),
            Kind.LT: Range(at, name, -infinity, value, high_open=True),
        }[operator]

    # ------------------------------------------------------------ vectors
    def vector_range(self, field: Token) -> Node:
        command = self.take()
        if self.at(Kind.SIZE, Kind.NUMBER, Kind.PARAM, Kind.MINUS):
            self.vectors_allowed()
            radius = self.number()
            vector = self.expect(Kind.PARAM)
            if command.text.upper() != b"VECTOR_RANGE":
                self.fail("Syntax error: expecting vector similarity range command", command)
            self.expect(Kind.RSQB)
            return VectorRange(field.position, field.value, radius, Param(vector.value, vector.position))
        self.fail()

    def knn(self, filter_: Node) -> Node:
        arrow = self.expect(Kind.ARROW)
        self.expect(Kind.LSQB)
        command = self.expect(Kind.TERM)
        if not self.at(Kind.SIZE, Kind.PARAM):
            self.fail()
        size = self.take()
        field = self.expect(Kind.FIELD)
        vector = self.expect(Kind.PARAM)
        if command.text.upper() != b"KNN":
            self.fail("Syntax error: Expecting Vector Similarity command", command)
        k: Number = Param(size.value, size.position) if size.kind is Kind.PARAM else float(size.text)
        yields = b"__" + field.value + b"_score"
        options: list[tuple[bytes, Text]] = []
        while self.at(Kind.TERM):
            name = self.take()
            if not self.at(*_WORDS, Kind.PARAM):
                self.fail()
            value = self.take()
            if name.text.lower() == b"as":
                yields = value.value
                break
            options.append((name.text.upper(), _text(value)))
        self.expect(Kind.RSQB)
        if self.at(Kind.ARROW):
            self.take()
            for name_, token in self.attributes().items():
                if name_ == b"yield_distance_as":
                    yields = token.value
                elif name_.upper() in _KNN_OPTIONS:
                    options.append((name_.upper(), _text(token)))
                else:
                    raise CommandError(f"Invalid attribute {name_.decode(errors='replace')}")
        if not self.at(Kind.END):
            self.fail()
        return Knn(
            arrow.position, filter_, k, field.value, Param(vector.value, vector.position), yields, tuple(options)
        )


def _lower(word: bytes) -> bytes:
    return word.decode(errors="surrogateescape").lower().encode(errors="surrogateescape")


def _text(token: Token) -> Text:
    if token.kind is Kind.PARAM:
        return Param(token.value, token.position)
    if token.text.startswith(b"$"):
        return Param(unescape(token.text[1:]), token.position)
    return token.value


def _affix(kind: Kind) -> tuple[bool, bool]:
    return kind in (Kind.PREFIX, Kind.CONTAINS), kind in (Kind.SUFFIX, Kind.CONTAINS)


def _within(node: Node, fields: tuple[bytes, ...]) -> Node:
    """Limit every text part of a node to the given fields."""
    at = node.position
    match node:
        case Term(_, word, exact, ()):
            return Term(at, word, exact, fields)
        case Affix(_, word, starts, ends, ()):
            return Affix(at, word, starts, ends, fields)
        case Phrase(_, words, ()):
            return Phrase(at, words, fields)
        case And(_, children):
            return And(at, tuple(_within(child, fields) for child in children))
        case Or(_, children):
            return Or(at, tuple(_within(child, fields) for child in children))
        case Not(_, child):
            return Not(at, _within(child, fields))
        case Optional(_, child):
            return Optional(at, _within(child, fields))
        case Weighted(_, child, weight):
            return Weighted(at, _within(child, fields), weight)
    return node
