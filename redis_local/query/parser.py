"""Tokens to nodes: a recursive-descent parser for query dialects 1 and 2.

In dialect 2 the space binds tighter than ``|``. In dialect 1 words in a row are one part; between parts ``|`` binds tighter
than the space; a field is said of all that ``|`` joins, ``-`` and ``~`` of all that follows up to the next of these; and
there are neither vectors nor parameters.
"""

import re
from dataclasses import replace

from ..arguments import text
from ..errors import CommandError
from ..numerals import parse_number
from .cache import Cache
from .cursor import WORDS
from .field_parts import FieldParts
from .lexer import Kind, Token
from .nodes import (
    And,
    Everything,
    Knn,
    Near,
    Node,
    Not,
    Nothing,
    Number,
    Optional,
    Or,
    Param,
    Term,
    Text,
    VectorRange,
    Weighted,
)
from .rewriting import unexpanded

_UNIT_STARTS = (
    *WORDS,
    Kind.PARAM,
    Kind.PREFIX,
    Kind.SUFFIX,
    Kind.CONTAINS,
    Kind.WILDCARD,
    Kind.QUOTE,
    Kind.LP,
    Kind.MINUS,
    Kind.TILDE,
    Kind.FIELD,
    Kind.PERCENT,
)
_ADMITTED = tuple(kind for kind in _UNIT_STARTS if kind not in (Kind.MINUS, Kind.TILDE))
_CACHE: Cache[tuple[bytes, int, frozenset[bytes]], Node] = Cache(128 * 1024)
_KNN_OPTIONS = (
    b"EF_RUNTIME",
    b"SEARCH_WINDOW_SIZE",
    b"SEARCH_BUFFER_CAPACITY",
    b"USE_SEARCH_HISTORY",
    b"HYBRID_POLICY",
    b"BATCH_SIZE",
    b"EPSILON",
)


def parse(query: bytes, dialect: int, stopwords: frozenset[bytes]) -> Node:
    """Parse a query, or take it from among the last that were parsed.

    Args:
        query: the text as it came over the wire.
        dialect: 1 or 2; 3 and 4 read like 2.
        stopwords: words that are left out of text searches, in lower case.

    Raises:
        QuerySyntaxError: with the offset and the token at which the text stops making sense.
        CommandError: the query is too large or too deep.
    """
    key = (query, dialect, stopwords)
    node = _CACHE.get(key)
    if node is None:
        node = _Parser(query, dialect, stopwords).query()
        _CACHE.put(key, len(query), node)
    return node


class _Parser(FieldParts):
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

    def closed_by_parenthesis(self) -> bool:
        return self.tokens[self.next - 1].kind is Kind.RP and self.tokens[0].kind is Kind.LP

    def star(self) -> Node | None:
        """``*``, possibly within parentheses, and nothing else."""
        ahead = self.next
        while self.tokens[ahead].kind is Kind.LP:
            ahead += 1
        opened = ahead - self.next
        if self.tokens[ahead].kind is not Kind.STAR or (opened and self.dialect < 2):
            return None
        closing = self.tokens[ahead + 1 : ahead + 1 + opened]
        if any(token.kind is not Kind.RP for token in closing):
            return None
        position = self.token.position
        self.next = ahead + 1 + opened
        return Everything(position)

    # ------------------------------------------------------------ and, or, not
    def expression(self) -> Node:
        with self.deeper():
            return self.any_of(self.all_of) if self.dialect >= 2 else self.all_of(self.alternatives)

    def alternatives(self) -> Node:
        return self.any_of(self.unit)

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

    def all_of(self, operand=None, starts=_UNIT_STARTS) -> Node:  # type: ignore[no-untyped-def]
        operand = operand or self.unit
        position = self.token.position
        children = [operand()]
        while self.at(*starts) or self.at_empty():
            children.append(operand())
        found = [child for child in children if not isinstance(child, Nothing)]
        if len(found) > 1:
            return And(position, tuple(found))
        return found[0] if found else Nothing(position)

    def unit(self) -> Node:
        position = self.token.position
        if self.at(Kind.MINUS, Kind.TILDE):
            wrap = Not if self.take().kind is Kind.MINUS else Optional
            with self.deeper():
                child = self.unit() if self.dialect >= 2 else self.all_of(self.alternatives, _ADMITTED)
            return child if isinstance(child, Nothing) else wrap(position, unexpanded(child))
        return self.with_attributes(self.field() if self.at(Kind.FIELD) else self.text())

    # ------------------------------------------------------------ attributes
    def with_attributes(self, node: Node) -> Node:
        if self.at(Kind.ARROW) and self.tokens[self.next + 1].kind is Kind.LB:
            with self.deeper():
                self.take()
                return self.with_attributes(self.apply(node, self.attributes()))
        return node

    def attributes(self) -> dict[bytes, Token]:
        self.expect(Kind.LB)
        found: dict[bytes, Token] = {}
        while not self.at(Kind.RB):
            name = self.expect(Kind.PARAM)
            self.expect(Kind.COLON)
            if not self.at(*WORDS, Kind.PARAM):
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
                    inner = (
                        node.child if isinstance(node, Weighted) else node
                    )  # the weight of a part is set, not multiplied
                    node = Weighted(node.position, inner, parse_number(token.text))
                except ValueError:
                    raise CommandError(f"Invalid value ({text(token.text)}) for `weight`") from None
            elif name in (b"slop", b"inorder"):
                node = _nearer(node, name, token)
            elif name == b"phonetic" and isinstance(node, Term):
                node = replace(node, phonetic=token.text.lower() in (b"true", b"1"))
            elif name not in (b"phonetic", b"epsilon"):
                raise CommandError(f"Invalid attribute {name.decode(errors='replace')}")
        return node

    # ------------------------------------------------------------ vectors
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
        yields, options = self.knn_options(b"__" + field.value + b"_score")
        if not self.at(Kind.END):
            self.fail()
        return Knn(
            arrow.position,
            unexpanded(filter_),
            k,
            field.value,
            Param(vector.value, vector.position),
            yields,
            tuple(options),
        )

    def knn_options(self, yields: bytes) -> tuple[bytes, list[tuple[bytes, Text]]]:
        """What the distance is called, by default as given, and the other options of a KNN."""
        options: list[tuple[bytes, Text]] = []
        while self.at(Kind.TERM):
            name = self.take()
            if not self.at(*WORDS, Kind.PARAM):
                self.fail()
            value = self.take()
            if name.text.lower() == b"as":
                yields = value.value
                break
            options.append((name.text.upper(), self.as_text(value)))
        self.expect(Kind.RSQB)
        if self.at(Kind.ARROW):
            self.take()
            for name_, token in self.attributes().items():
                if name_ == b"yield_distance_as":
                    yields = token.value
                elif name_.upper() in _KNN_OPTIONS:
                    options.append((name_.upper(), self.as_text(token)))
                else:
                    raise CommandError(f"Invalid attribute {name_.decode(errors='replace')}")
        return yields, options


def _nearer(node: Node, name: bytes, token: Token) -> Node:
    """A node with ``$slop`` or ``$inorder``, which say something of words that must be found together."""
    invalid = CommandError(f"Invalid value ({text(token.text)}) for `{text(name)}`")
    before = node if isinstance(node, Near) else Near(node.position, node, None, False)
    if name == b"inorder":
        if token.text.lower() not in (b"true", b"false", b"1", b"0"):
            raise invalid
        after = replace(before, in_order=token.text.lower() in (b"true", b"1"))
    else:
        if not re.fullmatch(rb"-?\d{1,9}", token.text):
            raise invalid
        slop = int(token.text)
        after = replace(before, slop=None if slop < 0 else slop)
    return after if isinstance(after.child, And) else node
