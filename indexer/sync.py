"""Apply what changed in a source to the live version: new, changed and gone profiles, and nothing else."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from more_itertools import chunked

from profilesearch.embedding import Encoder, document_encoder, require_model
from profilesearch.errors import ChangeRefused
from profilesearch.fields import Fields
from profilesearch.store import Batch, Store, VersionRecord

from .columns import ColumnChoice
from .formats import Format
from .input import open_input
from .job import Job, running
from .report import Report
from .sample.columns import SAMPLE_FIELDS
from .shrink import least_profiles
from .source import Reading, load
from .spool import CHUNK, Spool
from .upserts import upserts

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
    """A source against the live version: positions of rows to write, and ids that the source lacks."""

    new: tuple[int, ...]
    changed: tuple[int, ...]
    unchanged: int
    missing: tuple[str, ...]

    @property
    def writes(self) -> list[int]:
        """Positions of the rows that are new or changed, ascending."""
        return sorted((*self.new, *self.changed))

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
    """What a sync did, or would do."""

    new: int
    changed: int
    unchanged: int
    missing: int
    deleted: int
    rejected: int


def sync(options: SyncOptions, store: Store, encoder: Encoder, cache: Path, report: Report) -> Counts:
    """Bring the live version to what a source says.

    Raises:
        ChangeRefused: too many would be deleted, or another version went live meanwhile.
        ProfileSearchError: the source is bad, or the model is another one. Batches that were applied stay; doing it
            again applies the rest.
    """
    record = store.versions.live()
    with (
        running("sync", store, report) as job,
        open_input(options.source, cache) as source,
        Spool(cache, keep_source=True) as spool,
    ):
        with job.stage("read") as stage:
            reading = Reading(_columns(record.fields), options.format, options.rejects, stage.advance)
            loaded = load(source, reading, spool)
        with job.stage("compare"):
            difference = _compare(store, record, spool)
        deletes = difference.missing if options.delete_missing else ()
        _check_shrink(source.name, options, record, difference)
        if not options.dry_run:
            _change(job, record, spool, encoder, _Work(difference.writes, deletes))
        counts = difference.counts(deleted=len(deletes), rejected=loaded.rejected)
        if counts.missing and not options.delete_missing:
            report.say("sync.missing", missing=counts.missing, source=source.name)
        if options.dry_run:
            report.say("sync.dry_run")
        report.facts |= asdict(counts)
    return counts


@dataclass(frozen=True)
class _Work:
    """Positions of rows to write, and ids to delete."""

    writes: Sequence[int]
    deletes: Sequence[str]


def _change(job: Job, record: VersionRecord, spool: Spool, encoder: Encoder, work: _Work) -> None:
    if not (work.writes or work.deletes):
        return
    if work.writes:
        require_model(record, encoder)
    clusters, documents = job.store.clusters.model(record), document_encoder(encoder, record.fingerprint)
    with job.stage("apply", len(work.writes) + len(work.deletes)) as stage:
        for positions in chunked(work.writes, _AT_ONCE):
            rows = list(zip(spool.rows_at(positions), spool.sources_at(positions), strict=True))
            _apply(job.store, record, Batch(upserts(rows, documents, clusters)))
            stage.advance(len(positions))
        for ids in chunked(work.deletes, _AT_ONCE):
            _apply(job.store, record, Batch(deletes=ids))
            stage.advance(len(ids))
    job.store.refresh_counts(record)


def _columns(fields: Fields) -> ColumnChoice:
    """The live version's columns, all of which the source must have; the headline may be missing, as in a build."""
    headline = None if fields.title == SAMPLE_FIELDS.title else fields.title
    return ColumnChoice(fields.id, headline, fields.text, fields.tags, fields.numbers, fields.language or None)


def _compare(store: Store, record: VersionRecord, spool: Spool) -> Difference:
    new: list[int] = []
    changed: list[int] = []
    for number, rows in enumerate(spool.rows()):
        digests = store.profiles.digests(record, [row.id for row in rows])
        for place, (row, digest) in enumerate(zip(rows, digests, strict=True), number * CHUNK):
            if digest is None:
                new.append(place)
            elif digest != row.digest:
                changed.append(place)
    missing = tuple(sorted(id_ for id_, _ in store.profiles.each(record) if not spool.has(id_)))
    return Difference(tuple(new), tuple(changed), len(spool) - len(new) - len(changed), missing)


def _check_shrink(source: str, options: SyncOptions, record: VersionRecord, difference: Difference) -> None:
    before = difference.unchanged + len(difference.changed) + len(difference.missing)
    after, least = before - len(difference.missing), least_profiles(before)
    if options.delete_missing and not options.allow_shrink and after < least:
        raise ChangeRefused(
            f"{source}: expected at least {least:,} of the {before:,} profiles of {record.version}, got {after:,}: "
            "nothing was changed",
            code="deletes_too_many",
        )


def _apply(store: Store, record: VersionRecord, batch: Batch) -> None:
    if not store.changes.apply(record, batch):
        raise ChangeRefused(
            f"version {store.versions.live_name()} went live while {record.version} was being changed: run sync again"
        )
