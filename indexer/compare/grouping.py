"""Clusters of a model's vectors: how pure they are, how far apart, and whether queries are led to the right one."""

from dataclasses import dataclass

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.clusters.fit import fit_partition
from profilesearch.vectors import Vectors

from .retrieval import Asked

_SILHOUETTE_TEXTS = 2000
_SEED = 42


@dataclass(frozen=True)
class Grouping:
    """k-means over a corpus.

    Attributes:
        assigned: ``(n,)`` each text's cluster.
        routed: ``(q,)`` each query's nearest cluster.
        right: ``(q,)`` whether that cluster has most of the texts that fit.
        purity: share of the texts whose label is the most frequent of their cluster; None without labels.
        silhouette: mean over texts of how much nearer their own cluster is than the next, by cosine: -1 to 1, higher is
            better (Rousseeuw 1987); None with a single cluster.
    """

    assigned: Integers
    routed: Integers
    right: list[float]
    purity: float | None
    silhouette: float | None


def group(asked: Asked, clusters: int) -> Grouping:
    """Fit so many clusters and measure them."""
    partition, assigned = fit_partition(asked.documents, clusters)
    routed = partition.predict(asked.queries)
    places = {id_: place for place, id_ in enumerate(asked.corpus.ids)}
    right = []
    for cluster, judged in zip(routed, asked.task.judged.values(), strict=True):
        counts = np.bincount(
            [assigned[places[id_]] for id_, grade in judged.items() if grade > 0], minlength=len(partition)
        )
        right.append(float(counts[cluster] == counts.max()))
    purity = _purity(assigned, asked.corpus.labels) if asked.corpus.labels else None
    return Grouping(assigned, routed, right, purity, _silhouette(asked.documents, assigned))


def _purity(assigned: Integers, labels: "np.typing.ArrayLike") -> float:
    names, numbers = np.unique(np.asarray(labels), return_inverse=True)
    pure = sum(np.bincount(numbers[assigned == cluster], minlength=len(names)).max() for cluster in np.unique(assigned))
    return float(pure / len(assigned))


def _silhouette(vectors: Vectors, assigned: Integers) -> float | None:
    from sklearn.metrics import silhouette_score

    chosen = np.random.default_rng(_SEED).permutation(len(vectors))[:_SILHOUETTE_TEXTS]
    if not 1 < len(np.unique(assigned[chosen])) < len(chosen):
        return None
    return float(silhouette_score(vectors[chosen], assigned[chosen], metric="cosine"))
