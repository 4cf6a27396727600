"""Stage ``publish``: the version catches up with changes until none is left, and goes live in the same moment."""

from collections.abc import Mapping

from profilesearch.store import Batch, Rejection

from ..job import Job
from ..rows import RowError
from ..upserts import Target, length_in, prepare, row_of
from .state import BuildState, made


def publish(state: BuildState, job: Job) -> BuildState:
    """Make the version live."""
    store, record = job.store, made(state.record)
    caught_up = 0
    with job.stage("publish"):
        while True:
            marks, rows = store.changes.pending.some()
            if marks:
                caught_up += len(marks)
                store.changes.pending.apply(record, _changes(rows, state))
                store.changes.pending.settle(marks)
                continue
            assert job.lock is not None
            job.lock.check()
            if store.versions.publish(record, job.lock, default=state.options.default):
                break
        store.changes.pending.end()
    if caught_up:
        store.refresh_counts(record)
        job.report.say("build.caught_up", caught_up=caught_up)
    return state


def _changes(sources: Mapping[str, str | None], state: BuildState) -> Batch:
    """Changes by id, each with its latest row as JSON, or None where the profile was deleted."""
    record = made(state.record)
    rows, refused = {}, {}
    for id_, source in sources.items():
        if source is None:
            continue
        try:
            rows[id_] = (row_of(source, id_, record.fields, length_in(record)), source)
        except RowError as bad:
            refused[id_] = str(bad)
    prepared = prepare(rows, Target(record, made(state.model), state.encoder, state.projection))
    rejected = [
        Rejection("-", {"op": "upsert", "id": id_, "profile": sources[id_] or ""}, reason)
        for id_, reason in (refused | prepared.refused).items()
    ]
    deletes = [id_ for id_, source in sources.items() if source is None]
    return Batch(prepared.upserts, deletes, rejected=rejected)
