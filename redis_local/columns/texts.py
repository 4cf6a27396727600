"""TEXT fields.

A document is kept as the numbers of its words in order, which answers for a few documents at once how often they have
which word. For each word there is a list of where it occurs, which answers which documents have it at all. An entry of
such a list is a *slot*: every time a document is stored it gets a new one, and the slots of what it was before lead
nowhere. So nothing is searched for when a document changes; dead entries go when they outnumber the others.
"""

import re
from array import array
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from ..languages import CHINESE, chinese_words
from ..schema import Field
from .patterns import fuzzy, wildcard
from .shared import Mask, Rows, affixed, fold, grown
from .vocabulary import HOLE, Ids, Vocabulary

TOKEN = re.compile(rb"[^\x00-\x20!-/:-@\[-^`{-\x7f]+")
"""A word of a text."""

_SEPARATORS = re.compile(rb"[\x00-\x20!-/:-@\[-^`{-\x7f]+")
_STEM_FACTOR = np.float32(0.2)
_MOST_DEAD = 100_000
_FIRST_SLOTS = 64
_NO_TERMS: Ids = np.zeros(0, np.int32)


class TextColumn:
    """The words of one field, document by document and word by word.

    Attributes:
        word_weight: for how many occurrences one counts, by the field's WEIGHT; a whole number, 1 at the least.
        stem_weight: the same for a word that has only the stem in common with what is asked for.
        length: the sum of all documents' lengths.
    """

    def __init__(self, field: Field, vocabulary: Vocabulary) -> None:
        self.field = field
        self.vocabulary = vocabulary
        self.word_weight = max(1, int(field.weight))
        self.stem_weight = max(1, int(np.float32(field.weight) * _STEM_FACTOR))
        self.length = 0
        self._documents: dict[int, bytes] = {}
        self._postings = _Postings()
        self._raw: dict[int, bytes] = {}
        self._sizes: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._lengths: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._slots: npt.NDArray[np.uint32] = np.zeros(0, np.uint32)
        self._rows: npt.NDArray[np.uint32] = np.zeros(_FIRST_SLOTS, np.uint32)
        self._last_slot = 0
        self._dead = 0
        vocabulary.join(self)

    def reserve(self, capacity: int) -> None:
        self._sizes, self._lengths = grown(self._sizes, capacity), grown(self._lengths, capacity)
        self._slots = grown(self._slots, capacity)

    def tokenize(self, value: bytes, language: str | None = None) -> list[bytes]:
        """Words in lower case, stop words included; of an empty text with INDEXEMPTY the empty one."""
        folded = fold(value)
        if not folded and self.field.index_empty:
            return [folded]
        if language == CHINESE:
            return chinese_tokens(folded)
        return [word for word in _SEPARATORS.split(folded) if word]

    # ------------------------------------------------------------ changes
    def put(self, row: int, value: bytes | None, language: str | None = None) -> None:
        """Store a document's text, None for no document; ``language`` is None for the index's own."""
        if value is None and row not in self._documents:
            self._raw.pop(row, None)
            return
        elsewhere = self.vocabulary.elsewhere(row, self)
        self._remove(row, elsewhere)
        if value is None:
            return
        if self.field.sortable:
            self._raw[row] = value
        if not self.field.noindex:
            words = self.tokenize(value, language or self.vocabulary.language)
            self._add(row, self.vocabulary.numbers(words, language), elsewhere)

    def _remove(self, row: int, elsewhere: Ids) -> None:
        self._raw.pop(row, None)
        if row not in self._documents:
            return
        self.vocabulary.documents[_without(self.terms(row), elsewhere)] -= 1
        words = np.frombuffer(self._documents.pop(row), np.int32)
        self._dead += int(np.count_nonzero(words))
        self.length -= int(self._lengths[row])
        self._sizes[row] = self._lengths[row] = self._slots[row] = 0
        if self._dead > _MOST_DEAD + self.length:
            self._renumber()

    def _add(self, row: int, words: list[int], elsewhere: Ids) -> None:
        self._documents[row] = array("i", words).tobytes()
        self._last_slot = slot = self._last_slot + 1
        if slot == len(self._rows):
            self._rows = grown(self._rows, 2 * slot)
        self._rows[slot], self._slots[row], self._sizes[row] = row, slot, len(words)
        postings = self._postings
        for word in words:
            postings[word].append(slot)
        holes = postings.pop(HOLE, ())
        self._lengths[row] = length = (len(words) - len(holes)) * self.word_weight
        self.length += length
        self.vocabulary.documents[_without(self.terms(row), elsewhere)] += 1

    def _renumber(self) -> None:
        """Number the slots in use from 1 on again, and drop the entries of all others."""
        rows = np.flatnonzero(self._slots)
        rows = rows[np.argsort(self._slots[rows])]
        new = np.zeros(self._last_slot + 1, np.uint32)
        new[self._slots[rows]] = np.arange(1, len(rows) + 1)
        for word, posting in list(self._postings.items()):
            slots = new[np.array(posting)]
            self._postings[word] = array("I", slots[slots > 0].tobytes())
            if not self._postings[word]:
                del self._postings[word]
        self._slots = new[self._slots]
        self._rows[1 : len(rows) + 1] = rows
        self._last_slot, self._dead = len(rows), 0

    # ------------------------------------------------------------ lookups
    def get(self, row: int) -> bytes | None:
        return self._raw.get(row)

    def lengths(self, rows: Rows) -> npt.NDArray[np.int64]:
        """``(n,)`` numbers of words of these rows, stop words left out and weighted; 0 where there is no document."""
        return np.asarray(self._lengths[rows])

    def missing(self, selection: int | Rows) -> Mask:
        """Which of these rows have no value."""
        return np.asarray((self._slots[:selection] if isinstance(selection, int) else self._slots[selection]) == 0)

    def words(self, rows: Rows) -> tuple[Ids, npt.NDArray[np.int64]]:
        """All words of these rows, one row after the other, and where each row's end.

        Returns:
            ``(words,)`` numbers, ``HOLE`` for a stop word, and ``(n,)`` ends.
        """
        documents = self._documents
        joined = b"".join([documents.get(row, b"") for row in rows.tolist()])
        return np.frombuffer(joined, np.int32), np.cumsum(self._sizes[rows])

    def size(self, rows: Rows) -> int:
        """How many words :meth:`words` would return."""
        return int(self._sizes[rows].sum())

    def terms(self, row: int) -> Ids:
        """The distinct terms of a document."""
        document = self._documents.get(row)
        if document is None:
            return _NO_TERMS
        words = np.unique(np.frombuffer(document, np.int32))
        vocabulary, terms = self.vocabulary, [words]
        if not self.field.nostem:
            terms.append(np.unique(vocabulary.stem_of[words]))
        if self.field.phonetic and vocabulary.sound_of is not None:
            terms.append(np.unique(vocabulary.sound_of[words]))
        if vocabulary.plain is not None:
            terms[0] = np.unique(vocabulary.without_language(words))
        joined = np.concatenate(terms)
        return np.asarray(joined[joined != HOLE])

    def occurrences(self, terms: Sequence[int]) -> tuple[Rows, Rows]:
        """Where terms occur.

        Returns:
            ``(m,)`` rows, each as often as a term occurs there, and ``(m,)`` which of the terms it is.
        """
        postings: list[array[int]] = []
        places: list[int] = []
        for place, term in enumerate(terms):
            found = [self._postings[word] for word in self.words_of(term) if word in self._postings]
            postings += found
            places += [place] * len(found)
        if not postings:
            return np.zeros(0, np.intp), np.zeros(0, np.intp)
        slots = np.frombuffer(b"".join(postings), np.uint32)
        rows = self._rows[slots]
        alive = self._slots[rows] == slots
        return np.asarray(rows[alive], np.intp), np.repeat(places, list(map(len, postings)))[alive]

    def words_of(self, term: int) -> list[int]:
        """The words that count as a term in this field."""
        if self.vocabulary.is_stem(term):
            apart = not self.field.phonetic if self.vocabulary.is_sound(term) else self.field.nostem
            return [] if apart else self.vocabulary.words_of(term)
        return self.vocabulary.words_of(term)

    def spread(self, terms: Iterable[int]) -> int:
        """How many entries :meth:`occurrences` looks through."""
        postings = self._postings
        return sum([len(postings[word]) for word in self.vocabulary.words_of_all(terms) if word in postings])

    def words_like(self, part: bytes, starts: bool, ends: bool) -> list[int]:
        """Words of this field with that beginning, end, or part."""
        return self._in_use(affixed(self._named(), part, starts, ends))

    def words_near(self, word: bytes, distance: int) -> list[int]:
        """Words of this field that become another one with so many letters added, left out or changed."""
        near = fuzzy(word, distance)
        return self._in_use([each for each in self._named() if each and near(each)])

    def words_matching(self, pattern: bytes) -> list[int]:
        """Words of this field that a pattern with ``?`` and ``*`` matches."""
        matches = wildcard(pattern)
        return self._in_use([each for each in self._named() if each and matches(each)])

    def _named(self) -> dict[bytes, int]:
        return {self.vocabulary.words[word]: word for word in self._postings}

    def _in_use(self, words: Iterable[bytes]) -> list[int]:
        """The numbers of those of these words that a document still has."""
        numbers = [self.vocabulary.ids[word] for word in words]
        return [word for word in numbers if len(self.occurrences([word])[0])] if self._dead else numbers

    def with_phrase(self, phrase: tuple[bytes, ...], rows: Rows | None = None) -> Rows:
        """The rows, or all that there are, in which the words stand next to each other."""
        numbers = [self.vocabulary.ids.get(word, HOLE) for word in phrase]
        if HOLE in numbers:
            return np.zeros(0, np.intp)
        if rows is None:
            rows = np.unique(self.occurrences([min(numbers, key=lambda number: self.spread([number]))])[0])
        words, ends = self.words(rows)
        words = self.vocabulary.without_language(words)
        starts = np.flatnonzero(words[: max(0, len(words) - len(numbers) + 1)] == numbers[0])
        for offset, number in enumerate(numbers[1:], 1):
            starts = starts[words[starts + offset] == number]
        places = np.searchsorted(ends, starts, side="right")
        return np.asarray(rows[np.unique(places[starts + len(numbers) <= ends[places]])])


def chinese_tokens(folded: bytes) -> list[bytes]:
    """The words of a Chinese text, what is written in other letters among them, without punctuation."""
    pieces = chinese_words(folded.decode(errors="surrogateescape"))
    words = (piece.encode(errors="surrogateescape") for piece in pieces if any(map(str.isalnum, piece)))
    return [word for each in words for word in _SEPARATORS.split(each) if word]


class _Postings(dict[int, "array[int]"]):
    def __missing__(self, word: int) -> "array[int]":
        posting = self[word] = array("I")
        return posting


def _without(terms: Ids, elsewhere: Ids) -> Ids:
    return terms if not len(elsewhere) else np.setdiff1d(terms, elsewhere)
