"""What the words and tags of a query stand for: terms of the vocabulary in certain fields, and tags as they are compared."""

from ..columns import TagColumn, TextColumn, fold
from ..columns.patterns import MAX_PATTERN
from ..errors import CommandError
from ..languages import CHINESE, stemmer
from ..sounds import sound
from .limits import too_large
from .lookup import Lookup
from .nodes import Affix, Fuzzy, Phrase, TagValue, Term, Wildcard
from .words import Meaning, Part

_MIN_PREFIX = 2


class Meanings(Lookup):
    """Meanings of the parts of one query."""

    def meaning(self, part: Part) -> Meaning:
        """What a word, an affix, a pattern or a phrase stands for.

        Raises:
            CommandError: an unknown field or parameter, or a word that does not fit.
        """
        columns = self.text_columns(part.fields, part.position)
        match part:
            case Phrase():
                words = tuple(self.text(word) for word in part.words)
                return Meaning(tuple(self.index.vocabulary.known(words)), columns, words)
            case Term():
                return self._term(part, columns)
            case Affix():
                word = fold(self.text(part.word))
                if len(word) < _MIN_PREFIX:
                    return Meaning((), columns)
                likes = [column.words_like(word, part.starts, part.ends) for column in columns]
            case Fuzzy():
                word = _bounded(fold(self.text(part.word)))
                likes = [column.words_near(word, part.distance) for column in columns]
            case Wildcard():
                word = _bounded(fold(self.text(part.pattern)))
                likes = [column.words_matching(word) for column in columns]
        return Meaning(tuple(dict.fromkeys(number for like in likes for number in like)), columns)

    def _term(self, part: Term, columns: tuple[TextColumn, ...]) -> Meaning:
        word, vocabulary, options = fold(self.text(part.word)), self.index.vocabulary, self.options
        if not word and not any(column.field.index_empty for column in columns):
            raise no_empty()
        terms = vocabulary.terms_of(word, self.stem_of(part, word))
        if self.index.definition.synonyms and options.synonyms and not (part.exact or options.verbatim):
            terms = list(dict.fromkeys([*terms, *vocabulary.known(self.index.synonyms(word))]))
        if self.sound_of(part, word):
            terms += vocabulary.known([b"<" + self.sound_of(part, word)])
        return Meaning(tuple(terms), columns)

    def sound_of(self, part: Term, word: bytes) -> bytes:
        """The code of the sound that a word of the query is looked for by, too; empty where there is none."""
        options = self.options
        if part.exact or options.verbatim or not options.sounds or not part.phonetic:
            return b""
        columns = self.text_columns(part.fields, part.position)
        return sound(word) if any(each.field.phonetic for each in columns) else b""

    def stem_of(self, part: Term, word: bytes) -> bytes | None:
        """The stem that a word of the query is looked for by, too; None where it stands for itself alone."""
        options, language = self.options, self.options.language or self.index.vocabulary.language
        if part.exact or options.verbatim or not options.stems or language == CHINESE:
            return None
        if all(each.field.nostem for each in self.text_columns(part.fields, part.position)):
            return None
        return stemmer(language).stem(word)

    # ------------------------------------------------------------ tags
    def tag_codes(self, column: TagColumn, value: TagValue) -> set[int]:
        """The codes of the field values that have a tag of one alternative."""
        return set().union(*map(column.codes_of, self.tags(column, value)))

    def tags(self, column: TagColumn, value: TagValue) -> list[bytes]:
        """The tags that one alternative stands for, as they are compared."""
        tag = column.normalise(b" ".join(map(self.text, value.words)))
        if value.pattern:
            return column.tags_matching(_bounded(tag))
        if value.starts or value.ends:
            return column.tags_like(tag, value.starts, value.ends) if len(tag) >= _MIN_PREFIX else []
        if not tag and not column.field.index_empty:
            raise no_empty()
        return [tag]


def _bounded(pattern: bytes) -> bytes:
    if len(pattern) > MAX_PATTERN:
        raise too_large(MAX_PATTERN, "bytes of a pattern")
    return pattern


def no_empty() -> CommandError:
    """The error for an empty text where the field indexes none, in the words of Redis."""
    return CommandError("Use `INDEXEMPTY` in field creation in order to index and query for empty strings")
