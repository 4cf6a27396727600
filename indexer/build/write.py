"""Stages ``write`` and ``index``: the hashes of the rows that are not written yet, and the index over them."""

from collections.abc import Iterator
from dataclasses import replace

from profilesearch.row import Row
from profilesearch.vectors import Vectors

from ..job import Job
from .state import BuildState, made


def write(state: BuildState, job: Job) -> BuildState:
    """Write what an interrupted build has not written."""
    record = made(state.record)
    with job.stage("write", len(state.spool) - record.written) as stage:
        for count in job.store.profiles.write(record, _profiles(state, record.written)):
            stage.advance(count)
    return replace(state, record=replace(record, written=len(state.spool)))


def _profiles(state: BuildState, start: int) -> Iterator[tuple[Row, int, Vectors]]:
    """Rows from a position on, with their clusters and ``(dim,)`` vectors."""
    spool, clusters = state.spool, made(state.assignment).clusters[start:].tolist()
    rows = (row for chunk in spool.rows(start) for row in chunk)
    vectors = (vector for chunk in spool.vectors(start) for vector in chunk)
    return zip(rows, clusters, vectors, strict=True)


def index(state: BuildState, job: Job) -> BuildState:
    """Index the hashes: read at once, they take less time than one by one as they are written."""
    record = made(state.record)
    with job.stage("index"):
        if not job.store.indexes.exists(record.version):
            job.store.indexes.create(record)
        job.store.indexes.wait(record)
    return state
