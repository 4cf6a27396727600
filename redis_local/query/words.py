"""What the words of a query find in chosen documents, and how these score.

A *part* is a word, an affix or a phrase of the query; it stands for one or more terms. There are two ways to the same
numbers. Over a few documents all their words are gone through once, whatever the query asks for. Over many, the lists of
where each term occurs are.

Scores are BM25STD: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/. As in Redis, a
term counts as often as it occurs in all text fields of a document, if it occurs in one that the query names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..columns import Floats, Mask, Rows, TextColumn
from ..index import Index
from .bm25 import Bm25
from .nodes import Affix, Phrase, Term

Part: TypeAlias = Term | Affix | Phrase
PARTS = (Term, Affix, Phrase)

_MOST_CELLS = 1 << 21
_PER_CELL, _PER_ENTRY = 6, 10


@dataclass(frozen=True)
class Meaning:
    """What a part stands for: terms by number, in any of these fields.

    ``phrase`` is the words that must stand next to each other, if they must.
    """

    terms: tuple[int, ...]
    columns: tuple[TextColumn, ...]
    phrase: tuple[bytes, ...] = ()


class Words:
    """The parts of one query over the same documents.

    Args:
        rows: ``(n,)`` the documents, or None for all rows.
        meaning: what a part of the query stands for.
        parts: every part that will be asked for.
    """

    def __init__(
        self, index: Index, rows: Rows | None, meaning: Callable[[Part], Meaning], parts: Sequence[Part]
    ) -> None:
        self._index = index
        self._rows = rows
        self._size = index.rows if rows is None else len(rows)
        self._meanings = {part: meaning(part) for part in parts}
        self._columns = index.text_columns()
        self._bm25 = Bm25(index)
        self._found: dict[Part, tuple[Mask, Floats]] = {}
        if rows is not None and self._few(rows):
            self._found = self._from_documents(rows)

    def matched(self, part: Part) -> Mask:
        """``(n,)`` which documents the part finds."""
        return self._of(part)[0]

    def scores(self, part: Part) -> Floats:
        """``(n,)`` scores; higher is better, 0 where the part finds nothing."""
        return self._of(part)[1]

    def _of(self, part: Part) -> tuple[Mask, Floats]:
        if part not in self._found:
            self._found[part] = self._from_postings(self._meanings[part])
        return self._found[part]

    def _few(self, rows: Rows) -> bool:
        """Whether going through the documents is the shorter way."""
        terms = {term for meaning in self._meanings.values() for term in meaning.terms}
        cells = len(rows) * len(terms)
        words = sum(column.size(rows) for column in self._columns)
        entries = sum(column.spread(term) for term in terms for column in self._columns)
        return cells <= _MOST_CELLS and words + _PER_CELL * cells < _PER_ENTRY * (entries + len(terms) * 100)

    # ------------------------------------------------------------ through the documents
    def _from_documents(self, rows: Rows) -> dict[Part, tuple[Mask, Floats]]:
        meanings = self._meanings
        terms = list(dict.fromkeys(term for meaning in meanings.values() for term in meaning.terms))
        place = {term: at for at, term in enumerate(terms)}
        by_column = {column: self._frequencies(column, rows, terms) for column in self._columns}
        total = sum(by_column.values(), np.zeros((len(rows), len(terms)), np.float32))
        weights = self._bm25.weights(total, rows) * self._bm25.idf(self._index.vocabulary.count(terms))
        found: dict[Part, tuple[Mask, Floats]] = {}
        for columns in {meaning.columns for meaning in meanings.values()}:
            here: Floats = weights
            if len(columns) < len(self._columns):
                here = np.where(np.add.reduce([by_column[column] for column in columns]), weights, 0)
            parts = [part for part, meaning in meanings.items() if meaning.columns == columns]
            found |= self._summed(here, parts, place)
        for part, meaning in meanings.items():
            if meaning.phrase:
                found[part] = self._adjacent(rows, meaning, found[part][1])
        return found

    def _frequencies(self, column: TextColumn, rows: Rows, terms: list[int]) -> npt.NDArray[np.float32]:
        """``(n, terms)`` how often each row has each term in this field, weighted."""
        vocabulary = self._index.vocabulary
        words, ends = column.words(rows)
        counted: list[tuple[int, int]] = []
        for at, term in enumerate(terms):
            if not (column.field.nostem and vocabulary.words[term][:1] == b"+"):
                counted += [(word, at) for word in vocabulary.words_of(term)]
        relevant = np.zeros(len(vocabulary.words), bool)
        relevant[[word for word, _ in counted]] = True
        hits = np.flatnonzero(relevant[words])
        shape = (len(rows), len(terms))
        if not len(hits):
            return np.zeros(shape, np.float32)
        documents, hit_words = np.searchsorted(ends, hits, side="right"), words[hits]
        order = np.argsort(hit_words, kind="stable")
        documents, hit_words = documents[order], hit_words[order]
        pairs = np.array(counted, np.int64)
        first = np.searchsorted(hit_words, pairs[:, 0], side="left")
        count = np.searchsorted(hit_words, pairs[:, 0], side="right") - first
        within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        at = np.repeat(first, count) + within
        cells = documents[at] * len(terms) + np.repeat(pairs[:, 1], count)
        stems = np.array([vocabulary.words[term][:1] == b"+" for term in terms])
        counts = np.bincount(cells, minlength=len(rows) * len(terms)).reshape(shape)
        return np.asarray(counts * np.where(stems, column.stem_weight, column.word_weight), np.float32)

    def _summed(self, weights: Floats, parts: list[Part], place: dict[int, int]) -> dict[Part, tuple[Mask, Floats]]:
        """What each part finds and scores, from what its terms do."""
        nothing = np.zeros(self._size, bool), np.zeros(self._size)
        found: dict[Part, tuple[Mask, Floats]] = dict.fromkeys(parts, nothing)
        some = [part for part in parts if self._meanings[part].terms]
        if not some or not self._size:
            return found
        terms = [[place[term] for term in self._meanings[part].terms] for part in some]
        starts = np.cumsum([0, *map(len, terms)])[:-1]
        sums = np.add.reduceat(weights[:, [at for each in terms for at in each]], starts, axis=1)
        scores = np.ascontiguousarray(sums.T, np.float64)
        masks = scores > 0
        return found | {part: (masks[at], scores[at]) for at, part in enumerate(some)}

    # ------------------------------------------------------------ through the postings
    def _from_postings(self, meaning: Meaning) -> tuple[Mask, Floats]:
        rows, weights = [np.zeros(0, np.intp)], [np.zeros(0)]
        for term in meaning.terms:
            having, frequency = self._having(term, meaning.columns)
            idf = self._bm25.idf(self._index.vocabulary.count([term]))[0]
            rows.append(having)
            weights.append(idf * self._bm25.weights(frequency[:, None], having)[:, 0])
        scores: Floats = np.asarray(
            np.bincount(np.concatenate(rows), np.concatenate(weights), self._index.rows), np.float64
        )
        chosen: Floats = scores if self._rows is None else scores[self._rows]
        if meaning.phrase:
            return self._adjacent(self._rows, meaning, chosen)
        return chosen > 0, chosen

    def _having(self, term: int, columns: tuple[TextColumn, ...]) -> tuple[Rows, Floats]:
        """The rows that have a term in one of the fields, and how often they have it in all."""
        stem = self._index.vocabulary.words[term][:1] == b"+"
        occurrences = {column: column.occurrences(term) for column in self._columns}
        weight = [column.stem_weight if stem else column.word_weight for column in self._columns]
        rows, inverse = np.unique(np.concatenate(list(occurrences.values())), return_inverse=True)
        each = np.repeat(np.array(weight, float), [len(found) for found in occurrences.values()])
        frequency: Floats = np.asarray(np.bincount(inverse, each, len(rows)), np.float64)
        if len(columns) == len(self._columns):
            return rows, frequency
        named = np.isin(rows, np.concatenate([occurrences[column] for column in columns]))
        return rows[named], frequency[named]

    def _adjacent(self, rows: Rows | None, meaning: Meaning, scores: Floats) -> tuple[Mask, Floats]:
        """Only where the words stand next to each other in one field."""
        found = np.zeros(self._index.rows, bool)
        for column in meaning.columns:
            found[column.with_phrase(meaning.phrase, rows)] = True
        mask = found if rows is None else found[rows]
        return mask, np.where(mask, scores, 0.0)
