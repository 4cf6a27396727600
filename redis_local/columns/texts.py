"""TEXT fields."""

import re
from collections.abc import Iterable

import snowballstemmer

from ..schema import Field
from .shared import affixed, fold

_SEPARATORS = re.compile(rb"[\x00-\x20!-/:-@\[-^`{-\x7f]+")


class TextColumn:
    """Words in an inverted index with stems, and each document's words in order for phrases."""

    def __init__(self, field: Field, stopwords: frozenset[bytes], language: str) -> None:
        self.field = field
        self._stopwords = stopwords
        self._stemmer = snowballstemmer.stemmer(language)
        self._stems: dict[bytes, bytes] = {}
        self._rows_with: dict[bytes, set[int]] = {}
        self._words: dict[int, tuple[bytes, ...]] = {}
        self._raw: dict[int, bytes] = {}

    def reserve(self, capacity: int) -> None:
        """Nothing: dictionaries grow by themselves."""

    def tokenize(self, value: bytes) -> tuple[bytes, ...]:
        """Words in lower case; a stop word leaves an empty place so that positions stay true."""
        words = (word for word in _SEPARATORS.split(fold(value)) if word)
        return tuple(b"" if word in self._stopwords else word for word in words)

    def put(self, row: int, value: bytes | None) -> None:
        for term in self._terms(self._words.pop(row, ())):
            rows = self._rows_with[term]
            rows.discard(row)
            if not rows:
                del self._rows_with[term]
        self._raw.pop(row, None)
        if value is None:
            return
        if self.field.sortable:
            self._raw[row] = value
        if self.field.noindex:
            return
        self._words[row] = words = self.tokenize(value)
        for term in self._terms(words):
            self._rows_with.setdefault(term, set()).add(row)

    def get(self, row: int) -> bytes | None:
        return self._raw.get(row)

    def length(self, row: int) -> int:
        """Number of words without stop words."""
        return sum(map(bool, self._words.get(row, ())))

    def frequency(self, row: int, terms: Iterable[bytes]) -> int:
        """How often any of the terms occurs in the document."""
        wanted = set(terms)
        return sum(bool(wanted & self._terms((word,))) for word in self._words.get(row, ()))

    def _terms(self, words: tuple[bytes, ...]) -> set[bytes]:
        terms = set(words) - {b""}
        if not self.field.nostem:
            terms |= {b"+" + stem for word in terms if len(word) >= 4 and (stem := self.stem(word)) != word}
        return terms

    def stem(self, word: bytes) -> bytes:
        """The word's stem (Snowball, https://snowballstem.org)."""
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

    def rows_of(self, terms: Iterable[bytes]) -> set[int]:
        return set().union(*(self._rows_with.get(term, ()) for term in terms))

    def words_like(self, part: bytes, starts: bool, ends: bool) -> set[bytes]:
        """Indexed words with that beginning, end, or part."""
        return {word for word in self._rows_with if word[:1] != b"+" and affixed(word, part, starts, ends)}

    def phrase_rows(self, phrase: tuple[bytes, ...]) -> set[int]:
        """Rows in which the words stand next to each other."""
        rows = set.intersection(*(self.rows_of((word,)) for word in phrase))
        return {row for row in rows if _contains(self._words[row], phrase)}


def _contains(words: tuple[bytes, ...], phrase: tuple[bytes, ...]) -> bool:
    size = len(phrase)
    return any(words[start : start + size] == phrase for start in range(len(words) - size + 1))
