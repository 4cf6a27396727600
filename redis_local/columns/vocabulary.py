"""The words of an index's text fields as numbers, and in how many documents each term is.

A *term* is what the index can be asked for: a word; ``+stem``, which stands for every word with that stem that differs
from it; or ``<sound``, which stands for every word that sounds so.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..languages import stemmer
from ..sounds import sound
from .shared import grown

if TYPE_CHECKING:
    from .texts import TextColumn

HOLE = 0
"""The number of a stop word: it leaves an empty place, so that positions stay true."""

Ids = npt.NDArray[np.int32]
_SHORTEST_STEMMED = 4
_FIRST_CAPACITY = 1024
_IN = b"\0"
_TERM_SIGNS = (b"+", b"<")


class Vocabulary:
    """Numbers for terms, shared by the text fields of an index.

    Attributes:
        ids: the number of each word met so far; asking for a new one numbers it.
        words: the words and ``+stem`` terms by number.
        stem_of: ``(capacity,)`` for each word the number of its ``+stem``, 0 where it has none.
        sound_of: the same for its ``<sound``; None where no field is PHONETIC.
        documents: ``(capacity,)`` in how many documents each term is, whichever field it is in.
        plain: ``(capacity,)`` for each word its number in the index's own language, or None while every document is in it.
    """

    def __init__(self, stopwords: frozenset[bytes], language: str, sounds: bool = False) -> None:
        self.sound_of: Ids | None = np.zeros(_FIRST_CAPACITY, np.int32) if sounds else None
        self.stopwords = stopwords
        self.ids: dict[bytes, int] = _Numbering(self, stopwords)
        self.words: list[bytes] = [b""]
        self.stem_of: Ids = np.zeros(_FIRST_CAPACITY, np.int32)
        self.documents: npt.NDArray[np.int64] = np.zeros(_FIRST_CAPACITY, np.int64)
        self.plain: Ids | None = None
        self._with_stem: dict[int, list[int]] = {}
        self._variants: dict[int, list[int]] = {}
        self._columns: list[TextColumn] = []
        self.language = language

    def join(self, column: "TextColumn") -> None:
        """Take note of a field whose words are numbered here."""
        self._columns.append(column)

    def number(self, term: bytes) -> int:
        """A number for a term that has none."""
        word, _, language = term.partition(_IN)
        if not language:
            return self._numbered(word, self.language)
        plain = self.ids[word]
        if plain == HOLE:
            return HOLE
        number = self._numbered(word, language.decode())
        if self.plain is None:
            self.plain = np.arange(len(self.documents), dtype=np.int32)
        self.plain[number] = plain
        self._variants.setdefault(plain, [plain]).append(number)
        return number

    def _numbered(self, word: bytes, language: str) -> int:
        number = len(self.words)
        self.words.append(word)
        if number == len(self.documents):
            self.documents, self.stem_of = grown(self.documents, 2 * number), grown(self.stem_of, 2 * number)
            if self.sound_of is not None:
                self.sound_of = grown(self.sound_of, 2 * number)
            if self.plain is not None:
                self.plain = np.concatenate([self.plain, np.arange(number, 2 * number, dtype=np.int32)])
        if (
            word[:1] not in _TERM_SIGNS
            and len(word) >= _SHORTEST_STEMMED
            and (stem := stemmer(language).stem(word)) != word
        ):
            stem_number = self.ids[b"+" + stem]
            self.stem_of[number] = stem_number
            self._with_stem.setdefault(stem_number, []).append(number)
        if self.sound_of is not None and word[:1] not in _TERM_SIGNS and (code := sound(word)):
            self.sound_of[number] = sound_number = self.ids[b"<" + code]
            self._with_stem.setdefault(sound_number, []).append(number)
        return number

    def numbers(self, words: Iterable[bytes], language: str | None) -> list[int]:
        """The numbers of a document's words; a word in another language than the index's has one of its own there, since it
        has another stem, and counts as the same word all the same.
        """
        if language is None or language == self.language:
            return list(map(self.ids.__getitem__, words))
        suffix = _IN + language.encode()
        return [self.ids[word + suffix] for word in words]

    def without_language(self, words: Ids) -> Ids:
        """``(n,)`` numbers of words as numbers of the same words in the index's own language."""
        return words if self.plain is None else self.plain[words]

    def terms_of(self, word: bytes, stem: bytes | None) -> list[int]:
        """The terms that a query word stands for, as far as they occur: itself, and by a stem that and what has it too."""
        terms = [word] if stem is None else [word, stem, b"+" + stem]
        return self.known(dict.fromkeys(terms))

    def known(self, terms: Iterable[bytes]) -> list[int]:
        """The numbers of those terms that occur or once did."""
        ids = self.ids
        return [ids[term] for term in terms if term in ids and ids[term] != HOLE]

    def size(self) -> int:
        """How many terms there are in documents now."""
        return int(np.count_nonzero(self.documents))

    def is_stem(self, term: int) -> bool:
        """Whether a term stands for other words: a ``+stem`` or a ``<sound``."""
        return term in self._with_stem

    def is_sound(self, term: int) -> bool:
        """Whether a term is a ``<sound``."""
        return self.sound_of is not None and self.words[term][:1] == b"<"

    def words_of(self, term: int) -> list[int]:
        """The words that count as a term: the word itself, or those with a stem."""
        return self._with_stem.get(term) or self._variants and self._variants.get(term) or [term]

    def words_of_all(self, terms: Iterable[int]) -> list[int]:
        """The words of several terms, one term after the other."""
        with_stem, variants = self._with_stem, self._variants
        return [word for term in terms for word in with_stem.get(term) or variants and variants.get(term) or (term,)]

    def elsewhere(self, row: int, column: "TextColumn") -> Ids:
        """The terms of a document's other text fields."""
        others = [each.terms(row) for each in self._columns if each is not column]
        return np.concatenate(others) if others else np.zeros(0, np.int32)

    def count(self, terms: Iterable[int]) -> npt.NDArray[np.int64]:
        """In how many documents each of these terms is."""
        return self.documents[np.fromiter(terms, np.intp)]


class _Numbering(dict[bytes, int]):
    def __init__(self, vocabulary: Vocabulary, stopwords: frozenset[bytes]) -> None:
        super().__init__(dict.fromkeys(stopwords, HOLE))
        self._vocabulary = vocabulary

    def __missing__(self, term: bytes) -> int:
        number = self[term] = self._vocabulary.number(term)
        return number
