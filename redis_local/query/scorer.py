"""BM25 scores of found rows.

Scores follow BM25 as Redis computes it (k1 1.2, b 0.75;
https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/).
"""

import math
from collections.abc import Iterable
from itertools import chain

import numpy as np
import numpy.typing as npt

from ..columns import Floats, TagColumn, TextColumn
from .evaluator import Evaluator
from .nodes import Affix, And, Everything, Knn, Node, Optional, Or, Phrase, Tags, Term, Weighted


class Scorer:
    """BM25 scores of found rows, in time that grows with the documents and not with their square."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._index = evaluator.index
        self._lengths = np.zeros(self._index.rows, np.int64)
        for column in self._index.text_columns():
            self._lengths += column.lengths(self._index.rows)
        self._mean = int(self._lengths.sum()) / max(1, len(self._index))

    def scores(self, node: Node, rows: npt.NDArray[np.intp]) -> Floats:
        """``(n,)`` scores of the rows; higher is better. All are 0 where no document has a word."""
        if not self._mean:
            return np.zeros(len(rows))
        if isinstance(node, Knn):
            node = node.filter
        return self._score(node, rows)

    def _score(self, node: Node, rows: npt.NDArray[np.intp]) -> Floats:
        match node:
            case Everything():
                return self._bm25(np.ones(len(rows)), rows)
            case And(_, children) | Or(_, children):
                total = np.zeros(len(rows))
                for child in children:
                    total += self._score(child, rows)
                return total
            case Optional(_, child):
                return self._score(child, rows)
            case Weighted(_, child, weight):
                return np.asarray(weight * self._score(child, rows))
            case Tags():
                return self._tags(node, rows)
            case Term() | Affix() | Phrase():
                return self._text(node, rows)
        return np.zeros(len(rows))

    def _bm25(self, frequency: Floats, rows: npt.NDArray[np.intp]) -> Floats:
        relative = self._lengths[rows] / self._mean
        return np.asarray(frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * relative)))

    def _idf(self, documents: int) -> float:
        return math.log(1 + (len(self._index) - documents + 0.5) / (documents + 0.5))

    def _tags(self, node: Tags, rows: npt.NDArray[np.intp]) -> Floats:
        column = self._index.column(node.field)
        assert isinstance(column, TagColumn)
        weights: dict[int, float] = {}
        for value in node.values:
            codes = self._evaluator.tag_codes(column, value)
            idf = self._idf(column.count(codes))
            for code in codes:
                weights[code] = weights.get(code, 0.0) + idf
        return np.asarray(column.weights(weights, rows) * self._bm25(np.ones(len(rows)), rows))

    def _text(self, node: Term | Affix | Phrase, rows: npt.NDArray[np.intp]) -> Floats:
        score = np.zeros(self._index.rows)
        for column in self._evaluator.text_columns(node):
            postings = [column.frequencies(term) for term in self._terms(column, node)]
            sizes = list(map(len, postings))
            having = np.fromiter(chain.from_iterable(postings), np.intp, sum(sizes))
            frequency = np.fromiter(chain.from_iterable(each.values() for each in postings), float, sum(sizes))
            idf = np.repeat([self._idf(size) for size in sizes], sizes)
            weights = column.field.weight * idf * self._bm25(frequency, having)
            score += np.bincount(having, weights, len(score))
        return np.asarray(score[rows])

    def _terms(self, column: TextColumn, node: Term | Affix | Phrase) -> Iterable[bytes]:
        if isinstance(node, Phrase):
            return [self._evaluator.text(word) for word in node.words]
        return self._evaluator.terms(column, node)
