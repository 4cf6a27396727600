"""One reindex: source → embedding → clusters → index → verify → catch up with changes → publish → prune.

Until it is published the live version is untouched. A build that is interrupted, whatever the moment, is gone on with by
the next one: vectors lie in the cache, and hashes that were written are counted in the version's record.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder, Lengths, compatible
from profilesearch.errors import BuildRunning, DamagedVersion, RedisUnavailable, StoreError, VerificationFailed
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.store import Batch, BuildLock, Rejection, Store, VersionRecord
from profilesearch.vector_index import Algorithm, Metric, VectorIndex
from profilesearch.vectors import Vectors

from .canaries import compare, load_canaries, mean_overlap
from .cluster import Clustered, assign, cluster
from .columns import Mapping
from .formats import Format
from .gates import verify
from .input import Input, open_input
from .prune import prune
from .report import Report
from .rows import BadValue
from .source import Loaded, Reading, load
from .spool import Spool
from .upserts import prepare, row_of

_LISTED = 30
"""Clusters that are listed at the end."""


@dataclass(frozen=True)
class BuildOptions:
    """What the command line says of a build."""

    source: str
    mapping: Mapping = Mapping()
    format: Format | None = None
    rejects: Path | None = None
    clusters: int | Literal["auto"] = 10
    algorithm: Algorithm = "flat"
    metric: Metric = "cosine"
    m: int = 16
    ef_construction: int = 200
    ef_runtime: int = 100
    min_recall: float = 0.95
    allow_shrink: bool = False
    canaries: Path | None = None
    min_canary_overlap: float | None = None
    keep: int = 2


@dataclass(frozen=True)
class Tools:
    """What a build works with."""

    store: Store
    lock: BuildLock
    cache: EmbeddingCache
    encoder: CachedEncoder
    report: Report


def build(options: BuildOptions, tools: Tools) -> VersionRecord:
    """Build a version and make it live.

    Raises:
        ProfileSearchError: why it could not be done; what was live before still is.
    """
    options.mapping.check()
    directory = tools.cache.directory
    with open_input(options.source, directory) as source, tools.lock, Spool(directory) as spool:
        tools = replace(tools, store=tools.store.locked(tools.lock))
        tools.report.watcher = tools.lock.progress
        tools.store.versions.repair()
        missed = tools.store.changes.pending.start(tools.lock)
        try:
            record = _build(options, source, missed, spool, tools)
        except (RedisUnavailable, BuildRunning, KeyboardInterrupt, SystemExit):
            tools.report.warn("what was done stays: the next build of the same source goes on from there")
            raise
        except BaseException:
            tools.store.changes.pending.end()
            raise
        prune(tools.store, options.keep, tools.report)
        tools.report.summary()
        return record


def _build(options: BuildOptions, source: Input, missed: dict[str, float], spool: Spool, tools: Tools) -> VersionRecord:
    store, report = tools.store, tools.report
    canaries = load_canaries(options.canaries, store)
    with report.stage("read") as stage:
        loaded = load(source, Reading(options.mapping, options.format, options.rejects, stage.advance), spool)
    if loaded.rejected:
        report.warn(f"{loaded.rejected} bad rows were left out; see {options.rejects}", rejected=loaded.rejected)
    _embed(spool, tools.encoder, report)
    record, clustered = _begin(options, loaded, spool, tools)
    if not record.written:
        store.changes.pending.settle(missed)
    try:
        record = _write(record, clustered, spool, tools)
        record = _verify(record, options, spool, tools)
        _compare(record, canaries, options.min_canary_overlap, tools)
        _publish(record, clustered, tools)
    except (RedisUnavailable, BuildRunning, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        _give_up(record, error, tools)
        raise
    _tell(record, clustered, loaded, tools)
    return record


def _embed(spool: Spool, encoder: CachedEncoder, report: Report) -> None:
    with report.stage("embed", len(spool)) as stage:
        tokens: list[int] = []
        for rows in spool.rows():
            vectors, counts = encoder.encode_and_count([row.text for row in rows], stage.advance)
            spool.add_vectors(vectors)
            tokens += counts
    lengths = Lengths.of(tokens, encoder.token_limit)
    if lengths.cut:
        report.warn(
            f"{lengths.cut} of {lengths.texts} texts are longer than the {lengths.limit} tokens that {encoder.name} "
            f"reads (the longest has {lengths.longest}): their ends do not count"
        )


# ---------------------------------------------------------------- a new version, or one to go on with
def _begin(options: BuildOptions, loaded: Loaded, spool: Spool, tools: Tools) -> tuple[VersionRecord, Clustered]:
    store, encoder = tools.store, tools.encoder
    vectors = VectorIndex(
        encoder.dimension, options.algorithm, options.metric, options.m, options.ef_construction, options.ef_runtime
    )
    clustered_from = _digest(loaded.digest, encoder.fingerprint, options.clusters)
    inputs = _digest(clustered_from, loaded.fields.to_json(), vectors.to_json())
    known = store.versions.all()
    for unfinished in [each for each in known if each.state in ("building", "ready", "removing")]:
        # a ready one may have changes in it already, so that its rows cannot be counted any more
        alike = unfinished.state == "building" and unfinished.inputs == inputs
        if alike and (clusters := _reusable(unfinished, spool, tools)):
            tools.report.say(
                f"going on with {unfinished.version}: {unfinished.written:,} of {loaded.rows:,} are written"
            )
            return unfinished, clusters
        tools.report.say(f"removing {unfinished.version}, which was not finished and is of something else")
        store.drop(unfinished.version)
    kin = [each for each in known if each.clustered == clustered_from and each.state in ("live", "retired")]
    clusters = next((found for each in reversed(kin) if (found := _reusable(each, spool, tools))), None)
    if clusters is None:
        clusters = cluster(spool, encoder, options.clusters, tools.report)
    else:
        tools.report.say("the clusters are those of an earlier version of the same profiles")
    record = VersionRecord(
        store.versions.new_name(), encoder.name, encoder.fingerprint, loaded.fields, vectors, "building", inputs,
        clustered_from, _shown(options.source), loaded.digest, loaded.rows, far=clusters.far,
        built_by=tools.lock.name, started_at=time.time(),
        built_sizes=clusters.model.sizes.tolist(),
    )  # fmt: skip
    store.versions.save(record)
    store.clusters.write(record, clusters.model, clusters.calibration)
    return record, clusters


def _reusable(record: VersionRecord, spool: Spool, tools: Tools) -> Clustered | None:
    """The clusters of another version with every row assigned, or None if something of it is missing."""
    try:
        model, calibration = tools.store.clusters.read(record)
    except RedisUnavailable:
        raise
    except StoreError:
        return None
    model, assigned, far = assign(model, spool)
    return Clustered(model, calibration, assigned, far)


def _write(record: VersionRecord, clustered: Clustered, spool: Spool, tools: Tools) -> VersionRecord:
    with tools.report.stage("write", len(spool) - record.written) as stage:
        for count in tools.store.profiles.write(record, _profiles(spool, clustered, record.written)):
            stage.advance(count)
    with tools.report.stage("index"):  # after the hashes: read at once, it is built faster than hash by hash
        if not tools.store.indexes.exists(record.version):
            tools.store.indexes.create(record)
        tools.store.indexes.wait(record)
    return replace(record, written=len(spool))


def _profiles(spool: Spool, clustered: Clustered, start: int) -> Iterator[tuple[Row, int, Vectors]]:
    position = start
    for rows, vectors in zip(spool.rows(start), spool.vectors(start), strict=True):
        for row, vector in zip(rows, vectors, strict=True):
            yield row, int(clustered.assigned[position]), vector
            position += 1


# ---------------------------------------------------------------- verify and publish
def _verify(record: VersionRecord, options: BuildOptions, spool: Spool, tools: Tools) -> VersionRecord:
    store = tools.store
    with tools.report.stage("verify"):
        live = _live(store)
        limit = None if live is None or options.allow_shrink else live.profiles
        checks = list(verify(store, record, spool, least_recall=options.min_recall, live_profiles=limit))
    record = replace(record, checks={check.name: check.found for check in checks}, built_at=time.time(),
                     seconds=dict(tools.report.seconds))  # fmt: skip
    if failed := [check for check in checks if not check.passed]:
        store.versions.save(record)
        raise VerificationFailed(
            f"version {record.version} was not published: " + "; ".join(str(check) for check in failed)
        )
    return store.versions.set_state(record, "ready")


def _live(store: Store) -> VersionRecord | None:
    """The live version, if there is one that can be read."""
    try:
        return store.versions.live()
    except RedisUnavailable:
        raise
    except StoreError:
        return None


def _publish(record: VersionRecord, clustered: Clustered, tools: Tools) -> None:
    """Catch up with changes until none is left, and go live in the same moment."""
    store, report = tools.store, tools.report
    caught_up = 0
    with report.stage("publish"):
        while True:
            marks, rows = store.changes.pending.some()
            if marks:
                caught_up += len(marks)
                store.changes.pending.apply(record, _changes(rows, record.fields, clustered, tools.encoder))
                store.changes.pending.settle(marks)
                continue
            tools.lock.check()
            if store.versions.publish(record, tools.lock):
                break
        store.changes.pending.end()
    if caught_up:
        store.refresh_counts(record)
        report.say(f"{caught_up:,} changes that came during the build are in it, too", caught_up=caught_up)


def _changes(sources: dict[str, str | None], fields: Fields, clustered: Clustered, encoder: Encoder) -> Batch:
    rows: dict[str, tuple[Row, str]] = {}
    refused: dict[str, str] = {}
    for id_, source in sources.items():
        if source is None:
            continue
        try:
            rows[id_] = (row_of(source, id_, fields), source)
        except BadValue as bad:
            refused[id_] = str(bad)
    prepared = prepare(rows, encoder, clustered.model)
    rejected = [
        Rejection("-", {"op": "upsert", "id": id_, "profile": sources[id_] or ""}, reason)
        for id_, reason in (refused | prepared.refused).items()
    ]
    deletes = [id_ for id_, source in sources.items() if source is None]
    return Batch(prepared.upserts, deletes, rejected=rejected)


def _compare(record: VersionRecord, canaries: list[str], least_overlap: float | None, tools: Tools) -> None:
    """Ask the canary queries of the live version and of this one.

    Raises:
        VerificationFailed: the mean overlap@10 is less than it must be.
    """
    store, report = tools.store, tools.report
    live = _live(store)
    if not canaries or live is None:
        return
    if not compatible(live.fingerprint, tools.encoder.fingerprint):
        report.say(
            f"canary queries were not compared: {live.version} was built with another model, {live.model}; use diff"
        )
        return
    try:
        found = compare(store, (live, tools.encoder), (record, tools.encoder), canaries)
    except DamagedVersion as error:
        report.warn(f"canary queries were not compared: {error}")
        return
    overlap = mean_overlap(found)
    report.facts["canary_overlap"] = round(overlap, 4)
    report.say(f"canary queries: {len(found)}, overlap@10 with {live.version}: {overlap:.0%}", overlap=overlap)
    for each in sorted(found, key=lambda one: one.overlap)[:3]:
        if each.overlap < 0.5:
            report.say(f"  {each.overlap:.0%} of {each.query[:70]!r}")
    if least_overlap is not None and overlap < least_overlap:
        raise VerificationFailed(
            f"version {record.version} was not published: canary queries: expected an overlap@10 with {live.version} of "
            f"at least {least_overlap:.0%} (--min-canary-overlap), got {overlap:.0%}"
        )


def _give_up(record: VersionRecord, error: BaseException, tools: Tools) -> None:
    """Remove what was written; the record stays, with its state and what was wrong."""
    store = tools.store
    if _pointer(store) == record.version:
        tools.report.warn(f"{record.version} went live before this went wrong, and stays live")
        return
    tools.report.warn(f"removing what was written of {record.version}; what was live before still is")
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


def _pointer(store: Store) -> str | None:
    try:
        return store.versions.live_name()
    except DamagedVersion:
        return None


# ---------------------------------------------------------------- telling
def _tell(record: VersionRecord, clustered: Clustered, loaded: Loaded, tools: Tools) -> None:
    report, model, calibration = tools.report, clustered.model, clustered.calibration
    report.facts |= {
        "version": record.version, "rows_read": loaded.rows + loaded.rejected, "rejected": loaded.rejected,
        "embedded": tools.encoder.computed, "from_cache": tools.encoder.reused,
    }  # fmt: skip
    if tools.cache.damaged:
        report.warn(f"{tools.cache.damaged:,} damaged entries of the embedding cache were not trusted and made anew")
    share = calibration.share_of(calibration.landmarks_for(0.95))
    report.say(f"version {record.version} is live: {loaded.rows:,} profiles in {len(model)} clusters")
    for number, label in list(enumerate(model.labels))[:_LISTED]:
        report.say(f"  {number:3}  {model.sizes[number]:7,}  {label}")
    if len(model) > _LISTED:
        report.say(f"  … and {len(model) - _LISTED:,} more: python -m indexer status lists them")
    report.say(
        f"one cluster finds {calibration.probe_recalls[0]:.0%} of the true neighbours in {calibration.probe_shares[0]:.0%} "
        f"of the profiles; cluster=auto finds 95% in {share:.0%}"
    )


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


def _shown(source: str) -> str:
    return "standard input" if source == "-" else str(Path(source).resolve())
