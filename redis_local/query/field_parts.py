"""What a query says of one field: tags, ranges, circles and vector ranges, each in the syntax of its type."""

from ..columns import fold
from .cursor import COMPARISONS, WORDS
from .lexer import Kind, Token
from .limits import AFFIXES, SIMPLE, VECTOR_RANGES
from .nodes import Circle, Node, Not, Number, Optional, Param, Range, Tags, TagValue, VectorRange
from .rewriting import unexpanded, within
from .text_parts import TextParts, affix


class FieldParts(TextParts):
    """Reads them."""

    def field(self) -> Node:
        if self.fields_within and self.dialect >= 2:
            self.fail()
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
                return within(self.alternatives(), tuple(names))
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
            word = self.as_text(token)
            self.take()
            self.count(AFFIXES)
            return TagValue((word,), *affix(token.kind))
        if self.at(Kind.VERBATIM):
            self.take()
            return TagValue((token.value,))
        if self.at(Kind.WILDCARD):
            self.take()
            self.count(AFFIXES)
            return TagValue((self.as_text(token),), pattern=True)
        if not self.at(*WORDS, Kind.PARAM):
            self.fail()
        words: list[Token] = []
        while self.at(*WORDS, *self.parameters):
            piece = self.take()
            if len(words) < 2 or piece.value.lower() not in self.stopwords:
                words.append(piece)
        if not words:
            self.fail()
        if len(words) == 1:
            return TagValue((self.as_text(words[0]) if words[0].kind is Kind.PARAM else words[0].value,))
        return TagValue(tuple(self.as_text(word) if word.kind is Kind.PARAM else fold(word.value) for word in words))

    def brackets(self, field: Token) -> Node:
        self.expect(Kind.LSQB)
        if self.at(Kind.TERM):
            self.vectors_allowed()
            return self.vector_range(field)
        low, low_open = self.bound()
        high, high_open = (low, low_open) if self.at(Kind.RSQB) else self.bound()
        if self.at(*WORDS, Kind.PARAM) and not (low_open or high_open):
            return self.circle(field, low, high)
        self.expect(Kind.RSQB)
        return Range(field.position, field.value, low, high, low_open, high_open)

    def circle(self, field: Token, longitude: Number, latitude: Number) -> Node:
        radius = self.number()
        if not self.at(Kind.TERM, *self.parameters):
            self.fail()
        unit = self.as_text(self.take())
        self.expect(Kind.RSQB)
        return Circle(field.position, field.value, longitude, latitude, radius, unit)

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
