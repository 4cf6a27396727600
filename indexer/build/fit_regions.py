"""Stage ``fit_regions``: where words are at home among the landmarks, and what searching few clusters costs by words and meaning.

Queries are those that the clusters were measured with. Who should be found are the first ten of a sample by words and
meaning, everybody searched; so what is calibrated is what a search does by default.
"""

from dataclasses import replace

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.clusters.calibration import NEIGHBOURS, LandmarkCurve, landmark_curve, worst_of
from profilesearch.clusters.partition import Partition
from profilesearch.clusters.trial import PseudoQueries, Trial
from profilesearch.vectors import Vectors
from profilesearch.words.bm25 import Bm25
from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.fusion import combine
from profilesearch.words.regions import RegionWords

from ..job import Job
from .state import BuildState, made

_SAMPLE = 10_000
"""Profiles whose words are looked at, evenly taken from all."""

_AT_ONCE = 128
"""Queries that are compared with all of these at the same time."""

_MOST_QUERIES = 250
"""Queries of one way, evenly taken."""

_LEAST_QUERIES = 50
"""A way to ask that has fewer queries says too little to be the worst: its recall goes up in steps."""


def fit_regions(state: BuildState, job: Job) -> BuildState:
    """Place the words, and measure, unless both are known of an earlier version."""
    words, calibration, partition = made(state.words), made(state.calibration), made(state.model).partition
    if words.regions is not None and state.trial is None:
        return state
    with job.stage("place words"):
        sample = Sample(state, partition)
        regions = words.regions or sample.regions(words, partition)
        words = replace(words, regions=regions)
    if state.trial is not None:
        with job.stage("calibrate words"):
            curve = sample.curve(words, state.trial, partition)
        words = replace(words, conditions=state.trial.silent)
        calibration = replace(calibration, by_both=curve)
    return replace(state, words=words, calibration=calibration)


class Sample:
    """Profiles that stand for all, with their vectors, clusters and words."""

    def __init__(self, state: BuildState, partition: Partition) -> None:
        spool = state.spool
        self.rows: Integers = np.arange(0, len(spool), -(-len(spool) // _SAMPLE) or 1)
        self.vectors: Vectors = spool.vectors_at(self.rows)
        self.clusters = made(state.assignment).clusters[self.rows]
        self.sizes = np.bincount(made(state.assignment).clusters, minlength=len(partition)) / len(spool)
        self.bm25 = Bm25(made(state.words).statistics, [row.text for row in spool.rows_at(self.rows)])

    def regions(self, words: FittedWords, partition: Partition) -> RegionWords:
        """Where words are at home."""
        places = partition.places(self.vectors, self.clusters)
        return RegionWords.of(self.bm25.terms, self.bm25.weights, places, len(partition.landmarks))

    def curve(self, words: FittedWords, trial: Trial, partition: Partition) -> LandmarkCurve:
        """The worst of the ways that have enough queries; of few profiles, of all of them together."""
        ways = [way for way in trial.ways if len(way.rows) >= _LEAST_QUERIES] or trial.ways[:1]
        return worst_of([self._curve(words, way, partition) for way in ways])

    def _curve(self, words: FittedWords, way: PseudoQueries, partition: Partition) -> LandmarkCurve:
        orders, found = [], []
        asked = np.arange(0, len(way.rows), -(-len(way.rows) // _MOST_QUERIES))
        for first in range(0, len(asked), _AT_ONCE):
            some = way.at(asked[first : first + _AT_ONCE])
            terms = [words.terms(text) for text in some.texts]
            cosines = partition.cosines(some.vectors)
            scores = [words.region_scores(*each) for each in zip(terms, cosines, strict=True)]
            orders.append(partition.owners_by(np.array(scores)))
            found.append(self.clusters[self.first(words, some, terms)])
        return landmark_curve(np.vstack(orders), np.vstack(found), self.sizes)

    def first(self, words: FittedWords, some: PseudoQueries, terms: list[tuple[str, ...]]) -> Integers:
        """``(q, 10)`` who should be found, as places in the sample; whom a query was taken from is not."""
        references = np.array([words.statistics.reference_score(each) for each in terms])[:, None]
        weights = np.array([words.weights.of(len(each)) for each in terms])[:, None]
        scores = combine(self.bm25.scores(terms), references, some.vectors @ self.vectors.T, weights).total
        scores[some.rows[:, None] == self.rows[None]] = -np.inf
        depth = max(1, min(NEIGHBOURS, scores.shape[1] - 1))
        return np.asarray(np.argpartition(-scores, depth - 1, axis=1)[:, :depth], np.int64)
