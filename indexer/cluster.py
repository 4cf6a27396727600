"""The clusters of a build: fitted on a sample of at most 100,000 profiles, assigned and measured on all."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.clusters.calibration import Calibration, calibrate
from profilesearch.clusters.fit import fit, hold_back
from profilesearch.clusters.model import ClusterModel
from profilesearch.clusters.names import name_clusters
from profilesearch.embedding import Encoder

from .cluster_count import choose_clusters
from .pseudo_queries import pseudo_queries
from .report import Report
from .spool import Spool

SAMPLE = 100_000
"""Profiles that k-means is fitted on, at the most."""

_ALWAYS = 10
_PROFILES_EACH = 5
_FAR_PERCENTILE = 99
_SEED = 42


@dataclass(frozen=True)
class Clustered:
    """Clusters with what they cost.

    Attributes:
        assigned: ``(n,)`` each row's cluster.
        far: distance to the nearest centroid that 99 % of the rows stay below.
    """

    model: ClusterModel
    calibration: Calibration
    assigned: Integers
    far: float


def cluster(spool: Spool, encoder: Encoder, amount: int | Literal["auto"], report: Report) -> Clustered:
    """Fit clusters to the spool's vectors, name them, assign every row, and measure what they cost.

    More than ten clusters need five profiles each, on average: fewer are made otherwise, with a warning.
    """
    most = max(_ALWAYS, len(spool) // _PROFILES_EACH)
    if amount != "auto" and amount > most:
        report.warn(f"{amount:,} clusters are too many for {len(spool):,} profiles: at most {most:,} are made")
        amount = most
    with report.stage("cluster"):
        sample = _sample(len(spool))
        vectors = spool.vectors_at(sample)
        held_back = hold_back(len(sample))
        if amount == "auto":
            amount = choose_clusters(vectors, report)
        model, places = fit(vectors, amount, held_back)
        model = model.named(name_clusters(spool.rows_at(sample), places, len(model)))
        del vectors
        model, assigned, far = assign(model, spool)
    with report.stage("calibrate"):
        asked = sample[held_back] if len(held_back) else sample
        ways = pseudo_queries(spool.rows_at(asked), asked, encoder)
        calibration = calibrate(model, spool.vectors, assigned, asked, ways)
    return Clustered(model, calibration, assigned, far)


def assign(model: ClusterModel, spool: Spool) -> tuple[ClusterModel, Integers, float]:
    """Every row's nearest cluster: the model with the sizes that follow, ``(n,)`` clusters, and the far distance."""
    clusters, nearest = [], []
    for chunk in spool.vectors():
        distances = model.distances(chunk)
        clusters.append(distances.argmin(axis=1))
        nearest.append(distances.min(axis=1))
    assigned = np.concatenate(clusters).astype(np.int64)
    sizes = np.bincount(assigned, minlength=len(model))
    return model.resized(sizes.tolist()), assigned, float(np.percentile(np.concatenate(nearest), _FAR_PERCENTILE))


def _sample(rows: int) -> Integers:
    if rows <= SAMPLE:
        return np.arange(rows)
    return np.sort(np.random.default_rng(_SEED).choice(rows, SAMPLE, replace=False))
