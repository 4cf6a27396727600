"""Apply what changed in a source to the live version of every model: new, changed and gone profiles, and nothing else."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from more_itertools import chunked

from profilesearch.errors import ChangeRefused, EncoderError
from profilesearch.fields import Fields
from profilesearch.store import Batch, Store, VersionRecord

from .columns import ColumnChoice
from .encoders import Encoders
from .formats import Format
from .input import Input, open_input
from .job import Job, running
from .report import Report
from .sample.columns import SAMPLE_FIELDS
from .shrink import least_profiles
from .source import Reading, load
from .spool import CHUNK, Spool
from .targets import Prepared, Rows, Targets, apply, prepare_all
from .upserts import Target, length_in

_AT_ONCE = 200


@dataclass(frozen=True)
class SyncOptions:
    """What the command line says of a sync."""

    source: str
    format: Format | None = None
    rejects: Path | None = None
    delete_missing: bool = False
    allow_shrink: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Difference:
    """A source against a live version: positions of rows to write, and ids that the source lacks."""

    new: tuple[int, ...]
    changed: tuple[int, ...]
    unchanged: int
    missing: tuple[str, ...]

    def counts(self, *, deleted: int, rejected: int) -> "Counts":
        """How many of each."""
        return Counts(
            new=len(self.new),
            changed=len(self.changed),
            unchanged=self.unchanged,
            missing=len(self.missing),
            deleted=deleted,
            rejected=rejected,
        )


@dataclass(frozen=True)
class Counts:
    """What a sync did, or would do, to the version that is live by default."""

    new: int
    changed: int
    unchanged: int
    missing: int
    deleted: int
    rejected: int


def sync(options: SyncOptions, store: Store, encoders: Encoders, cache: Path, report: Report) -> Counts:
    """Bring every live version to what a source says.

    Raises:
        ChangeRefused: too many would be deleted, or another version went live meanwhile.
        EncoderError: a model is away; no version was changed.
        ProfileSearchError: the source is bad, or a model is another one. Batches that were applied stay; doing it again
            applies the rest.
    """
    records = store.versions.all_live()
    with running("sync", store, report) as job, open_input(options.source, cache) as source, ExitStack() as stack:
        spools: dict[Fields, Spool] = {}
        rejected = 0
        for fields in dict.fromkeys(record.fields for record in records):
            record = next(record for record in records if record.fields == fields)
            spools[fields] = stack.enter_context(Spool(cache, keep_source=True))
            rejected = max(rejected, _read(job, source, options, record, spools[fields]))
        with job.stage("compare"):
            differences = [_compare(store, record, spools[record.fields], spools.values()) for record in records]
        for record, difference in zip(records, differences, strict=True):
            _check_shrink(source.name, options, record, difference)
        work = _work(records, differences, spools, delete=options.delete_missing)
        if not options.dry_run:
            _change(job, records, encoders, spools, work)
        own = differences[0]
        counts = own.counts(deleted=len(own.missing) if options.delete_missing else 0, rejected=rejected)
        if counts.missing and not options.delete_missing:
            report.say("sync.missing", missing=counts.missing, source=source.name)
        _tell_of_others(report, records, differences)
        if options.dry_run:
            report.say("sync.dry_run")
        report.facts |= asdict(counts)
    return counts


def _read(job: Job, source: Input, options: SyncOptions, record: VersionRecord, spool: Spool) -> int:
    """Read the source as a version's columns have it; how many rows were left out."""
    source.file.seek(0)
    with job.stage("read") as stage:
        reading = Reading(_columns(record.fields), options.format, options.rejects, stage.advance, length_in(record))
        return load(source, reading, spool).rejected


def _tell_of_others(report: Report, records: Sequence[VersionRecord], differences: Sequence[Difference]) -> None:
    """Say what the versions of other models lacked, where it is not what the default's did."""
    first = differences[0]
    for record, each in zip(records[1:], differences[1:], strict=True):
        if (len(each.new), len(each.changed)) != (len(first.new), len(first.changed)):
            report.say(
                "sync.beside", version=record.version, model=record.model, new=len(each.new), changed=len(each.changed)
            )


@dataclass(frozen=True)
class _Work:
    """Positions of rows to write, as the default version's spool has them, and ids to delete."""

    writes: Sequence[int]
    deletes: Sequence[str]


def _work(
    records: Sequence[VersionRecord],
    differences: Sequence[Difference],
    spools: Mapping[Fields, Spool],
    *,
    delete: bool,
) -> _Work:
    """What any version lacks: it is written to all, so that none has an older row than another."""
    primary = spools[records[0].fields]
    writes: set[int] = set()
    for record, difference in zip(records, differences, strict=True):
        spool, own = spools[record.fields], (*difference.new, *difference.changed)
        if spool is primary:
            writes.update(own)
            continue
        for positions in chunked(own, _AT_ONCE):
            writes.update(primary.positions_of([row.id for row in spool.rows_at(positions)]).values())
    deletes = {id_ for difference in differences for id_ in difference.missing} if delete else set()
    return _Work(sorted(writes), sorted(deletes))


def _change(
    job: Job, records: Sequence[VersionRecord], encoders: Encoders, spools: Mapping[Fields, Spool], work: _Work
) -> None:
    if not (work.writes or work.deletes):
        return
    targets = Targets(job.store, encoders).live() if work.writes else []
    if targets and [target.record.identity for target in targets] != [record.identity for record in records]:
        raise _other_versions(job.store)
    with job.stage("apply", len(work.writes) + len(work.deletes)) as stage:
        for positions in chunked(work.writes, _AT_ONCE):
            prepared = _prepared(positions, spools, targets)
            _apply(job.store, prepared, Batch(prepared.upserts[0][1]))
            stage.advance(len(positions))
        for ids in chunked(work.deletes, _AT_ONCE):
            _apply(job.store, Prepared([(record, []) for record in records], {}), Batch(deletes=ids))
            stage.advance(len(ids))
    for record in records:
        job.store.refresh_counts(record)


def _prepared(positions: Sequence[int], spools: Mapping[Fields, Spool], targets: Sequence[Target]) -> Prepared:
    """Rows of the default version's spool as each version has them; one that a version cannot have goes to none."""
    primary = spools[targets[0].record.fields]
    ids = [row.id for row in primary.rows_at(positions)]
    rows = {fields: _rows_of(spool, ids) for fields, spool in spools.items()}
    common = [id_ for id_ in ids if all(id_ in known for known in rows.values())]
    sources = {id_: _whole_source([known[id_][1] for known in rows.values()]) for id_ in common}
    prepared = prepare_all(
        {fields: {id_: (known[id_][0], sources[id_]) for id_ in common} for fields, known in rows.items()}, targets
    )
    for reason in prepared.refused.values():
        raise EncoderError(reason)
    return prepared


def _whole_source(sources: Sequence[str]) -> str:
    """One row as it came, of readings that each have the columns of one version: a build that runs may need any of them."""
    if len(set(sources)) == 1:
        return sources[0]
    whole: dict[str, Any] = {}
    for source in sources:
        whole |= {name: value for name, value in json.loads(source).items() if value is not None}
    return json.dumps(whole)


def _rows_of(spool: Spool, ids: Sequence[str]) -> Rows:
    places = spool.positions_of(ids)
    positions = list(places.values())
    return dict(zip(places, zip(spool.whole_rows_at(positions), spool.sources_at(positions), strict=True), strict=True))


def _columns(fields: Fields) -> ColumnChoice:
    """A live version's columns, all of which the source must have; the headline may be missing, as in a build."""
    headline = None if fields.title == SAMPLE_FIELDS.title else fields.title
    return ColumnChoice(
        fields.id, headline, fields.text, fields.tags, fields.numbers, fields.language or None, fields.vector or None
    )


def _compare(store: Store, record: VersionRecord, spool: Spool, spools: Iterable[Spool]) -> Difference:
    """What a version lacks of its spool, and which of its profiles are in none."""
    new: list[int] = []
    changed: list[int] = []
    for number, rows in enumerate(spool.rows()):
        digests = store.profiles.digests(record, [row.id for row in rows])
        for place, (row, digest) in enumerate(zip(rows, digests, strict=True), number * CHUNK):
            if digest is None:
                new.append(place)
            elif digest != row.digest:
                changed.append(place)
    spools = list(spools)
    gone = (id_ for id_, _ in store.profiles.each(record) if not any(each.has(id_) for each in spools))
    return Difference(tuple(new), tuple(changed), len(spool) - len(new) - len(changed), tuple(sorted(gone)))


def _check_shrink(source: str, options: SyncOptions, record: VersionRecord, difference: Difference) -> None:
    before = difference.unchanged + len(difference.changed) + len(difference.missing)
    after, least = before - len(difference.missing), least_profiles(before)
    if options.delete_missing and not options.allow_shrink and after < least:
        raise ChangeRefused(
            f"{source}: expected at least {least:,} of the {before:,} profiles of {record.version}, got {after:,}: "
            "nothing was changed",
            code="deletes_too_many",
        )


def _apply(store: Store, prepared: Prepared, batch: Batch) -> None:
    if not apply(store, prepared, batch):
        raise _other_versions(store)


def _other_versions(store: Store) -> ChangeRefused:
    live = ", ".join(record.version for record in store.versions.all_live())
    return ChangeRefused(f"another version went live while a sync was at work (live are {live}): run sync again")
