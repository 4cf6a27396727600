"""Which clusters a search looks into, and what it may expect to find there."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..clusters.calibration import Calibration
from ..clusters.trained_router import route_features
from ..errors import InvalidRequest
from ..vectors import Vectors
from .request import SearchRequest
from .snapshot import Snapshot


@dataclass(frozen=True)
class RankedCluster:
    """A cluster as a query sees it: number, name, size, and Euclidean distance to the query (smaller is nearer)."""

    id: int
    label: str
    size: int
    distance: float


@dataclass(frozen=True)
class Route:
    """Where a search looks.

    Attributes:
        ranked: every cluster, nearest first.
        chosen: the clusters to search, nearest first.
        recall: the share of the true nearest neighbours to expect there, as calibrated; None where nobody measured it.
    """

    ranked: tuple[RankedCluster, ...]
    chosen: tuple[RankedCluster, ...]
    recall: float | None

    def widened(self, wanted: int, counts: Mapping[int, int]) -> tuple[RankedCluster, ...]:
        """The chosen clusters, and the next nearest until they hold as many profiles as wanted.

        Args:
            counts: how many profiles of each cluster pass the filters.
        """
        clusters = list(self.chosen)
        profiles = sum(counts.get(cluster.id, 0) for cluster in clusters)
        for cluster in self.ranked:
            if profiles >= wanted:
                break
            if cluster not in self.chosen:
                clusters.append(cluster)
                profiles += counts.get(cluster.id, 0)
        return tuple(clusters)


def find_route(request: SearchRequest, snapshot: Snapshot, vector: Vectors, terms: tuple[str, ...] = ()) -> Route:
    """Where to look for what is near a ``(dim,)`` vector, and has the words that are asked for.

    Raises:
        InvalidRequest: it names a cluster that is not there.
    """
    clusters, calibration = snapshot.clusters, snapshot.calibration
    ranked = tuple(
        RankedCluster(number, clusters.labels[number], clusters.sizes[number], distance)
        for number, distance in clusters.nearest(vector)
    )
    if request.mode == "off":
        return Route(ranked, ranked, 1.0)
    if request.mode == "predicted" or (request.mode == "auto" and request.probes is not None):
        probes = min(request.probes or 1, len(ranked))
        return Route(ranked, ranked[:probes], float(calibration.probe_recalls[probes - 1]))
    if request.mode == "auto":
        curve = calibration.curve(by_both=bool(terms))
        landmarks = curve.landmarks_for(request.target_recall)
        scores = clusters.partition.cosines(vector[None])[0]
        if curve is calibration.by_both and snapshot.words is not None:
            scores = snapshot.words.region_scores(terms, scores)
        wanted = {ranked[0].id, *map(int, clusters.partition.owners_by(scores[None])[0, :landmarks])}
        recall: float | None = curve.recall_of(landmarks)
        if curve is calibration.by_both and calibration.router is not None:
            away = np.empty(len(ranked))
            away[[cluster.id for cluster in ranked]] = [cluster.distance for cluster in ranked]
            features = route_features(scores, clusters.partition.owners, away, clusters.sizes)
            if (chosen := calibration.router.choose(features, request.target_recall)) is not None:
                wanted, recall = {ranked[0].id, *map(int, np.flatnonzero(chosen[0]))}, chosen[1]
    else:
        unknown = sorted(set(request.picked) - {cluster.id for cluster in ranked})
        if unknown or not request.picked:
            got = ", ".join(map(str, unknown)) or "nothing"
            raise InvalidRequest("cluster", f"cluster: expected numbers from 0 to {len(ranked) - 1}, got {got}")
        wanted, recall = set(request.picked), None
    return Route(ranked, tuple(cluster for cluster in ranked if cluster.id in wanted), recall)


def recall_to_expect(request: SearchRequest, route: Route, searched: int, calibration: Calibration) -> float | None:
    """The recall to expect once so many clusters were searched; at least that of the chosen ones."""
    if searched == len(route.ranked):
        return 1.0
    if request.mode == "predicted" and searched > len(route.chosen):
        return float(calibration.probe_recalls[searched - 1])
    return route.recall
