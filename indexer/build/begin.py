"""Stage ``begin``: the record of the new version, before anything of it is written."""

import time
from dataclasses import replace
from pathlib import Path

from profilesearch.clusters.calibration import Calibration
from profilesearch.errors import DamagedVersion, RedisUnavailable, StoreError
from profilesearch.store import VersionRecord
from profilesearch.words.stemming import engine_language

from ..input import STANDARD_INPUT
from ..job import Job
from .state import BuildState, made


def begin(state: BuildState, job: Job) -> BuildState:
    """Save the record, the clusters and the words of a new version, or take over those of the unfinished one."""
    record = state.record or _new_record(state, job)
    if state.record is None:
        job.store.versions.save(record)
    if state.record is None or state.judged is not None:
        job.store.clusters.write(record, made(state.model), _calibration(state), state.projection)
    job.store.words.write(record, made(state.words))
    if not record.written:
        job.store.changes.pending.settle(state.missed)
    job.if_it_fails(lambda error: give_up(record, error, job))
    return replace(state, record=record)


def _calibration(state: BuildState) -> Calibration:
    """What was measured, with the floor that the model's card says, if it does."""
    calibration, floor = made(state.calibration), state.options.floor
    return calibration if floor is None else replace(calibration, floor=floor)


def _new_record(state: BuildState, job: Job) -> VersionRecord:
    loaded, inputs, source = made(state.loaded), made(state.inputs), state.options.source
    return VersionRecord(
        version=job.store.versions.new_name(),
        model=state.encoder.name,
        fingerprint=state.encoder.fingerprint,
        fields=loaded.fields,
        vectors=inputs.vectors,
        inputs=inputs.digest,
        clustered=inputs.clustered,
        source="standard input" if source == STANDARD_INPUT else str(Path(source).resolve()),
        source_digest=loaded.digest,
        profiles=loaded.rows,
        far=made(state.assignment).far,
        built_by=job.lock.name if job.lock is not None else "",
        started_at=time.time(),
        built_sizes=made(state.model).sizes,
        language=engine_language(made(state.words).statistics.language),
        languages=_languages(state),
        passages=state.options.long_texts == "passages",
        token_vectors=state.options.token_vectors,
    )


def _languages(state: BuildState) -> tuple[str, ...]:
    """The languages that profiles say they are in, that of the words first; none if no column says so."""
    own = made(state.words).statistics.language
    languages = made(state.loaded).languages
    return tuple(dict.fromkeys((own, *languages))) if made(state.loaded).fields.language else ()


def give_up(record: VersionRecord, error: BaseException, job: Job) -> None:
    """Remove what was written; the record stays, with its state and what was wrong."""
    store = job.store
    if store.versions.is_live(record.version):
        job.report.warn("build.stays_live", version=record.version)
        return
    job.report.warn("build.removing", version=record.version)
    store.drop(record.version, keep_record=True)
    try:
        stored = store.versions.get(record.version)
    except DamagedVersion:
        stored = record
    try:
        store.versions.save(replace(stored, state="failed", written=0, checks={**stored.checks, "failed": str(error)}))
    except RedisUnavailable:
        raise
    except StoreError:  # no room even for this
        store.versions.forget(record.version)
