"""The tasks of MTEB that matter for profiles, each one number: which model for my texts?

Retrieval is measured by the rankings. The other five are defined as in the Massive Text Embedding Benchmark (Muennighoff et al.
2023, https://doi.org/10.48550/arXiv.2210.07316): reranking by MAP over each query's candidates, clustering by V-measure of
k-means, classification by accuracy of a logistic regression on eight texts of each label, ten times; pair classification by
average precision of the cosine, semantic textual similarity by Spearman's correlation of cosines and grades. Items come from
files, or are made of the corpus, its labels and the judgements.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from profilesearch.errors import SourceError
from profilesearch.vectors import Vectors

from .corpus import Corpus, json_rows
from .questions import Questions

TASKS = ("reranking", "clustering", "classification", "pair classification", "STS")
_SEED = 42
_PER_LABEL = 8
_EXPERIMENTS = 10
_MOST_TESTED = 2048
_FITTING, _OTHERS = 10, 40
_MOST_PAIRS = 5000

Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True)
class Candidates:
    """A query with texts that fit and texts that do not."""

    query: str
    positive: Sequence[str]
    negative: Sequence[str]


@dataclass(frozen=True)
class Items:
    """What the tasks are made of; an empty one is left out.

    Attributes:
        reranking: queries with candidates.
        clustering: texts with labels.
        classification: texts with labels.
        pairs: two texts, and whether they belong together (1 or 0).
        graded: two texts, and how alike they are.
        symmetric: neither of these two is a query.
    """

    reranking: Sequence[Candidates] = ()
    clustering: Sequence[tuple[str, str]] = ()
    classification: Sequence[tuple[str, str]] = ()
    pairs: Sequence[tuple[str, str, float]] = ()
    graded: Sequence[tuple[str, str, float]] = ()
    symmetric: bool = False


def make_items(corpus: Corpus, questions: Questions) -> Items:
    """Items of a corpus: candidates and pairs by the judgements, labels where it has some, grades where there are three."""
    chance = np.random.default_rng(_SEED)
    texts = dict(zip(corpus.ids, corpus.texts, strict=True))
    reranking, pairs, graded = [], [], []
    for query, text in zip(questions.task.queries, questions.texts, strict=True):
        judged = questions.task.judged[query]
        fitting = [id_ for id_, grade in judged.items() if grade > 0][:_FITTING]
        left_out = {*(id_ for id_, grade in judged.items() if grade > 0), *questions.dropped.get(query, ())}
        drawn = [corpus.ids[place] for place in chance.permutation(len(corpus.ids))[: _OTHERS + len(left_out)]]
        others = [id_ for id_ in drawn if id_ not in left_out][:_OTHERS]
        reranking.append(Candidates(text, [texts[id_] for id_ in fitting], [texts[id_] for id_ in others]))
        pairs += [(text, texts[id_], 1.0) for id_ in fitting]
        pairs += [(text, texts[id_], 0.0) for id_ in others[: len(fitting)]]
        graded += [(text, texts[id_], float(grade)) for id_, grade in judged.items()]
    labelled = list(zip(corpus.texts, corpus.labels, strict=True)) if corpus.labels else []
    enough = graded if len({grade for _, _, grade in graded}) > 2 else []
    return Items(
        reranking,
        labelled,
        labelled,
        pairs[:_MOST_PAIRS],
        [enough[i] for i in chance.permutation(len(enough))[:_MOST_PAIRS]],
    )


def load_items(folder: Path, made: Items) -> Items:
    """Items of a folder's files, and those that were made where it has no such file.

    They are ``reranking.jsonl`` (query, positive, negative), ``clustering.jsonl`` and ``classification.jsonl`` (text, label),
    ``pair-classification.jsonl`` (one, other, score 0 or 1) and ``sts.jsonl`` (one, other, score).

    Raises:
        SourceError: a file cannot be read, or a line is not what it should be.
    """

    def read(name: str, make: Callable[[Mapping[str, Any]], Any], otherwise: Any) -> Any:
        path = folder / f"{name}.jsonl"
        if not path.exists():
            return otherwise
        rows = []
        for number, row in json_rows(path):
            try:
                rows.append(make(row))
            except (KeyError, TypeError, ValueError) as error:
                raise SourceError(f"{path}:{number}: not what a line of this task has: {error}") from None
        return rows

    def scored(row: Mapping[str, Any]) -> tuple[str, str, float]:
        return _text(row["one"]), _text(row["other"]), float(row["score"])

    def labelled(row: Mapping[str, Any]) -> tuple[str, str]:
        return _text(row["text"]), _text(row["label"])

    def candidates(row: Mapping[str, Any]) -> Candidates:
        return Candidates(_text(row["query"]), [*map(_text, row["positive"])], [*map(_text, row["negative"])])

    return Items(
        read("reranking", candidates, made.reranking),
        read("clustering", labelled, made.clustering),
        read("classification", labelled, made.classification),
        read("pair-classification", scored, made.pairs),
        read("sts", scored, made.graded),
        symmetric=(folder / "sts.jsonl").exists(),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"expected a text, got {value!r:.80}")
    return value


def solve(items: Items, documents: Encode, queries: Encode) -> dict[str, float | None]:
    """Each task's number; None for one without items. Queries are embedded as queries, all other texts as documents."""
    cosines = _cosines(items.pairs, documents, queries)
    graded = _cosines(items.graded, documents, documents if items.symmetric else queries)
    return {
        "reranking": _reranking(items.reranking, documents, queries),
        "clustering": _clustering(items.clustering, documents),
        "classification": _classification(items.classification, documents),
        "pair classification": _average_precision([score for _, _, score in items.pairs], cosines),
        "STS": _spearman([score for _, _, score in items.graded], graded),
    }


def _cosines(pairs: Sequence[tuple[str, str, float]], documents: Encode, queries: Encode) -> Vectors:
    if not pairs:
        return np.empty(0, np.float32)
    one, other = queries([pair[0] for pair in pairs]), documents([pair[1] for pair in pairs])
    return np.asarray(np.einsum("ij,ij->i", one, other), np.float32)


def _reranking(items: Sequence[Candidates], documents: Encode, queries: Encode) -> float | None:
    values = []
    for item in items:
        if item.positive and item.negative:
            scores = documents([*item.positive, *item.negative]) @ queries([item.query])[0]
            values.append(_average_precision([1.0] * len(item.positive) + [0.0] * len(item.negative), scores))
    return float(np.mean([value for value in values if value is not None])) if values else None


def _clustering(items: Sequence[tuple[str, str]], documents: Encode) -> float | None:
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.metrics import v_measure_score

    labels = [label for _, label in items]
    if len(set(labels)) < 2:
        return None
    kmeans = MiniBatchKMeans(len(set(labels)), batch_size=512, n_init=3, random_state=_SEED)
    return float(v_measure_score(labels, kmeans.fit_predict(documents([text for text, _ in items]))))


def _classification(items: Sequence[tuple[str, str]], documents: Encode) -> float | None:
    from sklearn.linear_model import LogisticRegression

    labels = np.array([label for _, label in items])
    names, counts = np.unique(labels, return_counts=True)
    usable = np.flatnonzero(np.isin(labels, names[counts > _PER_LABEL]))
    if len(np.unique(labels[usable])) < 2:
        return None
    vectors = documents([text for text, _ in items])
    chance = np.random.default_rng(_SEED)
    accuracies = []
    for _ in range(_EXPERIMENTS):
        order = chance.permutation(usable)
        learnt = np.concatenate([order[labels[order] == name][:_PER_LABEL] for name in np.unique(labels[usable])])
        tested = np.setdiff1d(order, learnt)[:_MOST_TESTED]
        model = LogisticRegression(max_iter=200, random_state=_SEED).fit(vectors[learnt], labels[learnt])
        accuracies.append(float(model.score(vectors[tested], labels[tested])))
    return float(np.mean(accuracies))


def _average_precision(truths: Sequence[float], scores: Vectors) -> float | None:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(truths, scores)) if len(set(truths)) == 2 else None


def _spearman(grades: Sequence[float], cosines: Vectors) -> float | None:
    from scipy.stats import spearmanr

    if len(set(grades)) < 2 or len(np.unique(cosines)) < 2:
        return None
    return float(spearmanr(grades, cosines).statistic)
