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
from .trial import PseudoQueries, Trial, compared_rows, prepare_trial

NEIGHBOURS = 10
"""Exact nearest neighbours of each query of a trial."""

_MOST_LANDMARKS = 200
_FLOOR_PERCENTILE = 95
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """Recall against work, and the similarity below which a result means little.

    Attributes:
        recalls: ``(l,)`` recall@10, less one standard error, when the clusters are searched that own the 1, 2, … nearest
            landmarks.
        shares: ``(l,)`` mean share of the profiles that is searched then.
        probe_recalls: ``(c,)`` recall@10 with the 1, 2, … nearest clusters searched.
        probe_shares: ``(c,)`` mean share of the profiles that is searched then.
        floor: similarity that 95 % of random pairs of a query and a profile stay below; the queries are the first way's
            that tells something, which is the headlines where they do.
        queries: how many queries this was measured with.
    """

    recalls: Floats
    shares: Floats
    probe_recalls: Floats
    probe_shares: Floats
    floor: float
    queries: int

    def landmarks_for(self, target: float) -> int | None:
        """How many of the nearest landmarks reach a recall; None where only searching everything does."""
        enough = np.flatnonzero(self.recalls >= target)
        return int(enough[0]) + 1 if len(enough) and target < 1 else None

    def recall_of(self, landmarks: int | None) -> float:
        """The recall to expect with so many landmarks."""
        return 1.0 if landmarks is None else float(self.recalls[landmarks - 1])

    def share_of(self, landmarks: int | None) -> float:
        """The mean share of the profiles that is searched with so many landmarks."""
        return 1.0 if landmarks is None else float(self.shares[landmarks - 1])

    def to_hash(self) -> dict[bytes, bytes]:
        """As hash fields of plain arrays."""
        arrays = {
            "recalls": self.recalls,
            "shares": self.shares,
            "probe_recalls": self.probe_recalls,
            "probe_shares": self.probe_shares,
            "floor": np.array([self.floor, self.queries]),
        }
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
        return cls(read[0], read[1], read[2], read[3], float(read[4][0]), int(read[4][1]))

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
    return Calibration(
        recalls=np.maximum.accumulate(np.min([way.recalls for way in curves], axis=0)),
        shares=np.max([way.shares for way in curves], axis=0),
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

    recalls: Floats
    shares: Floats
    probe_recalls: Floats
    probe_shares: Floats


def _measure(partition: Partition, queries: Vectors, exact: Integers, assigned: Integers) -> _Curves:
    distances = partition.distances(queries)
    sizes = np.bincount(assigned, minlength=len(partition)) / len(assigned)
    true_clusters = assigned[exact]
    ranks = distances.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    true_ranks = np.take_along_axis(ranks, true_clusters, 1)
    probes = np.arange(1, len(partition) + 1)
    first = _first_landmark(partition, queries)
    true_first = np.take_along_axis(first, true_clusters, 1)
    landmarks = np.arange(1, min(_MOST_LANDMARKS, len(partition.landmarks)) + 1)
    return _Curves(
        recalls=np.array([_cautious(true_first < count) for count in landmarks]),
        shares=np.array([((first < count) * sizes).sum(axis=1).mean() for count in landmarks]),
        probe_recalls=np.array([(true_ranks < count).mean() for count in probes]),
        probe_shares=np.array([((ranks < count) * sizes).sum(axis=1).mean() for count in probes]),
    )


def _cautious(hits: npt.NDArray[np.bool_]) -> float:
    """A mean recall less one standard error: what was measured on some queries should hold for others."""
    recalls = hits.mean(axis=1)
    return float(recalls.mean() - recalls.std() / np.sqrt(len(recalls)))


def _first_landmark(partition: Partition, queries: Vectors) -> Integers:
    """``(q, c)`` at which place in the order of the landmarks a cluster's first one comes."""
    near = partition.near(queries)
    first = np.full((len(queries), len(partition)), near.shape[1], np.int64)
    for place in range(near.shape[1] - 1, -1, -1):
        first[np.arange(len(queries)), near[:, place]] = place
    return first
