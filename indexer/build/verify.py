"""Stage ``verify``: what must hold of the version before it goes live."""

import time
from dataclasses import replace

from profilesearch.errors import RedisUnavailable, StoreError, UnknownModel, VerificationFailed
from profilesearch.store import Store, VersionRecord

from ..job import Job
from . import gates
from .state import BuildState, made


def verify(state: BuildState, job: Job) -> BuildState:
    """Check the version, and keep in its record what was checked.

    Raises:
        VerificationFailed: which checks it did not pass.
    """
    store, options, record = job.store, state.options, made(state.record)
    with job.stage("verify"):
        live = live_version(store, record.model)
        asked = gates.Asked(
            least_recall=options.min_recall,
            live_profiles=None if live is None or options.allow_shrink else live.profiles,
            neighbours=made(state.assignment).neighbours,
            passages=len(state.passages),
        )
        checks = list(gates.verify(store, record, state.spool, asked))
    record = replace(
        record,
        checks={check.name: check.result for check in checks} | {lesson.name: str(lesson) for lesson in state.lessons},
        built_at=time.time(),
        seconds=dict(job.report.seconds),
    )
    if failed := [check for check in checks if not check.passed]:
        store.versions.save(record)
        reasons = "; ".join(map(str, failed))
        raise VerificationFailed(
            f"version {record.version} was not published: {reasons}", checks=tuple(check.name for check in failed)
        )
    return replace(state, record=store.versions.set_state(record, "ready"))


def live_version(store: Store, model: str) -> VersionRecord | None:
    """The live version of a model, or else the one that is live by default, if it can be read."""
    for name in (model, ""):
        try:
            return store.versions.live(name)
        except RedisUnavailable:
            raise
        except (StoreError, UnknownModel):
            continue
    return None
