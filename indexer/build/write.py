"""Stages ``write`` and ``index``: the hashes of the rows that are not written yet, and the index over them."""

import gc
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat

from profilesearch.store import Embedded

from ..job import Job
from ..kept_tokens import kept_tokens
from .state import BuildState, made


def write(state: BuildState, job: Job) -> BuildState:
    """Write what an interrupted build has not written."""
    record = made(state.record)
    gc.freeze()  # what is there by now stays: the garbage collector need not look at all of it again for each few batches
    with job.stage("write", len(state.spool) - record.written) as stage:
        for count in job.store.profiles.write(record, _profiles(state, record.written)):
            stage.advance(count)
    return replace(state, record=replace(record, written=len(state.spool)))


def _profiles(state: BuildState, start: int) -> Iterator[Embedded]:
    """Rows from a position on, with their clusters, ``(dim,)`` vectors, passages and token vectors."""
    spool, assignment = state.spool, made(state.assignment)
    rows = (row for chunk in spool.rows(start) for row in chunk)
    vectors = (vector for chunk in spool.vectors(start) for vector in chunk)
    passages = (state.passages.of_row(row, assignment.passages) for row in range(start, len(spool)))
    return map(Embedded, rows, assignment.clusters[start:].tolist(), vectors, passages, _tokens(state, start))


def _tokens(state: BuildState, start: int) -> Iterator[bytes]:
    """The token vectors of rows from a position on; nothing for each where none are kept."""
    most = made(state.record).token_vectors
    if not most:
        yield from repeat(b"", len(state.spool) - start)
        return
    for chunk in state.spool.rows(start):
        yield from kept_tokens(chunk, state.encoder, most)


def index(state: BuildState, job: Job) -> BuildState:
    """Index the hashes: read at once, they take less time than one by one as they are written."""
    record = made(state.record)
    with job.stage("index"):
        if not job.store.indexes.exists(record.version):
            job.store.indexes.create(record)
        job.store.indexes.wait(record)
        if record.passages:
            job.store.indexes.wait(record, record.passage_index)
    return state
