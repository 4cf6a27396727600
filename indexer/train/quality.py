"""How good a model is on judged sets: rankings with their uncertainty, and how far apart fits and misfits are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from profilesearch.embedding import Encoder

from ..compare.corpus import Corpus, load_corpus
from ..compare.questions import Questions, ask
from ..compare.retrieval import Asked, rank, similarities
from ..compare.similarity import Floats
from ..evaluate.measures import Estimate, Quality, estimate, measure

DEPTHS = (1, 3, 5, 10, 20, 30, 50, 100)
METRICS = ("nDCG@10", "MAP", "MRR")
"""Besides recall at each depth."""

_BINS = 80


@dataclass(frozen=True)
class JudgedSet:
    """Texts and judged queries.

    Attributes:
        name: of the set.
        corpus: what is searched.
        questions: what is asked of it.
        inside: whether it is of the field that the model was tuned for; else it shows what the model forgot.
    """

    name: str
    corpus: Corpus
    questions: Questions
    inside: bool

    @classmethod
    def load(cls, files: tuple[Path, Path, Path], inside: bool) -> "JudgedSet":
        """Read three files: texts (JSON Lines with id and text), queries (likewise) and TREC qrels.

        Raises:
            SourceError: a file cannot be read, or no query has a text that fits.
        """
        corpus, queries, qrels = files
        texts = load_corpus(corpus)
        return cls(queries.stem, texts, ask(texts, queries, qrels, 0, drop_equal=False), inside)


@dataclass(frozen=True)
class Threshold:
    """The least cosine of what fits, where F1 is highest, with the precision and recall that it has."""

    cosine: float
    precision: float
    recall: float


@dataclass(frozen=True)
class Spread:
    """Cosines of queries with texts that fit, and with texts picked at random that do not.

    Attributes:
        right, wrong: shares of the pairs in each of 80 equal bins from -1 to 1.
        overlap: what both histograms have in common: 0 apart, 1 the same.
        threshold: which drops most of what does not fit.
    """

    right: Sequence[float]
    wrong: Sequence[float]
    overlap: float
    threshold: Threshold


@dataclass(frozen=True)
class Figures:
    """A model on a set; p-values are of the difference from the first model.

    Attributes:
        model: its name.
        recalls: recall at each depth.
        metrics: nDCG@10, MAP and MRR.
        spread: of cosines.
    """

    model: str
    recalls: Mapping[int, Estimate]
    metrics: Mapping[str, Estimate]
    spread: Spread
    quality: Quality = field(repr=False)
    per_query: Mapping[int, Sequence[float]] = field(repr=False, default_factory=dict)

    def of(self, metric: str) -> Estimate:
        """A metric by its name, such as ``MRR`` or ``R@10``."""
        return self.recalls[int(metric[2:])] if metric.startswith("R@") else self.metrics[metric]


def figures(name: str, encoder: Encoder, judged: JudgedSet, first: Figures | None = None) -> Figures:
    """Measure a model on a set.

    Args:
        name: what the model is called.
        encoder: the model.
        judged: the set.
        first: what differences are tested against, by a paired randomisation test.
    """
    documents = encoder.encode_documents(judged.corpus.texts)
    asked = Asked(judged.corpus, judged.questions, documents, encoder.encode_queries(judged.questions.texts))
    rankings = rank(asked)
    quality = measure(asked.task, rankings, {}, None if first is None else first.quality)
    per_query = {depth: _recalls(asked, rankings, depth) for depth in DEPTHS}
    recalls = {
        depth: estimate(values, None if first is None else first.per_query[depth])
        for depth, values in per_query.items()
    }
    metrics = {metric: quality.metrics[metric] for metric in METRICS}
    return Figures(name, recalls, metrics, spread(asked), quality, per_query)


def _recalls(asked: Asked, rankings: Mapping[str, Sequence[str]], depth: int) -> list[float]:
    values = []
    for query, ranking in rankings.items():
        fitting = {id_ for id_, grade in asked.task.judged[query].items() if grade > 0}
        values.append(len(fitting & set(ranking[:depth])) / len(fitting))
    return values


def spread(asked: Asked) -> Spread:
    """Cosines of what fits and of random pairs that nobody said to fit."""
    right, wrong = similarities(asked)
    return spread_of(right, wrong if len(wrong) else np.array([-1.0]))


def spread_of(right: Floats, wrong: Floats) -> Spread:
    """Histograms, overlap and threshold of ``(r,)`` cosines of what fits and ``(w,)`` of what does not."""
    bins = np.linspace(-1, 1, _BINS + 1)
    one, other = (np.histogram(np.clip(values, -1, 1), bins)[0] / len(values) for values in (right, wrong))
    return Spread(one.tolist(), other.tolist(), float(np.minimum(one, other).sum()), _threshold(right, wrong))


def _threshold(right: Floats, wrong: Floats) -> Threshold:
    """Where F1 is highest, if what fits were as frequent as what does not."""
    candidates = np.unique(np.quantile(right, np.linspace(0, 1, 201)))
    recall = (right[None, :] >= candidates[:, None]).mean(axis=1)
    noise = (wrong[None, :] >= candidates[:, None]).mean(axis=1)
    precision = recall / (recall + noise)
    best = int(np.argmax(2 * precision * recall / (precision + recall)))
    return Threshold(float(candidates[best]), float(precision[best]), float(recall[best]))
