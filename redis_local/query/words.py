"""What the words of a query find in chosen documents, and how these score.

A *part* is a word, an affix, a pattern or a phrase of the query; it stands for one or more terms. Over few documents all parts are
evaluated at once, over all documents one by one. Either way the lists of where each term occurs are gone through, or, if
that is shorter, the words of the documents.

Scores are BM25STD. As in Redis, a term counts as often as it occurs in all text fields of a document, if it occurs in one
that the query names.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard

import numpy as np

from ..columns import Floats, Mask, Rows, TextColumn
from ..index import Index
from .bm25 import Bm25
from .nodes import Affix, Fuzzy, Node, Phrase, Term, Wildcard

Part: TypeAlias = Term | Affix | Fuzzy | Wildcard | Phrase
PARTS = (Term, Affix, Fuzzy, Wildcard, Phrase)


def are_parts(nodes: Sequence[Node]) -> TypeGuard[Sequence[Part]]:
    """Whether all of these are parts."""
    return all(isinstance(node, PARTS) for node in nodes)


_MOST_CELLS = 1 << 22


@dataclass(frozen=True, eq=False)
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
        self._vocabulary = index.vocabulary
        self._columns = index.text_columns()
        self._rows = rows
        self._size = index.rows if rows is None else len(rows)
        self._bm25 = Bm25(index)
        self._meanings = {id(part): meaning(part) for part in parts}
        self._found: dict[int, tuple[Mask, Floats]] = {}
        self._at_once = rows is not None and len(rows) * len(parts) <= _MOST_CELLS

    def matched(self, part: Part) -> Mask:
        """``(n,)`` which documents the part finds."""
        return self._of(part)[0]

    def scores(self, part: Part) -> Floats:
        """``(n,)`` scores; higher is better, 0 where the part finds nothing."""
        return self._of(part)[1]

    def matched_any(self, parts: Sequence[Part]) -> Mask:
        """``(n,)`` which documents one of the parts finds."""
        return np.asarray(np.logical_or.reduce([self._of(part)[0] for part in parts]))

    def total(self, parts: Sequence[Part]) -> Floats:
        """``(n,)`` the sum of the parts' scores, added one after the other."""
        return np.asarray(np.add.reduce([self._of(part)[1] for part in parts]))

    def _of(self, part: Part) -> tuple[Mask, Floats]:
        found = self._found.get(id(part))
        if found is not None:
            return found
        columns = self._meanings[id(part)].columns
        alike = [each for each, meaning in self._meanings.items() if meaning.columns == columns]
        self._evaluate(alike if self._at_once else [id(part)], columns)
        return self._found[id(part)]

    def _evaluate(self, parts: list[int], columns: tuple[TextColumn, ...]) -> None:
        meanings = [self._meanings[part] for part in parts]
        terms = list(dict.fromkeys(term for meaning in meanings for term in meaning.terms))
        documents, places, frequencies = self._occurrences(terms, columns)
        weights = self._bm25.idf(self._vocabulary.count(terms))[places]
        weights = weights * self._bm25.weights(frequencies, documents if self._rows is None else self._rows[documents])
        place = {term: at for at, term in enumerate(terms)}
        owners = sorted((place[term], at) for at, meaning in enumerate(meanings) for term in meaning.terms)
        of_term, of_part = np.array(owners, np.intp).reshape(-1, 2).T
        which, owner = _matching(places, of_term)
        cells = of_part[owner] * self._size + documents[which]
        summed = np.bincount(cells, weights[which], len(parts) * self._size)
        scores = np.asarray(summed, np.float64).reshape(len(parts), self._size)
        masks = scores > 0
        for at, (part, meaning) in enumerate(zip(parts, meanings, strict=True)):
            mask = self._adjacent(meaning, masks[at]) if meaning.phrase else masks[at]
            self._found[part] = mask, np.where(mask, scores[at], 0.0) if meaning.phrase else scores[at]

    def _occurrences(self, terms: list[int], columns: tuple[TextColumn, ...]) -> tuple[Rows, Rows, Floats]:
        """Where the terms are, if one of the fields has them.

        Returns:
            ``(m,)`` places of documents, ``(m,)`` places of terms, and ``(m,)`` how often the one has the other.
        """
        stems = np.array([self._vocabulary.is_stem(term) for term in terms], bool)
        keys, weights, named = [np.zeros(0, np.intp)], [np.zeros(0)], [np.zeros(0, bool)]
        for column in self._columns:
            documents, places = self._hits(column, terms)
            keys.append(documents * len(terms) + places)
            weights.append(np.where(stems, column.stem_weight, column.word_weight)[places].astype(float))
            named.append(np.full(len(documents), column in columns))
        distinct, inverse = np.unique(np.concatenate(keys), return_inverse=True)
        frequencies = np.bincount(inverse, np.concatenate(weights), len(distinct))
        here = np.bincount(inverse, np.concatenate(named), len(distinct)) > 0
        documents, places = np.divmod(distinct[here], max(1, len(terms)))
        return documents, places, np.asarray(frequencies[here], np.float64)

    def _hits(self, column: TextColumn, terms: list[int]) -> tuple[Rows, Rows]:
        """``(m,)`` places of documents and ``(m,)`` places of terms, a pair for each occurrence in a field."""
        if self._rows is None:
            return column.occurrences(terms)
        if column.spread(terms) < column.size(self._rows):
            rows, places = column.occurrences(terms)
            position = np.full(self._index.rows, -1, np.intp)
            position[self._rows] = np.arange(self._size)
            documents = position[rows]
            within = documents >= 0
            return documents[within], places[within]
        return _hits_in_documents(column, self._rows, terms)

    def _adjacent(self, meaning: Meaning, mask: Mask) -> Mask:
        """Only where the words stand next to each other in one field."""
        rows = np.flatnonzero(mask) if self._rows is None else self._rows[mask]
        found = np.zeros(self._index.rows, bool)
        for column in meaning.columns:
            found[column.with_phrase(meaning.phrase, rows)] = True
        return found if self._rows is None else found[self._rows]


def _hits_in_documents(column: TextColumn, rows: Rows, terms: list[int]) -> tuple[Rows, Rows]:
    """The same from all words of the documents."""
    words, ends = column.words(rows)
    counted = sorted((word, at) for at, term in enumerate(terms) for word in column.words_of(term))
    of_word, of_term = np.array(counted, np.intp).reshape(-1, 2).T
    relevant = np.zeros(len(column.vocabulary.words), bool)
    relevant[of_word] = True
    hits = np.flatnonzero(relevant[words])
    which, owner = _matching(np.asarray(words[hits], np.intp), of_word)
    return np.searchsorted(ends, hits, side="right")[which], of_term[owner]


def _matching(values: Rows, table: Rows) -> tuple[Rows, Rows]:
    """Every pair of a value and an entry of a sorted table that are equal: places of both."""
    first = np.searchsorted(table, values, side="left")
    count = np.searchsorted(table, values, side="right") - first
    which = np.repeat(np.arange(len(values)), count)
    return which, np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count) + first[which]
