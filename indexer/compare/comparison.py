"""Models over the same corpus and questions, from texts to figures."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from profilesearch.vector_type import VectorType

from ..catalogue.benchmark import Cost
from ..evaluate.measures import Estimate, Quality, estimate, measure
from .compression import Compressed, compress, forms_of
from .corpus import Corpus
from .grouping import group
from .questions import Questions
from .retrieval import Asked, Rankings, overlap, rank, separation
from .similarity import Separation
from .tasks import Items, solve
from .vectors import Open, fitted_name, timed


@dataclass(frozen=True)
class Wanted:
    """What is measured besides rankings.

    Attributes:
        clusters: how many are fitted.
        dimensions: fewer dimensions that are tried.
        types: smaller numbers that are tried.
        items: of the tasks.
        speed: whether rates and memory are measured, which loads every model.
    """

    clusters: int = 10
    dimensions: Sequence[int] = ()
    types: Sequence[VectorType] = ()
    items: Items = Items()
    speed: bool = True


@dataclass(frozen=True)
class Measured:
    """A model, measured.

    Attributes:
        model: its name.
        fingerprint: of its vectors.
        dimension: of its vectors.
        everything: quality when everything is searched, tested against the first model.
        predicted: quality when only the query's cluster is, tested likewise.
        routed: share of the queries whose cluster has most of the texts that fit.
        purity: of clusters, by labels; None without labels.
        silhouette: of clusters; None for a single one.
        similarity: of what fits, against random pairs.
        tasks: each task's number; None for one without items.
        compressed: what fewer dimensions and smaller numbers cost.
        cost: load time, rate, memory; None where they were not measured.
        rankings: when everything is searched.
    """

    model: str
    fingerprint: str
    dimension: int
    everything: Quality
    predicted: Quality
    routed: Estimate
    purity: float | None
    silhouette: float | None
    similarity: Separation
    tasks: Mapping[str, float | None]
    compressed: Sequence[Compressed]
    cost: Cost | None
    rankings: Rankings = field(repr=False)


@dataclass(frozen=True)
class Comparison:
    """All models; ``overlaps`` has the mean share of the first ten that each two have in common."""

    corpus: Corpus
    questions: Questions
    clusters: int
    models: Sequence[Measured]
    overlaps: Mapping[tuple[str, str], float]


def compare(
    corpus: Corpus, questions: Questions, models: Sequence[str], wanted: Wanted, open_model: Open
) -> Comparison:
    """Measure each model over the same texts.

    Args:
        corpus: what is searched.
        questions: what is asked of it.
        models: names; the first is what the others are tested against.
        wanted: what is measured.
        open_model: opens one behind the cache.

    Raises:
        EncoderError: a model cannot be loaded.
    """
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            name = fitted_name(model, corpus, Path(folder))
            cost = timed(name, model, corpus.texts) if wanted.speed else None
            with open_model(name) as (encoder, _):
                asked = Asked(
                    corpus,
                    questions,
                    encoder.encode_documents(corpus.texts),
                    encoder.encode_queries(questions.texts),
                )
                tasks = solve(wanted.items, encoder.encode_documents, encoder.encode_queries)
                fingerprint = encoder.fingerprint
            measured.append(_measured((model, fingerprint), asked, wanted, (tasks, cost), measured[:1]))
    overlaps = {
        (one.model, other.model): overlap(one.rankings, other.rankings) for one, other in combinations(measured, 2)
    }
    return Comparison(corpus, questions, wanted.clusters, measured, overlaps)


def _measured(
    names: tuple[str, str],
    asked: Asked,
    wanted: Wanted,
    extras: tuple[Mapping[str, float | None], Cost | None],
    first: Sequence[Measured],
) -> Measured:
    kinds = dict(zip(asked.corpus.ids, asked.corpus.labels or [""] * len(asked.corpus.ids), strict=True))
    grouping = group(asked, wanted.clusters)
    rankings = rank(asked)
    within = rank(asked, grouping.assigned, grouping.routed)
    everything = measure(asked.task, rankings, kinds, first[0].everything if first else None)
    dimension = asked.documents.shape[1]
    return Measured(
        model=names[0],
        fingerprint=names[1],
        dimension=dimension,
        everything=everything,
        predicted=measure(asked.task, within, kinds, first[0].predicted if first else None),
        routed=estimate(grouping.right),
        purity=grouping.purity,
        silhouette=grouping.silhouette,
        similarity=separation(asked),
        tasks={"retrieval": everything.metrics["nDCG@10"].mean, **extras[0]},
        compressed=compress(asked, forms_of(dimension, wanted.dimensions, wanted.types), everything),
        cost=extras[1],
        rankings=rankings,
    )
