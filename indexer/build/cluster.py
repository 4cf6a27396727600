"""Stage ``cluster``: clusters fitted on a sample of at most 100,000 profiles, named, and placed on a map."""

from dataclasses import replace

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.clusters.fit import fit_partition, hold_back
from profilesearch.clusters.model import ClusterModel
from profilesearch.clusters.names import name_clusters
from profilesearch.clusters.plane import fit_plane
from profilesearch.vectors import Vectors

from ..job import Job
from .cluster_count import choose_clusters
from .state import BuildState

SAMPLE = 100_000
"""Profiles that k-means is fitted on, at the most."""

_ALWAYS = 10
_PROFILES_EACH = 5
_SEED = 42


def cluster(state: BuildState, job: Job) -> BuildState:
    """Fit clusters to the spool's vectors and name them, unless those of an earlier version are used again.

    More than ten clusters need five profiles each, on average: fewer are made otherwise, with a warning.
    """
    spool = state.spool
    if state.model is not None:
        if state.judged is None:
            return state
        sample = _sample(
            len(spool)
        )  # what judged queries teach is compared with what is measured anew on the same profiles
        return replace(state, held_back=_held_back(sample))
    with job.stage("cluster"):
        sample = _sample(len(spool))
        vectors = spool.vectors_at(sample)
        held_back = hold_back(len(sample))
        partition, assigned = fit_partition(vectors, _amount(state, vectors, job), held_back)
        names = name_clusters(spool.rows_at(sample), assigned, len(partition))
        sizes = np.bincount(assigned, minlength=len(partition))
        plane = fit_plane(np.delete(vectors, held_back, axis=0))
    model = ClusterModel(partition, names, tuple(sizes.tolist()), plane)
    return replace(state, model=model, held_back=_held_back(sample))


def _held_back(sample: Integers) -> Integers:
    """The rows of the sample that clusters are not fitted on; all of it where it is small."""
    held_back = hold_back(len(sample))
    return sample[held_back] if len(held_back) else sample


def _amount(state: BuildState, vectors: Vectors, job: Job) -> int:
    amount, profiles = state.options.clusters, len(state.spool)
    if amount == "auto":
        return choose_clusters(vectors, job.report)
    most = max(_ALWAYS, profiles // _PROFILES_EACH)
    if amount > most:
        job.report.warn("build.too_many_clusters", clusters=amount, profiles=profiles, most=most)
    return min(amount, most)


def _sample(rows: int) -> Integers:
    if rows <= SAMPLE:
        return np.arange(rows)
    return np.sort(np.random.default_rng(_SEED).choice(rows, SAMPLE, replace=False))
