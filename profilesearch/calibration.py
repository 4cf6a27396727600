"""What a version's clusters cost, measured when it is built.

Queries are profiles that the clusters were not fitted on, asked for in three ways: by their whole text, by their
headline alone, as a recruiter would type it, and by two of their sentences. How many of the ten exact nearest neighbours
lie in the searched clusters is the recall; of the three the worst one counts. This is the inverted-file trade of Jégou et
al. 2011 (https://doi.org/10.1109/TPAMI.2010.57), with a number of clusters that depends on the query: those are searched
that own the landmarks nearest to it, and how many landmarks that takes is what is calibrated.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .clustering import ClusterModel, Integers, array_from_bytes, array_to_bytes
from .vectors import Vectors

NEIGHBOURS = 10
_MOST_LANDMARKS = 200
_FLOOR_PERCENTILE = 95

Floats = npt.NDArray[np.float64]
Chunks = Callable[[], Iterable[Vectors]]


@dataclass(frozen=True)
class Calibration:
    """Recall against work, and the similarity below which a result means little.

    Attributes:
        recalls: ``(l,)`` recall@10, less one standard error, when the clusters are searched that own the 1, 2, … nearest
            landmarks.
        shares: ``(l,)`` mean share of the profiles that is searched then.
        probe_recalls: ``(c,)`` recall@10 with the 1, 2, … nearest clusters searched.
        probe_shares: ``(c,)`` mean share of the profiles that is searched then.
        floor: similarity that 95 % of random pairs of a headline and a profile stay below.
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
            "recalls": self.recalls, "shares": self.shares, "probe_recalls": self.probe_recalls,
            "probe_shares": self.probe_shares, "floor": np.array([self.floor, self.queries]),
        }  # fmt: skip
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


def calibrate(
    clusters: ClusterModel, chunks: Chunks, assigned: Integers, held_back: Integers, queries: Sequence[Vectors]
) -> Calibration:
    """Measure a clustering.

    Args:
        clusters: the fitted clusters.
        chunks: gives ``(n, dim)`` float32 vectors of every profile in order, piece by piece, each time it is called.
        assigned: ``(n,)`` each profile's cluster.
        held_back: ``(q,)`` rows that the clusters were not fitted on, ascending.
        queries: ways to ask for those rows besides their own vectors, headlines first, each ``(q, dim)`` float32.
    """
    random = np.random.default_rng(0)
    others = np.sort(random.choice(len(assigned), min(len(assigned), 500), replace=False))
    own, compared = _rows(chunks, held_back), _rows(chunks, others)
    ways = [own, *queries]
    exact = exact_neighbours(np.vstack(ways), chunks, NEIGHBOURS, np.tile(held_back, len(ways)))
    measured = [
        _measure(clusters, asked, nearest, assigned)
        for asked, nearest in zip(ways, np.split(exact, len(ways)), strict=True)
    ]
    floor = float(np.percentile(queries[0] @ compared.T, _FLOOR_PERCENTILE))
    recalls, shares, probe_recalls, probe_shares = (
        pick([each[part] for each in measured], axis=0) for part, pick in enumerate((np.min, np.max, np.min, np.max))
    )
    return Calibration(
        np.maximum.accumulate(recalls), shares, probe_recalls, probe_shares, floor, len(measured) * len(held_back)
    )


def _rows(chunks: Chunks, positions: Integers) -> Vectors:
    """``(q, dim)`` some of all rows."""
    found, first = [], 0
    for chunk in chunks():
        inside = (positions >= first) & (positions < first + len(chunk))
        found.append(chunk[positions[inside] - first])
        first += len(chunk)
    return np.asarray(np.vstack(found), np.float32)


def exact_neighbours(queries: Vectors, chunks: Chunks, amount: int, own: Integers | None = None) -> Integers:
    """``(q, amount)`` rows of the nearest profiles, by inner product; fewer columns if there are fewer profiles.

    Args:
        queries: ``(q, dim)`` float32 rows of length 1.
        chunks: gives the vectors of every profile in order, piece by piece.
        amount: how many neighbours.
        own: ``(q,)`` for each query, the row to leave out.
    """
    best: Vectors = np.full((len(queries), 0), 0, np.float32)
    rows: Integers = np.zeros((len(queries), 0), np.int64)
    first = 0
    for chunk in chunks():
        similar = queries @ chunk.T
        if own is not None:
            mine = (own >= first) & (own < first + len(chunk))
            similar[np.flatnonzero(mine), own[mine] - first] = -np.inf
        both = np.hstack([best, similar])
        places = np.hstack([rows, np.broadcast_to(np.arange(first, first + len(chunk)), similar.shape)])
        kept = min(amount, both.shape[1])
        chosen = np.argpartition(-both, kept - 1, axis=1)[:, :kept]
        best, rows = np.take_along_axis(both, chosen, 1), np.take_along_axis(places, chosen, 1)
        first += len(chunk)
    finite = min(amount, max(1, first - (own is not None)))
    order = np.argsort(-best, axis=1, kind="stable")[:, :finite]
    return np.asarray(np.take_along_axis(rows, order, 1), np.int64)


def _measure(clusters: ClusterModel, queries: Vectors, exact: Integers, assigned: Integers) -> list[Floats]:
    distances = clusters.distances(queries)
    sizes = np.bincount(assigned, minlength=len(clusters)) / len(assigned)
    true_clusters = assigned[exact]
    ranks = distances.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    true_ranks = np.take_along_axis(ranks, true_clusters, 1)
    probes = np.arange(1, len(clusters) + 1)
    first = _first_landmark(clusters, queries)
    true_first = np.take_along_axis(first, true_clusters, 1)
    landmarks = np.arange(1, min(_MOST_LANDMARKS, len(clusters.landmarks)) + 1)
    return [
        np.array([_cautious(true_first < count) for count in landmarks]),
        np.array([((first < count) * sizes).sum(axis=1).mean() for count in landmarks]),
        np.array([(true_ranks < count).mean() for count in probes]),
        np.array([((ranks < count) * sizes).sum(axis=1).mean() for count in probes]),
    ]


def _cautious(found: npt.NDArray[np.bool_]) -> float:
    """A mean recall less one standard error: what was measured on some queries should hold for others."""
    recalls = found.mean(axis=1)
    return float(recalls.mean() - recalls.std() / np.sqrt(len(recalls)))


def _first_landmark(clusters: ClusterModel, queries: Vectors) -> Integers:
    """``(q, c)`` at which place in the order of the landmarks a cluster's first one comes."""
    near = clusters.near(queries)
    first = np.full((len(queries), len(clusters)), near.shape[1], np.int64)
    for place in range(near.shape[1] - 1, -1, -1):
        first[np.arange(len(queries)), near[:, place]] = place
    return first
