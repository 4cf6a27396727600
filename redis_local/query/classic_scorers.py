"""The scorers that were there before BM25STD, as search 2.10 computes them.

TFIDF divides by the highest frequency of a term in the document, TFIDF.DOCNORM by its length; both, and BM25, by how far
apart the words of the query are. DISMAX takes the best of alternatives; DOCSCORE is the document's own score alone.
Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/
"""

import math

import numpy as np

from ..columns import Floats, Mask, Rows, TagColumn, TextColumn
from .evaluator import Evaluator
from .nearness import positions_of
from .nodes import (
    And,
    Circle,
    Everything,
    Knn,
    Missing,
    Near,
    Node,
    Not,
    Nothing,
    Optional,
    Or,
    Phrase,
    Range,
    Tags,
    VectorRange,
    Weighted,
)
from .words import PARTS, Part

_K1, _B = float(np.float32(1.2)), 0.5


class ClassicScorer:
    """Scores of found rows by one of these scorers; higher is better."""

    def __init__(self, evaluator: Evaluator, name: str) -> None:
        self._evaluator = evaluator
        self._index = evaluator.index
        self._name = name
        self._columns = self._index.text_columns()
        length = sum(column.length for column in self._columns)
        self._mean_length = length / max(1, len(self._index))

    def scores(self, node: Node, rows: Rows) -> Floats:
        """``(n,)`` scores of the rows."""
        own = self._index.scores[rows]
        if self._name == "DOCSCORE":
            return np.asarray(own)
        if self._name == "HAMMING":  # compares payloads, which documents of redis_local do not have
            return np.zeros(len(rows))
        node = node.filter if isinstance(node, Knn) else node
        scores = self._of(node)[rows]
        if self._name == "DISMAX":
            return np.asarray(scores)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(scores * own / self.norm(rows) / self.slop(node, rows))

    # ------------------------------------------------------------ parts of the query
    def _of(self, node: Node) -> Floats:
        """``(rows,)`` what a part of the query counts in each row."""
        match node:
            case And(_, children):
                return self._sum([self._of(child) for child in children])
            case Or(_, children):
                return self._alternatives([np.where(self._mask(child), self._of(child), 0) for child in children])
            case Optional(_, child) | Near(_, child, _, _):
                return np.asarray(np.where(self._mask(child), self._of(child), 0))
            case Weighted(_, child, weight):
                return self._of(child) * weight
            case Tags():
                return self._tags(node)
            case Everything() | Range() | Circle() | Missing() | VectorRange():
                return self._leaf(np.ones(self._index.rows), 1.0)
            case Not() | Nothing():
                return np.zeros(self._index.rows)
        assert isinstance(node, PARTS)
        terms = [self._term(node, term) for term in self._evaluator.meaning(node).terms]
        found = self._sum(terms) if isinstance(node, Phrase) else self._alternatives(terms)
        return np.asarray(np.where(self._mask(node), found, 0))

    def _mask(self, node: Node) -> Mask:
        return Evaluator(self._index, self._evaluator.options, node).mask(node)

    def _sum(self, scores: list[Floats]) -> Floats:
        total: Floats = np.zeros(self._index.rows)
        for each in scores:
            total = total + each
        return total

    def _alternatives(self, scores: list[Floats]) -> Floats:
        if self._name == "DISMAX" and scores:
            return np.asarray(np.maximum.reduce(scores))
        return self._sum(scores)

    def _leaf(self, frequency: Floats, idf: float) -> Floats:
        if self._name == "DISMAX":
            return frequency
        if self._name == "BM25":
            return np.asarray(idf * frequency / (frequency + _K1 * (1 - _B + _B * self._mean_length)))
        return frequency * idf

    def idf(self, documents: int) -> float:
        """How rare a term is that is in so many documents: the whole part of a logarithm to base 2."""
        return float(math.frexp(1 + (len(self._index) + 1) / max(1, documents))[1] - 1)

    def _tags(self, node: Tags) -> Floats:
        column = self._index.column(node.field)
        assert isinstance(column, TagColumn)
        rows = self._index.rows
        scores = []
        for value in node.values:
            codes = self._evaluator.tag_codes(column, value)
            mask = column.mask(codes, rows) if codes else np.zeros(rows, bool)
            scores.append(self._leaf(np.asarray(mask, float), self.idf(column.count(codes))))
        return self._alternatives(scores)

    def _term(self, part: Part, term: int) -> Floats:
        """What one term counts that occurs in a field which the query names."""
        frequency, named = np.zeros(self._index.rows), np.zeros(self._index.rows, bool)
        columns = self._evaluator.meaning(part).columns
        for column in self._columns:
            rows = column.occurrences([term])[0]
            weight = column.stem_weight if self._index.vocabulary.is_stem(term) else column.word_weight
            frequency += np.bincount(rows, minlength=self._index.rows) * weight
            if column in columns:
                named[rows] = True
        return self._leaf(np.where(named, frequency, 0), self.idf(int(self._index.vocabulary.count([term])[0])))

    # ------------------------------------------------------------ documents
    def norm(self, rows: Rows) -> Floats:
        """``(n,)`` what the scores of these rows are divided by."""
        if self._name == "BM25":
            return np.ones(len(rows))
        if self._name == "TFIDF.DOCNORM":
            return np.asarray(sum((column.lengths(rows) for column in self._columns), np.zeros(len(rows), np.int64)))
        return np.array([self._highest_frequency(rows[place : place + 1]) for place in range(len(rows))], float)

    def _highest_frequency(self, row: Rows) -> int:
        vocabulary = self._index.vocabulary
        counts: dict[int, int] = {}
        for column in self._columns:
            words = column.words(row)[0]
            terms = [(vocabulary.without_language(words), column.word_weight)]
            if not column.field.nostem:
                terms.append((vocabulary.stem_of[words], column.stem_weight))
            for numbers, weight in terms:
                for number, count in zip(*np.unique(numbers[numbers > 0], return_counts=True), strict=True):
                    counts[int(number)] = counts.get(int(number), 0) + int(count) * weight
        return max(counts.values(), default=0)

    def slop(self, node: Node, rows: Rows) -> Floats:
        """How far the parts at the top of the query are apart, 1 where that has no meaning."""
        wanted = self._top(node)
        if len(wanted) < 2:
            return np.ones(len(rows))
        return np.array([self._apart(wanted, rows[place : place + 1]) for place in range(len(rows))])

    def _top(self, node: Node) -> list[list[tuple[TextColumn, list[int]]]]:
        if isinstance(node, Weighted | Near | Optional):
            return self._top(node.child)
        if isinstance(node, And | Or):
            return [[each for part in self._top(child) for each in part] for child in node.children]
        if not isinstance(node, PARTS):
            return []
        meaning = self._evaluator.meaning(node)
        return [[(column, column.words_of(term)) for column in meaning.columns] for term in meaning.terms]

    def _apart(self, wanted: list[list[tuple[TextColumn, list[int]]]], row: Rows) -> float:
        found = [positions for positions in positions_of(self._index, wanted, row) if len(positions)]
        squares = 0
        for left, right in zip(found, found[1:], strict=False):
            squares += int(np.abs(left[:, None] - right[None, :]).min()) ** 2
        return math.sqrt(squares) if squares else 1.0
