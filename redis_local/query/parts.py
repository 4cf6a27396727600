"""The parts of a query that name no other part: words, phrases, and what is said of one field.

The module is long because each kind of field has a syntax of its own, each read in a few lines by the same cursor.
"""

from dataclasses import replace

from ..columns import fold
from ..errors import unsupported
from .cursor import COMPARISONS, WORDS, Cursor
from .lexer import Kind, Token, unescape
from .limits import AFFIXES, SIMPLE, VECTOR_RANGES
from .nodes import (
    Affix,
    And,
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


class Parts(Cursor):
    """Reads words, phrases, tags, ranges and vector ranges."""

    def expression(self) -> Node:
        """What stands within parentheses; the parser of whole queries knows."""
        raise NotImplementedError

    def alternatives(self) -> Node:
        """What ``|`` joins; the parser of whole queries knows."""
        raise NotImplementedError

    def vectors_allowed(self) -> None:
        if self.dialect < 2:
            self.fail()

    @property
    def parameters(self) -> tuple[Kind, ...]:
        """The kind of ``$name``, which dialect 1 has for names of attributes alone."""
        return (Kind.PARAM,) if self.dialect >= 2 else ()

    def as_text(self, token: Token) -> Text:
        """The text of a token, or the parameter that it names."""
        named = token.kind is Kind.PARAM or token.text.startswith(b"$")
        if not named:
            return token.value
        if self.dialect < 2:
            self.fail(token=token)
        return Param(token.value if token.kind is Kind.PARAM else unescape(token.text[1:]), token.position)

    # ------------------------------------------------------------ text
    def text(self, fields: tuple[bytes, ...] = ()) -> Node:
        token = self.token
        if self.at(*WORDS, *self.parameters):
            return self.word(fields) if self.dialect >= 2 else self.words(fields)
        if self.at(Kind.LP):
            self.take()
            node = _within(self.expression(), fields) if fields else self.expression()
            self.expect(Kind.RP)
            return node
        if self.at(Kind.PREFIX, Kind.SUFFIX, Kind.CONTAINS):
            affix = self.as_text(token)
            self.take()
            self.count(AFFIXES)
            return Affix(token.position, affix, *_affix(token.kind), fields)
        if self.at(Kind.QUOTE):
            return self.phrase(fields)
        if self.at(Kind.PERCENT):
            raise unsupported("fuzzy matching (%word%)")
        if self.at(Kind.WILDCARD):
            raise unsupported("wildcard matching (w'…')")
        self.fail()

    def word(self, fields: tuple[bytes, ...]) -> Node:
        token = self.take()
        self.count(SIMPLE)
        if token.kind is Kind.PARAM:
            return Term(token.position, Param(token.value, token.position), False, fields)
        word = fold(token.value)
        return Nothing(token.position) if word in self.stopwords else Term(token.position, word, False, fields)

    def words(self, fields: tuple[bytes, ...]) -> Node:
        """In dialect 1 words in a row belong together before anything else is read, and to the field before them."""
        position, words = self.token.position, []
        while self.at(*WORDS):
            words.append(self.word(fields))
        words = [word for word in words if not isinstance(word, Nothing)]
        if len(words) > 1:
            return And(position, tuple(words))
        return words[0] if words else Nothing(position)

    def phrase(self, fields: tuple[bytes, ...]) -> Node:
        opening = self.expect(Kind.QUOTE)
        words: list[Text] = []
        while not self.at(Kind.QUOTE):
            if not self.at(*WORDS, *self.parameters):
                self.fail()
            token = self.take()
            self.count(SIMPLE)
            word = b"$" + token.text if token.kind is Kind.PARAM else fold(token.value)
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
        self.count(SIMPLE)
        token = self.take()
        names = [token.value]
        while self.at(Kind.OR):
            self.take()
            names.append(self.expect(Kind.TERM).value)
        if len(names) == 1 and self.at(*COMPARISONS):
            return self.comparison(token)
        self.expect(Kind.COLON)
        if len(names) == 1 and self.at(Kind.LB):
            return self.tags(token)
        if len(names) == 1 and self.at(Kind.LSQB):
            return self.brackets(token)
        if self.at(Kind.MINUS, Kind.TILDE):
            position, wrap = self.token.position, Not if self.take().kind is Kind.MINUS else Optional
            return wrap(position, unexpanded(self.text(tuple(names))))
        if self.dialect < 2:
            with self.deeper():
                return _within(self.alternatives(), tuple(names))
        return self.text(tuple(names))

    def tags(self, field: Token) -> Node:
        self.expect(Kind.LB)
        values = [self.tag_value()]
        while self.at(Kind.OR):
            self.take()
            values.append(self.tag_value())
        self.expect(Kind.RB)
        while self.dialect < 2 and self.at(Kind.OR):  # there they go on behind the brace
            self.take()
            values.append(self.tag_value())
        return Tags(field.position, field.value, tuple(values))

    def tag_value(self) -> TagValue:
        token = self.token
        if self.at(Kind.PREFIX, Kind.SUFFIX, Kind.CONTAINS):
            affix = self.as_text(token)
            self.take()
            self.count(AFFIXES)
            return TagValue((affix,), *_affix(token.kind))
        if self.at(Kind.VERBATIM):
            self.take()
            return TagValue((token.value,))
        if self.at(Kind.QUOTE) and self.dialect >= 2:
            return self.quoted_tag()
        if self.at(Kind.WILDCARD):
            raise unsupported("wildcard matching (w'…')")
        if not self.at(*WORDS, Kind.PARAM):
            self.fail()
        words: list[Token] = []
        while self.at(*WORDS, *self.parameters):
            word = self.take()
            if len(words) < 2 or word.value.lower() not in self.stopwords:
                words.append(word)
        if not words:
            self.fail()
        if len(words) == 1:
            return TagValue((self.as_text(words[0]) if words[0].kind is Kind.PARAM else words[0].value,))
        return TagValue(tuple(self.as_text(word) if word.kind is Kind.PARAM else fold(word.value) for word in words))

    def quoted_tag(self) -> TagValue:
        self.take()
        words = []
        while self.at(*WORDS, Kind.PARAM):
            token = self.take()
            words.append(b"$" + token.value if token.kind is Kind.PARAM else token.value)
        if not words:
            self.fail()
        self.expect(Kind.QUOTE)
        return TagValue((b" ".join(words),))

    def brackets(self, field: Token) -> Node:
        self.expect(Kind.LSQB)
        if self.at(Kind.TERM):
            self.vectors_allowed()
            return self.vector_range(field)
        low, low_open = self.bound()
        high, high_open = (low, low_open) if self.at(Kind.RSQB) else self.bound()
        if not self.at(Kind.RSQB) and self.dialect >= 1 and self.at(*WORDS, Kind.PARAM):
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
        if self.at(*self.parameters) and sign == 1:
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
            self.count(VECTOR_RANGES)
            radius = self.number()
            vector = self.expect(Kind.PARAM)
            if command.text.upper() != b"VECTOR_RANGE":
                self.fail("Syntax error: expecting vector similarity range command", command)
            self.expect(Kind.RSQB)
            return VectorRange(field.position, field.value, radius, Param(vector.value, vector.position))
        self.fail()


def _affix(kind: Kind) -> tuple[bool, bool]:
    return kind in (Kind.PREFIX, Kind.CONTAINS), kind in (Kind.SUFFIX, Kind.CONTAINS)


def unexpanded(node: Node) -> Node:
    """A node whose words stand for themselves alone: Redis looks for stems in what a query asks for, and not in what it
    excludes, what is optional, or the filter of a KNN.
    """
    match node:
        case Term(at, word, False, fields):
            return Term(at, word, True, fields)
        case And(at, children):
            return And(at, tuple(map(unexpanded, children)))
        case Or(at, children):
            return Or(at, tuple(map(unexpanded, children)))
        case Weighted(at, child, weight):
            return Weighted(at, unexpanded(child), weight)
    return node


def _within(node: Node, fields: tuple[bytes, ...]) -> Node:
    """Limit every text part of a node to the given fields; one that has fields of its own to those that are among them."""
    at = node.position
    match node:
        case Term(_, _, _, own) | Affix(_, _, _, _, own) | Phrase(_, _, own):
            both = tuple(name for name in own if name in fields) if own else fields
            return replace(node, fields=both) if both else Nothing(at)
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
