"""Which clusters are searched, learned from judged queries; see :mod:`.learned` for when that is taken.

It is taken if it finds more of who fits, or as much in fewer profiles, of queries that it was not fitted on; and if it loses
nothing of the queries made of the profiles that the calibrated route is measured with: these stand for whatever nobody judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from profilesearch.arrays import Integers
from profilesearch.clusters.trained_router import FEATURES, TARGETS, TrainedRouter

from ..evaluate.measures import estimate
from .learned import LEAST_QUERIES, SIGNIFICANT, Lesson, folds

_TARGET = TARGETS.index(0.95)
"""What a search asks for by default, and what is compared."""

_MORE_FOUND, _LESS_SEARCHED = 0.01, 0.9
_MOST_SEARCHED = 1.25
"""A route that finds more may search so many times as much."""

_NOTHING_LOST = 0.005
_CUTS = 200

Floats = npt.NDArray[np.float64]
Choice = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RouteQueries:
    """Queries of which it is known where who should be found is.

    Attributes:
        features: ``(q, c, FEATURES)`` see :func:`route_features`.
        wanted: ``(q, c)`` the share of who should be found that each cluster has; a row adds up to 1.
        nearest: ``(q,)`` the nearest cluster, which is always searched.
        calibrated: ``(t, q, c)`` what the calibrated route searches, for each of :data:`TARGETS`.
        sizes: ``(c,)`` share of the profiles that each cluster has.
        texts: ``q`` texts.
    """

    features: Floats
    wanted: Floats
    nearest: Integers
    calibrated: Choice
    sizes: Floats
    texts: Sequence[str]

    def at(self, places: Integers) -> "RouteQueries":
        """Some of them."""
        texts = [self.texts[place] for place in places]
        some = self.features[places], self.wanted[places], self.nearest[places], self.calibrated[:, places]
        return RouteQueries(*some, self.sizes, texts)

    def found(self, chosen: Choice) -> Floats:
        """``(q,)`` the share of who should be found that lies in ``(q, c)`` chosen clusters, and in the nearest."""
        return np.asarray((self.wanted * self.searched(chosen)).sum(axis=1), np.float64)

    def share(self, chosen: Choice) -> Floats:
        """``(q,)`` the share of the profiles that is searched then."""
        return np.asarray(self.searched(chosen) @ self.sizes, np.float64)

    def searched(self, chosen: Choice) -> Choice:
        """``(q, c)`` with the nearest cluster."""
        return np.asarray(chosen | (np.arange(len(self.sizes)) == self.nearest[:, None]), np.bool_)


def fit_router(queries: RouteQueries) -> TrainedRouter:
    """A router with a threshold for each target: as much is found of these queries as by the calibrated route, and as the target says."""
    from sklearn.linear_model import LogisticRegression

    amount, clusters, _ = queries.features.shape
    rows = queries.features.reshape(-1, FEATURES)
    holds = (queries.wanted > 0).ravel()
    others = (queries.wanted == 0).sum(axis=1, keepdims=True)
    weights = np.where(queries.wanted > 0, queries.wanted, 1 / np.maximum(others, 1)).ravel()
    centre, scale = rows.mean(axis=0), np.maximum(rows.std(axis=0), 1e-6)
    if holds.all() or not holds.any():
        fitted, intercept = np.zeros(FEATURES), 0.0
    else:
        model = LogisticRegression(max_iter=1000).fit((rows - centre) / scale, holds, sample_weight=weights)
        fitted, intercept = model.coef_[0] / scale, float(model.intercept_[0])
    numbers = np.append(fitted, intercept - fitted @ centre)
    bare = TrainedRouter(numbers, np.zeros(len(TARGETS)), np.zeros(len(TARGETS)))
    logits = bare.logits(queries.features)
    set_ = [_threshold(queries, logits, target, queries.calibrated[place]) for place, target in enumerate(TARGETS)]
    return TrainedRouter(numbers, np.array([cut for cut, _ in set_]), np.array([found for _, found in set_]))


def _threshold(queries: RouteQueries, logits: Floats, target: float, calibrated: Choice) -> tuple[float, float]:
    """The highest threshold that finds enough, and the share that it finds, less one standard error."""
    enough = max(target, _cautious(queries.found(calibrated)))
    cuts = np.unique(np.quantile(logits, np.linspace(0, 1, _CUTS)))[::-1]
    for cut in cuts:
        if (found := _cautious(queries.found(logits >= cut))) >= enough:
            return float(cut), found
    return float(cuts[-1]), 1.0


def _cautious(found: Floats) -> float:
    return float(found.mean() - found.std() / np.sqrt(len(found)))


def learn_route(
    judged: RouteQueries, others: Sequence[RouteQueries], source: str
) -> tuple[TrainedRouter | None, Lesson | None]:
    """The router that judged queries teach, where it is better than the calibrated one; and what came of it.

    Args:
        judged: judged queries.
        others: queries made of the profiles, each way to ask by itself.
        source: whose judgements they are.

    Returns:
        No router where the calibrated one stays; no lesson where there are too few queries.
    """
    if len(judged.texts) < LEAST_QUERIES or not (split := folds(judged.texts)):
        return None, None
    calibrated = judged.calibrated[_TARGET]
    before, searched_before = judged.found(calibrated), judged.share(calibrated)
    after, searched_after = before.copy(), searched_before.copy()
    for fitted, held_back in split:
        part = judged.at(held_back)
        chosen = _chosen(fit_router(judged.at(fitted)), part)
        after[held_back], searched_after[held_back] = part.found(chosen), part.share(chosen)
    router = fit_router(judged)
    p_found = _p_value(after, before)
    p_searched = _p_value(searched_after, searched_before)
    gained, times = after.mean() - before.mean(), searched_after.mean() / searched_before.mean()
    more = gained >= _MORE_FOUND and p_found < SIGNIFICANT and times <= _MOST_SEARCHED
    as_much = gained >= -_NOTHING_LOST and not (gained < 0 and p_found < SIGNIFICANT)
    cheaper = as_much and times <= _LESS_SEARCHED and p_searched < SIGNIFICANT
    taken = bool((more or cheaper) and all(_keeps(router, way) for way in others))
    figures = _figures(before, searched_before), _figures(after, searched_after)
    p_value = p_found if more or not cheaper else p_searched
    lesson = Lesson("clusters to search", source, len(judged.texts), *figures, p_value, taken)
    return (router if taken else None), lesson


def _chosen(router: TrainedRouter, queries: RouteQueries) -> Choice:
    return np.asarray(router.logits(queries.features) >= router.thresholds[_TARGET], np.bool_)


def _keeps(router: TrainedRouter, way: RouteQueries) -> bool:
    """Whether it finds as much of other queries as the calibrated route does, which aims at no more than the target."""
    before, after = way.found(way.calibrated[_TARGET]), way.found(_chosen(router, way))
    return bool(after.mean() >= min(before.mean(), TARGETS[_TARGET]) - _NOTHING_LOST)


def _p_value(after: Floats, before: Floats) -> float:
    p_value = estimate(after.tolist(), before.tolist()).p_value
    return 1.0 if p_value is None else p_value


def _figures(found: Floats, searched: Floats) -> str:
    return f"recall {found.mean():.3f} in {searched.mean():.1%}"
