"""What a version's clusters cost, measured when it is built.

Queries are profiles that the clusters were not fitted on, asked for in several ways: by their whole text, by their headline
alone, by a tag's value alone, as a recruiter would type them, and by two of their sentences. How many of the ten exact
nearest neighbours lie in the searched clusters is the recall; of the ways the worst one counts. This is the inverted-file
trade of Jégou et al. 2011 (https://doi.org/10.1109/TPAMI.2010.57), with a number of clusters that depends on the query:
those are searched that own the landmarks nearest to it, and how many landmarks that takes is what is calibrated.

A query that tells nothing about the profile that it was taken from, such as the heading "Summary" or the name of a city,
does not count: its own profile is hardly nearer to it than others are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..arrays import Integers, array_from_bytes, array_to_bytes
from ..vectors import Vectors
from .model import ClusterModel
from .neighbours import Chunks, exact_neighbours

NEIGHBOURS = 10
_MOST_LANDMARKS = 200
_FLOOR_PERCENTILE = 95
_COMPARED = 500
_LEAST_RANK = 0.8
"""Share of all profiles to which a query must be less similar than to its own, to tell something about it."""
_LEAST_TELLING = 0.4
"""Share of a way's queries that must tell something: a fifth of those that tell nothing seem to, by chance."""
_LEAST_QUERIES = 10
"""A way to ask that has fewer queries says too little to be the worst."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PseudoQueries:
    """Texts as somebody could type them, each taken from a profile.

    Attributes:
        vectors: ``(q, dim)`` float32 rows of length 1.
        rows: ``(q,)`` the row of the profile that each was taken from, one of those held back.
    """

    vectors: Vectors
    rows: Integers


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


def calibrate(
    clusters: ClusterModel, chunks: Chunks, assigned: Integers, held_back: Integers, ways: Sequence[PseudoQueries]
) -> Calibration:
    """Measure a clustering.

    Args:
        clusters: the fitted clusters.
        chunks: gives ``(n, dim)`` float32 vectors of every profile in order, piece by piece, each time it is called.
        assigned: ``(n,)`` each profile's cluster.
        held_back: ``(q,)`` rows that the clusters were not fitted on, ascending.
        ways: ways to ask for those rows besides their own vectors, headlines first.
    """
    random = np.random.default_rng(0)
    others = random.choice(len(assigned), min(len(assigned), _COMPARED), replace=False)
    positions = np.union1d(held_back, others)
    vectors = _rows(chunks, positions)
    own, compared = (vectors[np.searchsorted(positions, rows)] for rows in (held_back, others))
    telling = [_telling(way, own[np.searchsorted(held_back, way.rows)], compared) for way in ways]
    asked = [PseudoQueries(own, held_back), *(way for way in telling if len(way.rows) >= _LEAST_QUERIES)]
    rows = np.concatenate([way.rows for way in asked])
    exact = exact_neighbours(np.vstack([way.vectors for way in asked]), chunks, NEIGHBOURS, rows)
    parts = np.split(exact, np.cumsum([len(way.rows) for way in asked])[:-1])
    measured = [_measure(clusters, way.vectors, nearest, assigned) for way, nearest in zip(asked, parts, strict=True)]
    floor = float(np.percentile(asked[min(1, len(asked) - 1)].vectors @ compared.T, _FLOOR_PERCENTILE))
    recalls, shares, probe_recalls, probe_shares = (
        pick([each[part] for each in measured], axis=0) for part, pick in enumerate((np.min, np.max, np.min, np.max))
    )
    return Calibration(np.maximum.accumulate(recalls), shares, probe_recalls, probe_shares, floor, len(rows))


def _telling(way: PseudoQueries, own: Vectors, compared: Vectors) -> PseudoQueries:
    """Each query once, of those that are nearer to their own profiles than to most; none if they are too few.

    Args:
        way: queries, equal ones of several profiles included.
        own: ``(q, dim)`` vectors of those profiles.
        compared: ``(m, dim)`` vectors of profiles picked at random.
    """
    if not len(way.rows):
        return way
    _, first, same = np.unique(way.vectors, axis=0, return_index=True, return_inverse=True)
    same = same.ravel()
    to_own = np.einsum("ij,ij->i", way.vectors, own)
    ranks = (way.vectors @ compared.T < to_own[:, None]).mean(axis=1)
    tells = np.bincount(same, ranks) / np.bincount(same) >= _LEAST_RANK
    kept = first[tells] if tells.mean() >= _LEAST_TELLING else first[:0]
    return PseudoQueries(way.vectors[kept], way.rows[kept])


def _rows(chunks: Chunks, positions: Integers) -> Vectors:
    """``(q, dim)`` some of all rows."""
    found, first = [], 0
    for chunk in chunks():
        inside = (positions >= first) & (positions < first + len(chunk))
        found.append(chunk[positions[inside] - first])
        first += len(chunk)
    return np.asarray(np.vstack(found), np.float32)


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
