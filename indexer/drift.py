"""How far the live version has moved from what its clusters were fitted on, and whether a rebuild is worth it."""

import time
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import numpy as np

from profilesearch.store import Filter, Store, VersionRecord
from profilesearch.vectors import from_bytes

ASKED = 2000
"""Profiles that are measured, at the most."""

MOST_FAR = 0.05
MOST_MOVED = 0.2
MOST_CHANGED = 0.25
MOST_IMBALANCE = 2.0


@dataclass(frozen=True)
class Drift:
    """The live version now against when it was built.

    Attributes:
        far: share of profiles further from every centroid than 99 % were when it was built (0.01 then).
        moved: share of profiles that would have to change cluster for the sizes to be as they were (total variation).
        changed: changes since the build, as a share of the profiles.
        imbalance: size of the largest cluster over the mean size.
        growth: imbalance over what it was when the version was built.
        age_days: since it was built.
        reasons: why a rebuild is worth it; empty if it is not.
    """

    far: float
    moved: float
    changed: float
    imbalance: float
    growth: float
    age_days: float
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def measure_drift(store: Store, record: VersionRecord) -> Drift:
    """Measure the drift of a version, on up to 2,000 of its profiles."""
    model = store.clusters(record)
    width = 4 * record.vectors.dimension
    raw = [vector for _, (vector,) in islice(store.each(record, "embedding"), ASKED) if vector and len(vector) == width]
    vectors = np.vstack([from_bytes(each, record.vectors.dimension) for each in raw]) if raw else None
    far = 0.0 if vectors is None else float((model.distances(vectors).min(axis=1) > record.far).mean())
    counts = store.counts.by_cluster(record, Filter())
    now = np.array([counts.get(number, 0) for number in range(len(model))], float)
    then = np.array(record.built_sizes or now, float)
    shares_now, shares_then = now / max(1, now.sum()), then / max(1, then.sum())
    moved = float(np.abs(shares_now - shares_then).sum() / 2)
    imbalance = float(shares_now.max() * len(model))
    growth = imbalance / max(1e-9, float(shares_then.max() * len(model)))
    changed = record.changed / max(1, record.profiles)
    reasons = []
    if far > MOST_FAR:
        reasons.append(f"{far:.0%} of the profiles are far from every cluster (1% when it was built)")
    if moved > MOST_MOVED:
        reasons.append(f"{moved:.0%} of the profiles are in other clusters than when it was built")
    if changed > MOST_CHANGED:
        reasons.append(f"{record.changed:,} changes since it was built, {changed:.0%} of the profiles")
    if growth > MOST_IMBALANCE:
        reasons.append(
            f"the largest cluster has {imbalance:.1f} times the mean size, {growth:.1f} times as much as before"
        )
    return Drift(far, moved, changed, imbalance, growth, (time.time() - record.built_at) / 86400, tuple(reasons))
