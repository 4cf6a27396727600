"""The words of an index's text fields as numbers, and in how many documents each term is.

A *term* is what the index can be asked for: a word, or ``+stem``, which stands for every word with that stem that differs
from it.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import snowballstemmer

from .shared import grown

if TYPE_CHECKING:
    from .texts import TextColumn

HOLE = 0
"""The number of a stop word: it leaves an empty place, so that positions stay true."""

Ids = npt.NDArray[np.int32]
_LONGEST_STEMMED = 128
_SHORTEST_STEMMED = 4
_FIRST_CAPACITY = 1024
_MOST_STEMS = 200_000


class Vocabulary:
    """Numbers for terms, shared by the text fields of an index.

    Attributes:
        ids: the number of each word met so far; asking for a new one numbers it.
        words: the words and ``+stem`` terms by number.
        stem_of: ``(capacity,)`` for each word the number of its ``+stem``, 0 where it has none.
        documents: ``(capacity,)`` in how many documents each term is, whichever field it is in.
    """

    def __init__(self, stopwords: frozenset[bytes], language: str) -> None:
        self.stopwords = stopwords
        self.ids: dict[bytes, int] = _Numbering(self, stopwords)
        self.words: list[bytes] = [b""]
        self.stem_of: Ids = np.zeros(_FIRST_CAPACITY, np.int32)
        self.documents: npt.NDArray[np.int64] = np.zeros(_FIRST_CAPACITY, np.int64)
        self._with_stem: dict[int, list[int]] = {}
        self._columns: list[TextColumn] = []
        self._stemmer = snowballstemmer.stemmer(language)
        self._stems: dict[bytes, bytes] = {}

    def join(self, column: "TextColumn") -> None:
        """Take note of a field whose words are numbered here."""
        self._columns.append(column)

    def number(self, term: bytes) -> int:
        """A number for a term that has none."""
        number = len(self.words)
        self.words.append(term)
        if number == len(self.documents):
            self.documents, self.stem_of = grown(self.documents, 2 * number), grown(self.stem_of, 2 * number)
        if term[:1] != b"+" and len(term) >= _SHORTEST_STEMMED and (stem := self.stem(term)) != term:
            stem_number = self.ids[b"+" + stem]
            self.stem_of[number] = stem_number
            self._with_stem.setdefault(stem_number, []).append(number)
        return number

    def stem(self, word: bytes) -> bytes:
        """The word's stem (Snowball, https://snowballstem.org)."""
        if len(word) > _LONGEST_STEMMED:
            return word
        found = self._stems.get(word)
        if found is None:
            if len(self._stems) > _MOST_STEMS:
                self._stems.clear()
            decoded = word.decode(errors="surrogateescape")
            found = self._stems[word] = self._stemmer.stemWord(decoded).encode(errors="surrogateescape")
        return found

    def terms_of(self, word: bytes, exact: bool) -> list[int]:
        """The terms that a query word stands for, as far as they occur: itself, its stem, what has the same stem."""
        terms = [word] if exact else [word, stem := self.stem(word), b"+" + stem]
        return self.known(dict.fromkeys(terms))

    def known(self, terms: Iterable[bytes]) -> list[int]:
        """The numbers of those terms that occur or once did."""
        numbers = (self.ids.get(term, HOLE) for term in terms)
        return [number for number in numbers if number != HOLE]

    def size(self) -> int:
        """How many terms there are in documents now."""
        return int(np.count_nonzero(self.documents))

    def words_of(self, term: int) -> list[int]:
        """The words that count as a term: the word itself, or those with a stem."""
        return self._with_stem.get(term, []) if self.words[term][:1] == b"+" else [term]

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
