"""What must hold of a version before it goes live."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from profilesearch.clusters.neighbours import exact_neighbours
from profilesearch.store import KnnQuery, Store, VersionRecord

from .spool import Spool

LEAST_SHARE = 0.8
"""Of the live version's profiles that a new one must have, unless shrinking is allowed."""

_ASKED = 50
_NEIGHBOURS = 10
_NEAR = 1e-4
_SEED = 7


@dataclass(frozen=True)
class Check:
    """One thing that was verified: whether it holds, what was found, and what was expected."""

    name: str
    passed: bool
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.name}: expected {self.expected}, got {self.found}"


def verify(
    store: Store, record: VersionRecord, spool: Spool, *, least_recall: float, live_profiles: int | None
) -> Iterator[Check]:
    """Check a version whose rows have all been written.

    Args:
        store: where it is.
        record: the version.
        spool: the rows and vectors that it was made of.
        least_recall: recall@10 that an HNSW index must have against exact search.
        live_profiles: how many profiles the live version has; None if shrinking is allowed, or nothing is live.
    """
    info = store.wait_until_indexed(record)
    yield Check("index", True, "wholly built", "wholly built")
    yield Check("failures", not info.failures, f"{info.failures:,} hashes that could not be indexed", "none")
    rows = len(spool)
    yield Check("profiles", info.documents == rows, f"{info.documents:,} in the index", f"{rows:,}")
    if live_profiles is not None:
        least = int(np.ceil(LEAST_SHARE * live_profiles))
        wanted = f"at least {least:,}, {LEAST_SHARE:.0%} of the live version's {live_profiles:,} (--allow-shrink goes on with fewer)"  # fmt: skip
        yield Check("size", rows >= least, f"{rows:,}", wanted)
    asked = np.sort(np.random.default_rng(_SEED).choice(rows, min(rows, _ASKED), replace=False))
    vectors = spool.vectors_at(asked)
    found = [store.rank(record, KnnQuery(vector, _NEIGHBOURS)) for vector in vectors]
    selves = [
        bool(near) and (row.id in [each.id for each in near] or near[-1].score < _NEAR)
        for row, near in zip(spool.rows_at(asked), found, strict=True)
    ]
    yield Check("self-search", all(selves), f"{sum(selves)} of {len(asked)} profiles found themselves", "all")
    if record.vectors.algorithm == "hnsw":
        exact = exact_neighbours(vectors, spool.vectors, _NEIGHBOURS)
        ids = [{row.id for row in spool.rows_at(positions)} for positions in exact]
        recall = float(np.mean([len(i & {each.id for each in near}) / len(i) for i, near in zip(ids, found, strict=True)]))  # fmt: skip
        yield Check("recall", recall >= least_recall, f"recall@10 of {recall:.3f}", f"at least {least_recall:g} (--ef-construction and --ef-runtime raise it)")  # fmt: skip
