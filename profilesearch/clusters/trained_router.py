"""Which clusters to search, learned from judged queries: how likely each cluster is to hold who fits, by how it lies to a query.

A logistic regression over a few features of a query and a cluster, the same for all clusters, so that some dozens of judged queries
are enough. Those clusters are searched whose logit reaches a threshold, which was set for each target of recall on the
judged queries. Fitting is the indexer's business; this is what a search needs.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..arrays import Integers

FEATURES = 5
"""Best landmark, mean of the best three, place of the best landmark, distance of the centroid, size."""

TARGETS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98)
"""Recalls that thresholds are set for."""

_AVERAGED = 3

Floats = npt.NDArray[np.float64]


def route_features(scores: npt.ArrayLike, owners: Integers, distances: npt.ArrayLike, sizes: npt.ArrayLike) -> Floats:
    """``(c, FEATURES)`` how clusters lie to one query.

    Args:
        scores: ``(p,)`` of the landmarks, by words and meaning; higher is better.
        owners: ``(p,)`` the cluster of each landmark.
        distances: ``(c,)`` Euclidean distances of the centroids.
        sizes: ``(c,)`` profiles, or any measure of them.
    """
    away, amounts = np.asarray(distances, np.float64), np.asarray(sizes, np.float64)
    order = np.argsort(-np.asarray(scores), kind="stable")
    ordered, owned = np.asarray(scores, np.float64)[order], owners[order]
    least = ordered[-1] if len(ordered) else 0.0
    best, mean = np.full(len(away), least), np.full(len(away), least)
    place = np.full(len(away), float(len(ordered)))
    for cluster in np.unique(owned):
        places = np.flatnonzero(owned == cluster)[:_AVERAGED]
        best[cluster], mean[cluster], place[cluster] = ordered[places[0]], ordered[places].mean(), places[0]
    shares = np.maximum(amounts, 1) / max(1.0, amounts.sum())
    return np.stack([best - best.max(), mean - mean.max(), np.log1p(place), away.min() - away, np.log(shares)], axis=1)


@dataclass(frozen=True, eq=False)
class TrainedRouter:
    """What was learned.

    Attributes:
        weights: ``(FEATURES + 1,)`` of the features, and the intercept.
        thresholds: ``(t,)`` the logit from which on a cluster is searched, for each of :data:`TARGETS`.
        recalls: ``(t,)`` what these found of the judged queries, less one standard error.
    """

    weights: Floats
    thresholds: Floats
    recalls: Floats

    def logits(self, features: Floats) -> Floats:
        """``(…, c)`` of ``(…, c, FEATURES)`` features; higher is likelier."""
        return np.asarray(features @ self.weights[:-1] + self.weights[-1], np.float64)

    def choose(self, features: Floats, target: float) -> tuple[npt.NDArray[np.bool_], float] | None:
        """``(c,)`` which clusters to search for a recall, and the recall to expect; None where nothing was learned for so much."""
        enough = np.flatnonzero(np.asarray(TARGETS) >= target)
        if not len(enough):
            return None
        return self.logits(features) >= self.thresholds[enough[0]], float(self.recalls[enough[0]])

    def to_array(self) -> Floats:
        """All of it as one array."""
        return np.concatenate([self.weights, self.thresholds, self.recalls])

    @classmethod
    def from_array(cls, numbers: Floats) -> "TrainedRouter":
        """Read what :meth:`to_array` gave.

        Raises:
            ValueError: it is something else.
        """
        ends = FEATURES + 1, FEATURES + 1 + len(TARGETS)
        if numbers.shape != (ends[1] + len(TARGETS),) or not np.isfinite(numbers).all():
            raise ValueError(
                f"the trained router: expected {ends[1] + len(TARGETS)} finite numbers, got {numbers.shape}"
            )
        return cls(numbers[: ends[0]], numbers[ends[0] : ends[1]], numbers[ends[1] :])
