"""Words, phrases, affixes and patterns: the parts of a query that a text field is asked for."""

from ..columns import fold
from .cursor import WORDS, Cursor
from .lexer import Kind, Token, unescape
from .limits import AFFIXES, MAX_FUZZY, SIMPLE
from .nodes import Affix, And, Fuzzy, Missing, Node, Nothing, Param, Phrase, Term, Text, Wildcard
from .rewriting import within


class TextParts(Cursor):
    """Reads them."""

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
        if self.dialect >= 2 and self.at(Kind.TERM) and token.text.lower() == b"ismissing":
            return self.missing()
        if self.at(*WORDS, *self.parameters):
            return self.word(fields) if self.dialect >= 2 else self.words(fields)
        if self.at(Kind.LP):
            self.take()
            self.fields_within += bool(fields)
            node = within(self.expression(), fields) if fields else self.expression()
            self.fields_within -= bool(fields)
            self.expect(Kind.RP)
            return node
        if self.at(Kind.PREFIX, Kind.SUFFIX, Kind.CONTAINS):
            word = self.as_text(token)
            self.take()
            self.count(AFFIXES)
            return Affix(token.position, word, *affix(token.kind), fields)
        if self.at(Kind.QUOTE):
            return self.phrase(fields)
        if self.at(Kind.PERCENT):
            return self.fuzzy(fields)
        if self.at(Kind.WILDCARD):
            self.take()
            self.count(AFFIXES)
            return Wildcard(token.position, self.as_text(token), fields)
        if self.at_empty():
            self.take()
            return Term(token.position, b"", True, fields)
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

    def at_empty(self) -> bool:
        """Whether ``''`` comes next."""
        return self.at(Kind.VERBATIM) and not self.token.text

    def fuzzy(self, fields: tuple[bytes, ...]) -> Node:
        position, distance = self.token.position, self.percents()
        word = self.token
        if not self.at(*WORDS, *self.parameters):
            self.fail()
        self.take()
        for _ in range(distance):
            self.expect(Kind.PERCENT)
        self.count(AFFIXES)
        text = Param(word.value, word.position) if word.kind is Kind.PARAM else fold(word.value)
        return Fuzzy(position, text, distance, fields)

    def percents(self) -> int:
        count = 0
        while self.at(Kind.PERCENT):
            if count == MAX_FUZZY:
                self.fail()
            self.take()
            count += 1
        return count

    def missing(self) -> Node:
        """``ismissing(@field)``"""
        word = self.take()
        if not self.at(Kind.LP):
            self.fail(token=word)
        self.take()
        field = self.expect(Kind.FIELD)
        self.expect(Kind.RP)
        return Missing(word.position, field.value)

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
        closing = self.take()
        if not words and self.dialect >= 2 and closing.position == opening.position + 1:
            return Term(opening.position, b"", True, fields)
        if not words:
            self.fail(token=self.tokens[self.next - 1])
        if len(words) == 1:
            return Term(opening.position, words[0], True, fields)
        return Phrase(opening.position, tuple(words), fields)


def affix(kind: Kind) -> tuple[bool, bool]:
    return kind in (Kind.PREFIX, Kind.CONTAINS), kind in (Kind.SUFFIX, Kind.CONTAINS)
