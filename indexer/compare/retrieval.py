"""Who is found: exact rankings by cosine, over all texts or over the query's cluster alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.vectors import Vectors

from ..evaluate.tasks import Task
from .corpus import Corpus
from .questions import Questions
from .similarity import Floats, Separation

DEPTH = 1000
"""Texts of a ranking, at the most."""

_RANDOM_PAIRS = 20_000
_SEED = 7

Rankings = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Asked:
    """A corpus and questions as vectors of one model.

    Attributes:
        documents: ``(n, dim)`` float32 rows of length 1.
        queries: ``(q, dim)`` float32 rows of length 1.
    """

    corpus: Corpus
    questions: Questions
    documents: Vectors
    queries: Vectors

    @property
    def task(self) -> Task:
        """Texts and judgements."""
        return self.questions.task


def rank(asked: Asked, clusters: Integers | None = None, routed: Integers | None = None) -> dict[str, list[str]]:
    """For each query ids, most similar first; equal similarities in the order of the ids.

    Args:
        asked: vectors.
        clusters: ``(n,)`` each text's cluster; None to search everything.
        routed: ``(q,)`` the cluster that each query is searched in.
    """
    ids = np.array(asked.corpus.ids, dtype=object)
    by_id = np.argsort(ids, kind="stable")
    rankings = {}
    for place, (query, vector) in enumerate(zip(asked.task.queries, asked.queries, strict=True)):
        order = by_id
        if clusters is not None and routed is not None:
            order = order[clusters[order] == routed[place]]
        similarities = asked.documents[order] @ vector
        best = ids[order[np.argsort(-similarities, kind="stable")]]
        dropped = asked.questions.dropped.get(query, ())
        rankings[query] = [id_ for id_ in best if id_ not in dropped][:DEPTH]
    return rankings


def overlap(one: Rankings, other: Rankings, depth: int = 10) -> float:
    """Mean share of the first so many that two rankings have in common."""
    shares = [
        len(set(one[query][:depth]) & set(other[query][:depth])) / max(1, len(one[query][:depth])) for query in one
    ]
    return float(np.mean(shares))


def separation(asked: Asked) -> Separation:
    """Similarities of queries to texts that fit, against those to texts picked at random that do not."""
    right, wrong = similarities(asked)
    return Separation.of(right, wrong if len(wrong) else np.array([0.0]))


def similarities(asked: Asked) -> tuple[Floats, Floats]:
    """``(r,)`` cosines of queries to texts that fit, and ``(w,)`` to texts picked at random that nobody said to fit."""
    places = {id_: place for place, id_ in enumerate(asked.corpus.ids)}
    chance = np.random.default_rng(_SEED)
    right: list[float] = []
    wrong: list[float] = []
    each = max(1, _RANDOM_PAIRS // len(asked.queries))
    for query, vector in zip(asked.task.queries, asked.queries, strict=True):
        fitting = [places[id_] for id_, grade in asked.task.judged[query].items() if grade > 0]
        left_out = {*fitting, *(places[id_] for id_ in asked.questions.dropped.get(query, ()))}
        random = [place for place in chance.integers(len(places), size=each).tolist() if place not in left_out]
        right += (asked.documents[fitting] @ vector).tolist()
        wrong += (asked.documents[random] @ vector).tolist()
    return np.array(right), np.array(wrong)
