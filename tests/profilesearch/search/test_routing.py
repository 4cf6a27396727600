"""Which clusters are searched: those that were learned, where something was learned for what is asked."""

from dataclasses import replace
from typing import Any

import numpy as np

from profilesearch.clusters.calibration import LandmarkCurve
from profilesearch.clusters.model import ClusterModel
from profilesearch.clusters.partition import Partition
from profilesearch.clusters.plane import Plane
from profilesearch.clusters.trained_router import FEATURES, TARGETS, TrainedRouter
from profilesearch.search.request import SearchRequest
from profilesearch.search.routing import find_route
from profilesearch.search.snapshot import Snapshot
from tests.profilesearch.search.small_version import CALIBRATION, EYE

CLUSTERS = ClusterModel(Partition(EYE, EYE, np.arange(4)), ("a", "b", "c", "d"), (1, 1, 1, 1), Plane(EYE[0], EYE[:2]))
EVERYTHING = LandmarkCurve(np.ones(4), np.ones(4))


class Words:
    """Words that add nothing to where a text lies."""

    def region_scores(self, terms: tuple[str, ...], cosines: np.ndarray) -> np.ndarray:
        return np.asarray(cosines, np.float64)


def chosen(router: TrainedRouter | None, terms: tuple[str, ...] = ("nurse",), **asked: Any) -> list[int]:
    """The clusters for a text that lies at the first centroid, and nearer to the third than to the others."""
    calibration = replace(
        CALIBRATION,
        probe_recalls=np.ones(4),
        probe_shares=np.ones(4),
        by_both=EVERYTHING,
        router=router,
    )
    words: Any = Words()
    version: Any = None
    vector = np.array([0.8, 0.1, 0.5, 0.0], np.float32)
    route = find_route(SearchRequest("nurse", **asked), Snapshot(version, CLUSTERS, calibration, words), vector, terms)
    return [cluster.id for cluster in route.chosen]


def test_clusters_from_a_logit_on_are_searched_and_the_nearest_always() -> None:
    weights = np.zeros(FEATURES + 1)
    weights[0] = 1.0  # how far the best landmark is behind the best of all
    near = TrainedRouter(weights, np.full(len(TARGETS), -0.4), np.asarray(TARGETS))
    assert chosen(None) == [0] and chosen(near) == [0, 2]
    none = TrainedRouter(weights, np.full(len(TARGETS), 9.0), np.asarray(TARGETS))
    assert chosen(none) == [0], "the nearest is searched, whatever was learned"
    assert chosen(near, target_recall=0.99) == [0], "nothing was learned for so much: as calibrated"
    assert chosen(near, terms=()) == [0], "nor for meaning alone"
    assert chosen(near, mode="predicted") == [0] and chosen(near, mode="off") == [0, 2, 1, 3]
