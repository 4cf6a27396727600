"""Both sides' scores of a judged collection, and what a ranking by them finds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import stats

from profilesearch.clusters.fit import hold_back
from profilesearch.embedding import Encoder
from profilesearch.vectors import Vectors
from profilesearch.words.bm25 import Bm25
from profilesearch.words.fusion import combine
from profilesearch.words.statistics import TermStatistics
from profilesearch.words.titles import folded_title, titles_of

from .collections import Judged

Floats = npt.NDArray[np.float64]
HELD_BACK = 400


@dataclass(frozen=True, eq=False)
class Sides:
    """Scores of every row for every query.

    Attributes:
        judged: what is asked.
        statistics: of the rows' words.
        vectors: ``(n, dim)`` of the rows.
        bm25: ``(q, n)`` by words.
        references: ``(q,)`` what these are divided by.
        cosines: ``(q, n)`` by meaning.
    """

    judged: Judged
    statistics: TermStatistics
    vectors: Vectors
    bm25: npt.NDArray[np.float32]
    references: Floats
    cosines: npt.NDArray[np.float32]

    @classmethod
    def of(cls, judged: Judged, encoder: Encoder) -> "Sides":
        texts = [row.text for row in judged.rows]
        statistics = TermStatistics.of(texts, judged.language)
        terms = [statistics.select(query) for query in judged.queries]
        asks_titles = judged.kind == "typed"
        bm25 = Bm25(statistics, texts, [row.title for row in judged.rows] if asks_titles else ())
        references = np.array([statistics.reference_score(each) for each in terms]) * (1 + asks_titles)
        vectors = encoder.encode_documents(texts)
        cosines = encoder.encode_queries(judged.queries) @ vectors.T
        return cls(judged, statistics, vectors, bm25.scores(terms), references, cosines)

    @property
    def held_back(self) -> npt.NDArray[np.int64]:
        """Rows that the weight is calibrated on."""
        return hold_back(len(self.judged.rows), HELD_BACK)

    @cached_property
    def relevant(self) -> npt.NDArray[np.bool_]:
        return _matrix(self.judged.relevant, self.bm25.shape)

    @cached_property
    def exact(self) -> npt.NDArray[np.bool_]:
        """``(q, n)`` whether a row's title is what was asked."""
        titles = [titles_of(row.title) for row in self.judged.rows]
        return np.array([[folded_title(query) in each for each in titles] for query in self.judged.queries])

    @cached_property
    def _dropped(self) -> npt.NDArray[np.bool_]:
        return _matrix(self.judged.dropped or [frozenset()] * len(self.bm25), self.bm25.shape)

    def fused(self, weight: float) -> Floats:
        return combine(self.bm25, self.references[:, None], self.cosines, weight).total + 1e-9 * self.cosines

    def quality(self, scores: npt.ArrayLike) -> Floats:
        """``(q,)`` the collection's metric for each query, of ``(q, n)`` scores of which higher is better."""
        ranked = np.where(self._dropped, -np.inf, scores)
        order = np.argsort(-ranked, axis=1, kind="stable")
        return measured(self.judged.metric, np.take_along_axis(self.relevant, order, 1), self.relevant.sum(axis=1))


def measured(metric: str, hits: npt.NDArray[np.bool_], amounts: npt.NDArray[np.int64]) -> Floats:
    """``(q,)`` a metric of ``(q, n)`` hits, best first, of so many that could be found."""
    if metric.startswith("P@"):
        depth = int(metric[2:])
        return np.asarray(hits[:, :depth].sum(axis=1) / depth)
    if metric == "MRR":
        return np.where(hits.any(axis=1), 1 / (hits.argmax(axis=1) + 1), 0.0)
    ranks = np.arange(1, hits.shape[1] + 1)
    return np.asarray((hits * np.cumsum(hits, axis=1) / ranks).sum(axis=1) / np.maximum(amounts, 1))


def interval(values: Floats) -> str:
    """A mean with its 95 % bootstrap interval."""
    chance = np.random.default_rng(0)
    means = values[chance.integers(0, len(values), (2000, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def p_value(values: Floats, others: Floats) -> float:
    """Two-sided paired randomisation test."""
    differences = values - others
    if not differences.any():
        return 1.0
    test = stats.permutation_test(
        (differences,), lambda x, axis: np.mean(x, axis=axis), permutation_type="samples", vectorized=True,
        n_resamples=4999, random_state=0, batch=500,
    )  # fmt: skip
    return float(test.pvalue)


def reciprocal_ranks(scores: npt.ArrayLike, listed: npt.NDArray[np.bool_]) -> Floats:
    """``1 / (60 + rank)`` for who is listed, by ``(q, n)`` scores of which higher is better; else 0."""
    order = np.argsort(-np.where(listed, scores, -np.inf), axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(1, order.shape[1] + 1), order.shape), 1)
    return np.where(listed, 1 / (60 + ranks), 0.0)


def listed(scores: npt.NDArray[np.float32], window: int, least: float) -> npt.NDArray[np.bool_]:
    """``(q, n)`` whether a row is among the first so many, with a score above the least."""
    window = min(window, scores.shape[1])
    first = np.argpartition(-scores, window - 1, axis=1)[:, :window]
    inside = np.zeros(scores.shape, np.bool_)
    np.put_along_axis(inside, first, True, 1)
    return inside & (scores > least)


def _matrix(sets: list[frozenset[int]], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    found = np.zeros(shape, np.bool_)
    for row, places in enumerate(sets):
        found[row, list(places)] = True
    return found
