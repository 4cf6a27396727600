"""Scores of rows that match."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..columns import Floats, Rows, TagColumn
from .bm25 import Bm25
from .evaluator import Evaluator
from .nodes import And, Everything, Knn, Near, Node, Optional, Or, Tags, Weighted
from .words import PARTS, are_parts


class Scorer:
    """BM25STD scores of rows that match, in time that grows with the documents and not with their square.

    BM25STD.NORM divides them by the highest of the rows asked for, BM25STD.TANH is the hyperbolic tangent of a share of
    them: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/

    Args:
        name: which of the three.
        tanh_factor: what BM25STD.TANH divides a score by.

    Attributes:
        highest: what BM25STD.NORM divided by, once it has.
    """

    def __init__(self, evaluator: Evaluator, name: str = "BM25STD", tanh_factor: int = 4) -> None:
        self._evaluator = evaluator
        self._name = name
        self._tanh_factor = tanh_factor
        self.highest = 0.0
        self._bm25 = Bm25(evaluator.index)

    def scores(self, node: Node, rows: Rows) -> Floats:
        """``(n,)`` scores of the rows; higher is better. All are 0 where no document has a word."""
        if not self._bm25.mean_length or not len(rows):
            return np.zeros(len(rows))
        node = node.filter if isinstance(node, Knn) else node
        scope, positions = self._evaluator.around(rows)
        scores = _Scores(scope, self._bm25).of(node)
        plain = np.asarray(scores if positions is None else scores[positions]) * scope.index.scores[rows]
        if self._name == "BM25STD.NORM":
            self.highest = float(plain.max())
            return plain / self.highest if self.highest > 0 else plain
        return np.tanh(plain / self._tanh_factor) if self._name == "BM25STD.TANH" else plain


@dataclass(frozen=True)
class _Scores:
    """Scores of all rows of a scope."""

    scope: Evaluator
    bm25: Bm25

    def of(self, node: Node) -> Floats:
        """``(n,)`` what a part of the query adds to each row's score."""
        if isinstance(node, PARTS):
            return self.scope.words.scores(node)
        match node:
            case Everything():
                return self._once()
            case And(_, children):
                return self._sum(self.of(child) for child in children)
            case Or(_, children):
                if are_parts(children):
                    return self.scope.words.total(children)
                return self._sum(self._if_matched(child) for child in children)
            case Optional(_, child):
                return self._if_matched(child)
            case Near(_, child, _, _):
                return self.of(child)
            case Weighted(_, child, weight):
                return np.asarray(weight * self.of(child))
        return np.zeros(self.scope.size)

    def _sum(self, scores: Iterable[Floats]) -> Floats:
        total = np.zeros(self.scope.size)
        for each in scores:
            total += each
        return total

    def _if_matched(self, node: Node) -> Floats:
        """What a part adds that need not match: nothing where it does not, even if something within it does."""
        scores = self.of(node)
        if isinstance(node, (*PARTS, Tags)):
            return scores
        return np.where(self.scope.mask(node), scores, 0.0)

    def _once(self) -> Floats:
        """What a single occurrence counts."""
        return self.bm25.weights(np.ones(self.scope.size), self.scope.rows)

    def _tags(self, node: Tags) -> Floats:
        column = self.scope.index.column(node.field)
        assert isinstance(column, TagColumn)
        weights: dict[int, float] = {}
        for tag in [tag for value in node.values for tag in self.scope.tags(column, value)]:
            codes = column.codes_of(tag)
            idf = float(self.bm25.idf(np.array([column.count(codes)]))[0])
            for code in codes:
                weights[code] = weights.get(code, 0.0) + idf
        return np.asarray(column.weights(weights, self.scope.rows) * self._once())
