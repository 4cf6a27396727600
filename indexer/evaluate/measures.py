"""From rankings to figures: ir-measures for the metrics of the field, SciPy for their uncertainty."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ir_measures
import numpy as np
from ir_measures import AP, RR, P, R, nDCG

from .tasks import Task

METRICS = {"P@10": P @ 10, "P@30": P @ 30, "R@30": R @ 30, "nDCG@10": nDCG @ 10, "MAP": AP, "MRR": RR}
_DEPTH = 30


@dataclass(frozen=True)
class Estimate:
    """A mean over queries with its 95 % bootstrap interval, and the p-value of its difference from the baseline."""

    mean: float
    low: float
    high: float
    p_value: float | None = None


@dataclass(frozen=True)
class Quality:
    """What one way of searching found.

    Attributes:
        metrics: each metric's estimate.
        noise: share of the first 30 that are judged and not relevant.
        unjudged: share of the first 30 that nobody judged; unjudged is not irrelevant.
        noisy: what the judged and not relevant are, most frequent first.
        per_query: each metric's value for each query, in the order of the task's queries.
    """

    metrics: Mapping[str, Estimate]
    noise: float
    unjudged: float
    noisy: Sequence[tuple[str, int]]
    per_query: Mapping[str, Sequence[float]] = field(repr=False, default_factory=dict)


def measure(
    task: Task, rankings: Mapping[str, Sequence[str]], kinds: Mapping[str, str], baseline: "Quality | None" = None
) -> Quality:
    """Measure rankings.

    Args:
        task: what was asked and who fits.
        rankings: for each query, profile ids, best first; equal distances were ordered by id.
        kinds: what a profile is, for those that may be noise.
        baseline: what differences are tested against, by a paired randomisation test (Smucker et al. 2007).
    """
    per_query = _per_query(task, rankings)
    metrics = {
        name: estimate(values, None if baseline is None else baseline.per_query[name])
        for name, values in per_query.items()
    }
    noise: Counter[str] = Counter()
    unjudged = shown = 0
    for query, ranking in rankings.items():
        judged = task.judged[query]
        for id_ in ranking[:_DEPTH]:
            shown += 1
            if id_ not in judged:
                unjudged += 1
            elif judged[id_] == 0:
                noise[kinds.get(id_, "?")] += 1
    shown = max(1, shown)
    return Quality(metrics, noise.total() / shown, unjudged / shown, noise.most_common(3), per_query)


def _per_query(task: Task, rankings: Mapping[str, Sequence[str]]) -> dict[str, list[float]]:
    qrels = [ir_measures.Qrel(q, id_, grade) for q, judged in task.judged.items() for id_, grade in judged.items()]
    run = [
        ir_measures.ScoredDoc(query, id_, -float(rank))
        for query, ranking in rankings.items()
        for rank, id_ in enumerate(ranking)
    ]
    values = {(m.query_id, str(m.measure)): m.value for m in ir_measures.iter_calc(list(METRICS.values()), qrels, run)}
    return {name: [values.get((q, str(metric)), 0.0) for q in task.queries] for name, metric in METRICS.items()}


def estimate(values: Sequence[float], baseline: Sequence[float] | None = None) -> Estimate:
    """The mean of one value a query, with its uncertainty; ``baseline`` has the values of what it is compared with."""
    data = np.asarray(values)
    mean = float(data.mean())
    low = high = mean
    if len(data) > 1 and np.ptp(data) > 0:
        from scipy import stats  # a third of a second, which a build without new clusters need not wait for

        interval = stats.bootstrap(
            (data,), np.mean, n_resamples=2000, method="percentile", random_state=0
        ).confidence_interval
        low, high = float(interval.low), float(interval.high)
    return Estimate(mean, low, high, None if baseline is None else _p_value(data - np.asarray(baseline)))


def _p_value(differences: np.ndarray) -> float:
    """Two-sided paired randomisation test: signs of the differences are flipped at random."""
    if len(differences) < 2 or not np.any(differences):
        return 1.0
    from scipy import stats

    test = stats.permutation_test(
        (differences,),
        lambda x, axis: np.mean(x, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=4999,
        random_state=0,
    )
    return float(test.pvalue)
