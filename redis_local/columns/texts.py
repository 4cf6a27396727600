"""TEXT fields."""

import re
from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import snowballstemmer

from ..schema import Field
from .shared import affixed, fold, grown

_LONGEST_STEMMED = 128
_SEPARATORS = re.compile(rb"[\x00-\x20!-/:-@\[-^`{-\x7f]+")


class TextColumn:
    """Words in an inverted index with stems, and each document's words in order for phrases."""

    def __init__(self, field: Field, stopwords: frozenset[bytes], language: str) -> None:
        self.field = field
        self._stopwords = stopwords
        self._stemmer = snowballstemmer.stemmer(language)
        self._stems: dict[bytes, bytes] = {}
        self._postings: dict[bytes, dict[int, int]] = {}
        self._words: dict[int, tuple[bytes, ...]] = {}
        self._raw: dict[int, bytes] = {}
        self._lengths: npt.NDArray[np.int64] = np.zeros(0, np.int64)

    def reserve(self, capacity: int) -> None:
        self._lengths = grown(self._lengths, capacity)

    def tokenize(self, value: bytes) -> tuple[bytes, ...]:
        """Words in lower case; a stop word leaves an empty place so that positions stay true."""
        words = (word for word in _SEPARATORS.split(fold(value)) if word)
        return tuple(b"" if word in self._stopwords else word for word in words)

    def put(self, row: int, value: bytes | None) -> None:
        for term in self._counts(self._words.pop(row, ())):
            frequencies = self._postings[term]
            del frequencies[row]
            if not frequencies:
                del self._postings[term]
        self._raw.pop(row, None)
        self._lengths[row] = 0
        if value is None:
            return
        if self.field.sortable:
            self._raw[row] = value
        if self.field.noindex:
            return
        self._words[row] = words = self.tokenize(value)
        self._lengths[row] = sum(map(bool, words))
        for term, frequency in self._counts(words).items():
            self._postings.setdefault(term, {})[row] = frequency

    def get(self, row: int) -> bytes | None:
        return self._raw.get(row)

    def lengths(self, rows: int) -> npt.NDArray[np.int64]:
        """``(rows,)`` numbers of words without stop words, 0 where there is no document."""
        return self._lengths[:rows]

    def frequencies(self, term: bytes) -> Mapping[int, int]:
        """The rows that have a term of the index, and how often each has it."""
        return self._postings.get(term, {})

    def _counts(self, words: tuple[bytes, ...]) -> dict[bytes, int]:
        """How often each term of the index occurs: the words, and ``+stem`` for the stems that differ from their word."""
        counts = dict(Counter(filter(None, words)))
        if not self.field.nostem:
            for word, count in list(counts.items()):
                if len(word) >= 4 and (stem := self.stem(word)) != word:
                    counts[b"+" + stem] = counts.get(b"+" + stem, 0) + count
        return counts

    def stem(self, word: bytes) -> bytes:
        """The word's stem (Snowball, https://snowballstem.org)."""
        if len(word) > _LONGEST_STEMMED:
            return word
        found = self._stems.get(word)
        if found is None:
            if len(self._stems) > 200_000:
                self._stems.clear()
            decoded = word.decode(errors="surrogateescape")
            found = self._stems[word] = self._stemmer.stemWord(decoded).encode(errors="surrogateescape")
        return found

    def terms_of(self, word: bytes, exact: bool) -> set[bytes]:
        """The index terms that a query word stands for: itself, its stem, and what has the same stem."""
        if exact or self.field.nostem:
            return {word}
        stem = self.stem(word)
        return {word, stem, b"+" + stem}

    def words_like(self, part: bytes, starts: bool, ends: bool) -> set[bytes]:
        """Indexed words with that beginning, end, or part."""
        return {word for word in affixed(self._postings, part, starts, ends) if word[:1] != b"+"}

    def phrase_rows(self, phrase: tuple[bytes, ...]) -> list[int]:
        """Rows in which the words stand next to each other."""
        rarest = min((self.frequencies(word) for word in phrase), key=len)
        return [row for row in rarest if _contains(self._words[row], phrase)]


def _contains(words: tuple[bytes, ...], phrase: tuple[bytes, ...]) -> bool:
    size = len(phrase)
    return any(words[start : start + size] == phrase for start in range(len(words) - size + 1))
