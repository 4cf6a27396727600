"""What a version's clusters cost, measured when it is built.

Queries are profiles that the clusters were not fitted on, asked for in several ways: by their whole text, by their headline
alone, by a tag's value alone, as a recruiter would type them, and by two of their sentences. How many of the ten exact
nearest neighbours lie in the searched clusters is the recall; of the ways the worst one counts. This is the inverted-file
trade of Jégou et al. 2011 (https://doi.org/10.1109/TPAMI.2010.57), with a number of clusters that depends on the query:
those are searched that own the landmarks nearest to it, and how many landmarks that takes is what is calibrated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..arrays import Integers, array_from_bytes, array_to_bytes
from ..vectors import Vectors
from .neighbours import exact_neighbours
from .partition import Partition
from .trained_router import TrainedRouter
from .trial import PseudoQueries, Trial, compared_rows, prepare_trial

NEIGHBOURS = 10
"""Exact nearest neighbours of each query of a trial."""

_MOST_LANDMARKS = 200
_FLOOR_PERCENTILE = 95
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LandmarkCurve:
    """Recall against work when the clusters are searched that own the 1, 2, … first landmarks.

    Attributes:
        recalls: ``(l,)`` recall@10, less one standard error.
        shares: ``(l,)`` mean share of the profiles that is searched then.
    """

    recalls: Floats
    shares: Floats

    def landmarks_for(self, target: float) -> int | None:
        """How many of the first landmarks reach a recall; None where only searching everything does."""
        enough = np.flatnonzero(self.recalls >= target)
        return int(enough[0]) + 1 if len(enough) and target < 1 else None

    def recall_of(self, landmarks: int | None) -> float:
        """The recall to expect with so many landmarks."""
        return 1.0 if landmarks is None else float(self.recalls[landmarks - 1])

    def share_of(self, landmarks: int | None) -> float:
        """The mean share of the profiles that is searched with so many landmarks."""
        return 1.0 if landmarks is None else float(self.shares[landmarks - 1])


@dataclass(frozen=True)
class Calibration(LandmarkCurve):
    """Recall against work, and the similarity below which a result means little.

    The curve that it is itself is of searches by meaning: landmarks are the nearest, and so are the ten that count.

    Attributes:
        probe_recalls: ``(c,)`` recall@10 with the 1, 2, … nearest clusters searched.
        probe_shares: ``(c,)`` mean share of the profiles that is searched then.
        floor: similarity that 95 % of random pairs of a query and a profile stay below; the queries are the first way's
            that tells something, which is the headlines where they do. A tuned model's card may say another.
        queries: how many queries this was measured with.
        by_both: the curve of searches by words and meaning, whose landmarks are ordered by both; None if it is not known.
        router: what judged queries taught of where to search by words and meaning; None if that is no better.
    """

    probe_recalls: Floats
    probe_shares: Floats
    floor: float
    queries: int
    by_both: LandmarkCurve | None = None
    router: TrainedRouter | None = None

    def curve(self, by_both: bool) -> LandmarkCurve:
        """The curve of searches by words and meaning, or of those by meaning alone."""
        return self.by_both if by_both and self.by_both is not None else self

    def to_hash(self) -> dict[bytes, bytes]:
        """As hash fields of plain arrays."""
        arrays = {
            "recalls": self.recalls,
            "shares": self.shares,
            "probe_recalls": self.probe_recalls,
            "probe_shares": self.probe_shares,
            "floor": np.array([self.floor, self.queries]),
        }
        if self.by_both is not None:
            arrays["by_both"] = np.array([self.by_both.recalls, self.by_both.shares])
        if self.router is not None:
            arrays["router"] = self.router.to_array()
        return {f"calibration:{name}".encode(): array_to_bytes(array) for name, array in arrays.items()}

    @classmethod
    def from_hash(cls, data: Mapping[bytes, bytes]) -> "Calibration":
        """Read what :meth:`to_hash` wrote.

        Raises:
            ValueError: a field is missing or holds something else.
        """
        names = ("recalls", "shares", "probe_recalls", "probe_shares", "floor")
        try:
            read = [np.asarray(array_from_bytes(data[f"calibration:{name}".encode()]), np.float64) for name in names]
        except KeyError as error:
            raise ValueError(f"the calibration lacks {error}") from None
        except TypeError as error:
            raise ValueError(f"the calibration holds something else than numbers: {error}") from None
        if any(array.ndim != 1 for array in read) or len(read[4]) != 2 or not np.isfinite(read[4]).all():
            raise ValueError("the calibration holds arrays of other shapes")
        floor, queries = float(read[4][0]), int(read[4][1])
        return cls(read[0], read[1], read[2], read[3], floor, queries, _curve_by_both(data), _router(data))

    def check_clusters(self, clusters: int) -> None:
        """Check that the curves belong together and are for so many clusters.

        Raises:
            ValueError: which are not.
        """
        shapes = {
            "shares": (self.shares.shape, self.recalls.shape),
            "probe_recalls": (self.probe_recalls.shape, (clusters,)),
            "probe_shares": (self.probe_shares.shape, (clusters,)),
        }
        for name, (shape, expected) in shapes.items():
            if shape != expected:
                raise ValueError(f"the calibration's {name}: expected shape {expected}, got {shape}")


def _curve_by_both(data: Mapping[bytes, bytes]) -> LandmarkCurve | None:
    if b"calibration:by_both" not in data:
        return None
    both = np.asarray(array_from_bytes(data[b"calibration:by_both"]), np.float64)
    if both.ndim != 2 or len(both) != 2 or not both.shape[1] or not np.isfinite(both).all():
        raise ValueError(
            f"the calibration's by_both: expected finite numbers of shape (2, landmarks), got {both.shape}"
        )
    return LandmarkCurve(both[0], both[1])


def _router(data: Mapping[bytes, bytes]) -> TrainedRouter | None:
    name = b"calibration:router"
    return TrainedRouter.from_array(np.asarray(array_from_bytes(data[name]), np.float64)) if name in data else None


def worst_of(curves: Sequence[LandmarkCurve]) -> LandmarkCurve:
    """The least recall and the greatest share of several ways to ask."""
    recalls = np.maximum.accumulate(np.min([curve.recalls for curve in curves], axis=0))
    return LandmarkCurve(recalls, np.max([curve.shares for curve in curves], axis=0))


def landmark_curve(order: Integers, true_clusters: Integers, sizes: Floats) -> LandmarkCurve:
    """What searching by landmarks costs.

    Args:
        order: ``(q, p)`` for each query the clusters that own the landmarks, first ones first.
        true_clusters: ``(q, 10)`` the clusters of those who should be found.
        sizes: ``(c,)`` share of the profiles that each cluster has.
    """
    first = _first_landmark(order, len(sizes))
    true_first = np.take_along_axis(first, true_clusters, 1)
    landmarks = np.arange(1, min(_MOST_LANDMARKS, order.shape[1]) + 1)
    return LandmarkCurve(
        recalls=np.array([_cautious(true_first < count) for count in landmarks]),
        shares=np.array([((first < count) * sizes).sum(axis=1).mean() for count in landmarks]),
    )


def calibrate(partition: Partition, trial: Trial, nearest: Integers, assigned: Integers) -> Calibration:
    """Measure a clustering.

    Args:
        partition: the fitted clusters.
        trial: what is asked.
        nearest: ``(q, 10)`` rows of the exact nearest neighbours of the trial's queries, their own rows left out.
        assigned: ``(n,)`` each profile's cluster.
    """
    parts = np.split(nearest, np.cumsum([len(way.rows) for way in trial.ways])[:-1])
    curves = [_measure(partition, way.vectors, part, assigned) for way, part in zip(trial.ways, parts, strict=True)]
    typed = trial.ways[min(1, len(trial.ways) - 1)]
    worst = worst_of([way.landmarks for way in curves])
    return Calibration(
        recalls=worst.recalls,
        shares=worst.shares,
        probe_recalls=np.min([way.probe_recalls for way in curves], axis=0),
        probe_shares=np.max([way.probe_shares for way in curves], axis=0),
        floor=float(np.percentile(typed.vectors @ trial.compared.T, _FLOOR_PERCENTILE)),
        queries=len(trial.rows),
    )


def calibrate_vectors(
    partition: Partition,
    vectors: Vectors,
    assigned: Integers,
    held_back: Integers,
    ways: Sequence[PseudoQueries] = (),
) -> Calibration:
    """Measure a clustering of vectors that are all in memory.

    Args:
        partition: the fitted clusters.
        vectors: ``(n, dim)`` float32 rows of length 1.
        assigned: ``(n,)`` each profile's cluster.
        held_back: ``(q,)`` rows that the clusters were not fitted on, ascending.
        ways: ways to ask for those rows besides their own vectors, headlines first.
    """
    own = PseudoQueries(vectors[held_back], held_back)
    trial = prepare_trial(own, vectors[compared_rows(len(vectors))], ways)
    nearest = exact_neighbours(trial.vectors, [vectors], NEIGHBOURS, trial.rows)
    return calibrate(partition, trial, nearest, assigned)


@dataclass(frozen=True)
class _Curves:
    """What one way of asking costs; see :class:`Calibration`."""

    landmarks: LandmarkCurve
    probe_recalls: Floats
    probe_shares: Floats


def _measure(partition: Partition, queries: Vectors, exact: Integers, assigned: Integers) -> _Curves:
    distances = partition.distances(queries)
    sizes = np.bincount(assigned, minlength=len(partition)) / len(assigned)
    true_clusters = assigned[exact]
    ranks = distances.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    true_ranks = np.take_along_axis(ranks, true_clusters, 1)
    probes = np.arange(1, len(partition) + 1)
    return _Curves(
        landmarks=landmark_curve(partition.near(queries), true_clusters, sizes),
        probe_recalls=np.array([(true_ranks < count).mean() for count in probes]),
        probe_shares=np.array([((ranks < count) * sizes).sum(axis=1).mean() for count in probes]),
    )


def _cautious(hits: npt.NDArray[np.bool_]) -> float:
    """A mean recall less one standard error: what was measured on some queries should hold for others."""
    recalls = hits.mean(axis=1)
    return float(recalls.mean() - recalls.std() / np.sqrt(len(recalls)))


def _first_landmark(order: Integers, clusters: int) -> Integers:
    """``(q, c)`` at which place in ``(q, p)`` owners of landmarks a cluster comes first."""
    first = np.full((len(order), clusters), order.shape[1], np.int64)
    for place in range(order.shape[1] - 1, -1, -1):
        first[np.arange(len(order)), order[:, place]] = place
    return first
