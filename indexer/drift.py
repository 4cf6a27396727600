"""How far the live version has moved from what its clusters were fitted on, and whether a rebuild is worth it."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from profilesearch.clusters.model import ClusterModel
from profilesearch.store import Filter, Store, VersionRecord

from .wording import word

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
    reasons: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def measure_drift(store: Store, record: VersionRecord) -> Drift:
    """Measure the drift of a version, on up to 2,000 of its profiles."""
    model = store.clusters.model(record)
    counts = store.counts.by_cluster(record, Filter())
    now = np.array([counts.get(number, 0) for number in range(len(model))], float)
    then = np.array(record.built_sizes or now, float)
    shares_now, shares_then = now / max(1, now.sum()), then / max(1, then.sum())
    imbalance = float(shares_now.max() * len(model))
    drift = Drift(
        far=_far(store, record, model),
        moved=float(np.abs(shares_now - shares_then).sum() / 2),
        changed=record.changed / max(1, record.profiles),
        imbalance=imbalance,
        growth=imbalance / max(1e-9, float(shares_then.max() * len(model))),
        age_days=(time.time() - record.built_at) / 86400,
    )
    return replace(drift, reasons=tuple(_reasons(drift, record)))


def _far(store: Store, record: VersionRecord, model: ClusterModel) -> float:
    """The share of some profiles that are far from every cluster."""
    form = record.vectors
    some = islice(store.profiles.each(record, "embedding"), ASKED)
    vectors = [form.from_bytes(data) for _, (data,) in some if data and len(data) == form.size]
    return float((model.distances(np.vstack(vectors)).min(axis=1) > record.far).mean()) if vectors else 0.0


def _reasons(drift: Drift, record: VersionRecord) -> Iterator[str]:
    if drift.far > MOST_FAR:
        yield word("drift.far", far=drift.far)
    if drift.moved > MOST_MOVED:
        yield word("drift.moved", moved=drift.moved)
    if drift.changed > MOST_CHANGED:
        yield word("drift.changed", changes=record.changed, changed=drift.changed)
    if drift.growth > MOST_IMBALANCE:
        yield word("drift.growth", imbalance=drift.imbalance, growth=drift.growth)
