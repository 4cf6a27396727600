"""Stage ``calibrate``: every row's cluster, and what the clusters cost, in one reading of all vectors."""

from dataclasses import replace

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.clusters import calibration
from profilesearch.clusters.neighbours import NeighbourSearch
from profilesearch.clusters.partition import Partition
from profilesearch.clusters.trial import PseudoQueries, Trial, compared_rows, prepare_trial
from profilesearch.embedding import embeds_texts

from ..job import Job
from ..passage_spool import PassageSpool
from .gates import NEIGHBOURS as GATE_NEIGHBOURS
from .gates import asked_rows
from .pseudo_queries import pseudo_queries
from .state import Assignment, BuildState, made

_FAR_PERCENTILE = 99


def calibrate(state: BuildState, job: Job) -> BuildState:
    """Assign every row to its cluster; measure what the clusters cost, unless that is known of an earlier version."""
    partition = made(state.model).partition
    with job.stage("assign" if state.held_back is None else "calibrate"):
        trial = _trial(state)
        searches = _searches(state, trial)
        clusters, nearest = [], []
        for chunk in state.spool.vectors():
            distances = partition.distances(chunk)
            clusters.append(distances.argmin(axis=1))
            nearest.append(distances.min(axis=1))
            for search in searches.values():
                search.add(chunk)
        assigned = np.concatenate(clusters).astype(np.int64)
        far = float(np.percentile(np.concatenate(nearest), _FAR_PERCENTILE))
        exact = searches["gates"].nearest() if "gates" in searches else None
        state = replace(
            state,
            model=made(state.model).resized(np.bincount(assigned, minlength=len(partition)).tolist()),
            assignment=Assignment(assigned, _assigned(partition, state.passages), far, exact),
        )
        if trial is None:
            return state
        measured = calibration.calibrate(partition, trial, searches["trial"].nearest(), assigned)
    return replace(state, calibration=measured, trial=trial)


def _assigned(partition: Partition, passages: PassageSpool) -> Integers:
    """``(p,)`` the cluster of each passage: one that tells of another trade is found where that trade is looked for."""
    clusters = [partition.predict(chunk) for chunk in passages.vectors()]
    return np.concatenate(clusters).astype(np.int64) if clusters else np.zeros(0, np.int64)


def _trial(state: BuildState) -> Trial | None:
    """The queries that the clusters are measured with; None if they were measured for an earlier version."""
    if state.held_back is None:
        return None
    spool, rows = state.spool, state.held_back
    held_back = spool.rows_at(rows)
    own = PseudoQueries(spool.vectors_at(rows), rows, tuple(row.text for row in held_back))
    ways = pseudo_queries(held_back, rows, state.asking) if embeds_texts(state.encoder.name) else []
    return prepare_trial(own, spool.vectors_at(compared_rows(len(spool))), ways)


def _searches(state: BuildState, trial: Trial | None) -> dict[str, NeighbourSearch]:
    """Exact searches that share the reading: for the trial, and for the gate of an approximate index."""
    searches = {}
    if trial is not None:
        searches["trial"] = NeighbourSearch(trial.vectors, calibration.NEIGHBOURS, trial.rows)
    if state.options.algorithm == "hnsw":
        asked = state.spool.vectors_at(asked_rows(len(state.spool)))
        searches["gates"] = NeighbourSearch(asked, GATE_NEIGHBOURS)
    return searches
