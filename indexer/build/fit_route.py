"""Stage ``fit_route``: what judged queries, where a build has some, teach of the clusters to search."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.clusters.partition import Partition
from profilesearch.clusters.trained_router import TARGETS, route_features
from profilesearch.clusters.trial import PseudoQueries
from profilesearch.vectors import Vectors
from profilesearch.words.fitted_words import FittedWords

from ..job import Job
from .fit_regions import Sample
from .learn_route import RouteQueries, learn_route
from .learned import LEAST_QUERIES
from .state import BuildState, made

_MOST_QUERIES = 400
"""Judged queries that are learned from, and queries made of the profiles of each way, evenly taken."""

_MOST_CLUSTERS = 1000
"""With more, features of all queries would take too much memory, and the calibrated route stays."""


def fit_route(state: BuildState, job: Job) -> BuildState:
    """Learn which clusters to search, unless nothing was judged; what an earlier version learned stays without."""
    words, partition = made(state.words), made(state.model).partition
    if state.judged is None or state.trial is None or words.regions is None or len(partition) > _MOST_CLUSTERS:
        return state
    with job.stage("learn clusters"):
        judged = _judged(state, words, partition)
        lessons, router = list(state.lessons), None
        if judged is not None:
            sample = Sample(state, partition)
            others = [_made_of_profiles(state, sample, way) for way in state.trial.ways]
            router, lesson = learn_route(judged, others, state.judged.name)
            lessons += [lesson] if lesson is not None else []
    if not lessons:
        job.report.say("build.too_few_judged", queries=len(state.judged.queries), least=LEAST_QUERIES)
    return replace(state, calibration=replace(made(state.calibration), router=router), lessons=tuple(lessons))


def _judged(state: BuildState, words: FittedWords, partition: Partition) -> RouteQueries | None:
    """The judged queries, with where those who fit are; None where too few have somebody who is here."""
    task, clusters = made(state.judged), made(state.assignment).clusters
    fitting = {query: [id_ for id_, grade in said.items() if grade > 0] for query, said in task.judged.items()}
    places = state.spool.positions_of({id_ for ids in fitting.values() for id_ in ids})
    found = {query: [places[id_] for id_ in ids if id_ in places] for query, ids in fitting.items()}
    asked = [query for query in task.queries if found[query]]
    if len(asked) < LEAST_QUERIES:
        return None
    asked = [asked[place] for place in _evenly(len(asked))]
    texts = [task.queries[query] for query in asked]
    wanted = np.array([np.bincount(clusters[found[query]], minlength=len(partition)) for query in asked], np.float64)
    return _queries(state, words, texts, state.asking.encode_queries(texts), wanted)


def _made_of_profiles(state: BuildState, sample: Sample, way: PseudoQueries) -> RouteQueries:
    """Queries of one way, with where the first ten of everybody are."""
    words, clusters = made(state.words), len(made(state.model).partition)
    some = way.at(_evenly(len(way.rows)))
    terms = [words.terms(text) for text in some.texts]
    first = sample.clusters[sample.first(words, some, terms)]
    wanted = np.array([np.bincount(row, minlength=clusters) for row in first], np.float64)
    return _queries(state, words, some.texts, some.vectors, wanted)


def _queries(
    state: BuildState, words: FittedWords, texts: Sequence[str], vectors: Vectors, wanted: np.ndarray
) -> RouteQueries:
    model, curve = made(state.model), made(state.calibration).curve(by_both=True)
    partition, sizes = model.partition, np.asarray(model.sizes, np.float64)
    distances = partition.distances(vectors)
    scores = [
        words.region_scores(words.terms(text), row) for text, row in zip(texts, partition.cosines(vectors), strict=True)
    ]
    features = [route_features(row, partition.owners, away, sizes) for row, away in zip(scores, distances, strict=True)]
    order = partition.owners_by(np.array(scores))
    calibrated = np.zeros((len(TARGETS), len(texts), len(partition)), np.bool_)
    for place, target in enumerate(TARGETS):
        landmarks = curve.landmarks_for(target)
        calibrated[place] = landmarks is None
        np.put_along_axis(calibrated[place], order[:, : landmarks or 0], True, axis=1)
    return RouteQueries(
        np.array(features),
        wanted / wanted.sum(axis=1, keepdims=True),
        np.asarray(distances.argmin(axis=1), np.int64),
        calibrated,
        sizes / sizes.sum(),
        list(texts),
    )


def _evenly(amount: int) -> Integers:
    return np.arange(0, amount, -(-amount // _MOST_QUERIES) or 1)
