"""What must hold of a version before it goes live."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.clusters.neighbours import exact_neighbours
from profilesearch.store import Candidate, Indexes, KnnQuery, Store, VersionRecord
from profilesearch.vectors import Vectors

from ..shrink import LEAST_SHARE, least_profiles
from ..spool import Spool

NEIGHBOURS = 10
"""Profiles that are asked for, of which the recall of an approximate index is measured."""

_ASKED = 50
_NEAR = 1e-4
_SEED = 7


@dataclass(frozen=True)
class Check:
    """One thing that was verified: whether it holds, what came of it, and what was expected."""

    name: str
    passed: bool
    result: str
    expected: str

    def __str__(self) -> str:
        return f"{self.name}: expected {self.expected}, got {self.result}"


@dataclass(frozen=True)
class Asked:
    """What is asked of a version.

    Attributes:
        least_recall: recall@10 that an HNSW index must have against exact search.
        live_profiles: how many profiles the live version has; None if shrinking is allowed, or nothing is live.
        neighbours: ``(g, 10)`` exact nearest rows of :func:`asked_rows`; read from the spool if they are not given.
        passages: how many passages it must have.
    """

    least_recall: float = 0.95
    live_profiles: int | None = None
    neighbours: Integers | None = None
    passages: int = 0


def asked_rows(rows: int) -> Integers:
    """Rows picked at random that the gates ask the index for, at most 50; ascending."""
    return np.sort(np.random.default_rng(_SEED).choice(rows, min(rows, _ASKED), replace=False))


def verify(store: Store, record: VersionRecord, spool: Spool, asked: Asked) -> Iterator[Check]:
    """Check a version whose rows have all been written.

    Args:
        store: where it is.
        record: the version.
        spool: the rows and vectors that it was made of.
        asked: what is asked of it.
    """
    info = store.indexes.wait(record)
    yield Check("index", True, "wholly built", "wholly built")
    yield Check("failures", not info.failures, f"{info.failures:,} hashes that could not be indexed", "none")
    rows = len(spool)
    yield Check("profiles", info.documents == rows, f"{info.documents:,} in the index", f"{rows:,}")
    if record.passages:
        parts = store.indexes.wait(record, record.passage_index)
        result = f"{parts.documents:,} in their index, {parts.failures:,} that could not be indexed"
        passed = (parts.documents, parts.failures) == (asked.passages, 0)
        yield Check("passages", passed, result, f"{asked.passages:,}, and none")
    if asked.live_profiles is not None:
        least = least_profiles(asked.live_profiles)
        expected = f"at least {least:,}, {LEAST_SHARE:.0%} of the live version's {asked.live_profiles:,}"
        yield Check("size", rows >= least, f"{rows:,}", expected)
    positions = asked_rows(rows)
    vectors = spool.vectors_at(positions)
    answers = [
        store.rank(record, KnnQuery(vector, NEIGHBOURS, type=record.vectors.type), Indexes(record.index))
        for vector in vectors
    ]  # whole texts alone
    yield _self_search(spool, positions, answers)
    if record.vectors.algorithm == "hnsw":
        yield _recall(spool, vectors, answers, asked)


def _self_search(spool: Spool, positions: Integers, answers: list[list[Candidate]]) -> Check:
    """Every profile, or ten others as near to it as itself, is among the ten nearest to its own vector."""
    selves = sum(
        bool(near) and (row.id in [candidate.id for candidate in near] or near[-1].score < _NEAR)
        for row, near in zip(spool.rows_at(positions), answers, strict=True)
    )
    return Check(
        "self-search", selves == len(positions), f"{selves} of {len(positions)} profiles found themselves", "all"
    )


def _recall(spool: Spool, vectors: Vectors, answers: list[list[Candidate]], asked: Asked) -> Check:
    exact = asked.neighbours
    if exact is None:
        exact = exact_neighbours(vectors, spool.vectors(), NEIGHBOURS)
    shares = []
    for nearest, answer in zip(exact, answers, strict=True):
        ids = {row.id for row in spool.rows_at(nearest)}
        shares.append(len(ids & {candidate.id for candidate in answer}) / len(ids))
    recall = float(np.mean(shares))
    return Check(
        "recall", recall >= asked.least_recall, f"recall@10 of {recall:.3f}", f"at least {asked.least_recall:g}"
    )
