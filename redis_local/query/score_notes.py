"""EXPLAINSCORE: how a document's score came about, as the tree of lines that Redis gives.

The tree is one of what matched: alternatives that a document does not have are left out of it, and what must match
together stands in the order in which Redis looks, rarest first.
Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..columns import Rows, TagColumn
from ..resp import Reply
from .bm25 import Bm25
from .classic_scorers import ClassicScorer
from .evaluator import Evaluator
from .nodes import And, Everything, Knn, Near, Node, Not, Nothing, Optional, Or, Phrase, Tags, Term, Weighted
from .score_lines import Leaf, Lines
from .words import PARTS, Part

_LAST = float("inf")


@dataclass(frozen=True)
class Note:
    """A line with the lines that it is made of, and what it adds to the score."""

    line: str
    value: float
    parts: tuple["Note", ...] = ()

    def reply(self) -> Reply:
        """A line alone, or a pair of it and its parts."""
        return [self.line, [part.reply() for part in self.parts]] if self.parts else self.line


class ScoreNotes:
    """Explains the scores of one query's documents.

    Args:
        scorer: the name of the scorer.
        tanh_factor: what BM25STD.TANH divides a score by.
        highest: the highest score of all that matches, before BM25STD.NORM divides by it.
    """

    def __init__(self, evaluator: Evaluator, scorer: str, tanh_factor: int, highest: float) -> None:
        self._evaluator = evaluator
        self._index = evaluator.index
        self._scorer = scorer
        self._tanh_factor = tanh_factor
        self._highest = highest
        self._classic = ClassicScorer(evaluator, scorer)
        self._bm25 = Bm25(self._index)
        self._counts: dict[int, float] = {}

    def of(self, node: Node, row: int) -> Reply:
        """The explanation of one row's score."""
        node = node.filter if isinstance(node, Knn) else node
        rows, own = np.array([row], np.intp), float(self._index.scores[row])
        lines = Lines(self._scorer, self._length(rows), self._bm25.mean_length)
        if self._scorer in ("DOCSCORE", "HAMMING"):
            return lines.alone(own)
        body = _Tree(self, lines, rows).of(node, 1.0)
        if self._scorer == "DISMAX":
            return body.reply()
        whole = own * body.value
        if self._scorer == "BM25STD.NORM":
            return Note(lines.normalised(whole, self._highest), 0.0, (body,)).reply()
        if self._scorer.startswith("BM25STD"):
            top = Note(lines.total(body.value, own), whole, (body,))
            if self._scorer == "BM25STD.TANH":
                top = Note(lines.tangent(self._tanh_factor, whole), 0.0, (top,))
            return top.reply()
        norm, slop = float(self._classic.norm(rows)[0]), float(self._classic.slop(node, rows)[0])
        return Note(lines.classic_total(body.value, own, norm, slop), whole, (body,)).reply()

    def _length(self, rows: Rows) -> int:
        return sum(int(column.lengths(rows)[0]) for column in self._index.text_columns())

    # ------------------------------------------------------------ what the tree asks for
    @property
    def evaluator(self) -> Evaluator:
        return self._evaluator

    def idf(self, documents: int) -> float:
        """How rare a term is that is in so many documents, for this scorer."""
        if self._scorer.startswith("BM25STD"):
            return float(self._bm25.idf(np.array([documents]))[0])
        return self._classic.idf(documents)

    def matching(self, node: Node) -> float:
        """About how many documents a part of the query finds: the fewer the earlier Redis looks at it."""
        if isinstance(node, Not | Optional):
            return _LAST
        if id(node) not in self._counts:
            self._counts[id(node)] = float(np.count_nonzero(self._evaluator.mask(node)))
        return self._counts[id(node)]


class _Tree:
    """The notes of one document."""

    def __init__(self, notes: ScoreNotes, lines: Lines, rows: Rows) -> None:
        self._notes = notes
        self._lines = lines
        self._rows = rows
        evaluator = notes.evaluator
        self._here = Evaluator(evaluator.index, evaluator.options, evaluator.query, rows)
        self._index = evaluator.index

    def of(self, node: Node, weight: float) -> Note:
        """What a part of the query adds that the document matches."""
        match node:
            case Weighted(_, child, own):
                return self.of(child, own)
            case Near(_, child, _, _):
                return self.of(child, weight)
            case And(_, children):
                ordered = sorted(children, key=self._notes.matching)
                return self._sum(weight, [self.of(child, 1.0) for child in ordered])
            case Or(_, children):
                matching = [child for child in children if self._here.mask(child)[0]]
                return self._sum(weight, [self.of(child, 1.0) for child in matching], best=True)
            case Optional(_, child):
                return self.of(child, weight) if self._here.mask(child)[0] else self._leaf(Leaf(0.0, 1))
            case Not() | Nothing():
                return self._leaf(Leaf(weight, 0))
            case Everything():
                return self._leaf(Leaf(weight, 1, b"*", 1.0, everything=True))
            case Tags():
                return self._tags(node, weight)
        return self._part(node, weight) if isinstance(node, PARTS) else self._leaf(Leaf(weight, 1))

    def _leaf(self, leaf: Leaf) -> Note:
        return Note(self._lines.leaf(leaf), self._lines.value(leaf))

    def _sum(self, weight: float, parts: Sequence[Note], best: bool = False) -> Note:
        values = [part.value for part in parts]
        total = max(values, default=0.0) if best and self._lines.scorer == "DISMAX" else sum(values)
        return Note(self._lines.sum(weight, total), weight * total, tuple(parts))

    def _tags(self, node: Tags, weight: float) -> Note:
        column = self._index.column(node.field)
        assert isinstance(column, TagColumn)
        leaves: list[Callable[[float], Note]] = []
        single = len(node.values) == 1 and not (node.values[0].starts or node.values[0].ends or node.values[0].pattern)
        for tag in dict.fromkeys(tag for value in node.values for tag in self._here.tags(column, value)):
            codes = column.codes_of(tag)
            if codes and column.mask(codes, self._rows)[0]:
                idf = self._notes.idf(column.count(codes))
                leaves.append(lambda own, tag=tag, idf=idf: self._leaf(Leaf(own, 1, tag, idf)))  # type: ignore[misc]
        if single and leaves:
            return leaves[0](weight)
        return self._sum(weight, [leaf(1.0) for leaf in leaves], best=True)

    def _part(self, part: Part, weight: float) -> Note:
        vocabulary = self._index.vocabulary
        known = [term for term in self._here.meaning(part).terms if vocabulary.count([term])[0]]
        present = [(term, count) for term in known if (count := self._frequency(term))]
        if isinstance(part, Term) and len(known) == 1 and present:
            return self._term(*present[0], weight)
        notes = [self._term(term, count, 1.0) for term, count in present]
        return self._sum(weight, notes, best=not isinstance(part, Phrase))

    def _term(self, term: int, count: int, weight: float) -> Note:
        vocabulary = self._index.vocabulary
        return self._leaf(
            Leaf(weight, count, vocabulary.words[term], self._notes.idf(int(vocabulary.count([term])[0])))
        )

    def _frequency(self, term: int) -> int:
        """How often a term occurs in the document, weighted by field as scorers count it."""
        total = 0
        for column in self._index.text_columns():
            weight = column.stem_weight if self._index.vocabulary.is_stem(term) else column.word_weight
            total += weight * int(np.isin(column.words(self._rows)[0], column.words_of(term)).sum())
        return total
