"""BM25 scores of found rows.

Scores follow BM25 as Redis computes it (k1 1.2, b 0.75;
https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/).
"""

import math

import numpy as np
import numpy.typing as npt

from ..columns import Floats, TagColumn
from .evaluator import Evaluator
from .nodes import Affix, And, Everything, Knn, Node, Optional, Or, Phrase, Tags, Term, Weighted


class Scorer:
    """BM25 scores of found rows."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._index = evaluator.index
        self._texts = evaluator.index.text_columns()
        live = np.flatnonzero(self._index.all_rows())
        self._lengths = {int(row): sum(column.length(int(row)) for column in self._texts) for row in live}
        self._mean = sum(self._lengths.values()) / max(1, len(self._lengths))

    def scores(self, node: Node, rows: npt.NDArray[np.intp]) -> Floats:
        """``(n,)`` scores of the rows; higher is better. All are 0 where no document has a word."""
        if not self._mean:
            return np.zeros(len(rows))
        if isinstance(node, Knn):
            node = node.filter
        return np.array([self._score(node, int(row)) for row in rows], float)

    def _score(self, node: Node, row: int) -> float:
        match node:
            case Everything():
                return self._bm25(1.0, 1, row)
            case And(_, children) | Or(_, children):
                return sum(self._score(child, row) for child in children)
            case Optional(_, child):
                return self._score(child, row)
            case Weighted(_, child, weight):
                return weight * self._score(child, row)
            case Tags():
                return self._tags(node, row)
            case Term() | Affix() | Phrase():
                return self._text(node, row)
        return 0.0

    def _bm25(self, idf: float, frequency: int, row: int) -> float:
        relative = self._lengths[row] / self._mean
        return idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * relative))

    def _idf(self, documents: int) -> float:
        return math.log(1 + (len(self._index) - documents + 0.5) / (documents + 0.5))

    def _tags(self, node: Tags, row: int) -> float:
        column = self._index.column(node.field)
        assert isinstance(column, TagColumn)
        score = 0.0
        for value in node.values:
            codes = self._evaluator.tag_codes(column, value)
            mask = column.mask(codes, self._index.rows) if codes else None
            if mask is not None and mask[row]:
                score += self._bm25(self._idf(int(mask.sum())), 1, row)
        return score

    def _text(self, node: Term | Affix | Phrase, row: int) -> float:
        score = 0.0
        for column in self._evaluator.text_columns(node):
            if isinstance(node, Phrase):
                groups = [column.terms_of(self._evaluator.text(word), True) for word in node.words]
            else:
                groups = [{term} for term in self._evaluator.terms(column, node)]
            for terms in groups:
                found = column.rows_of(terms)
                if row in found:
                    idf, frequency = self._idf(len(found)), max(1, column.frequency(row, terms))
                    score += column.field.weight * self._bm25(idf, frequency, row)
        return score
