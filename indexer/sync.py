"""Apply what changed in a source to the live version: new, changed and gone profiles, and nothing else."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path

from profilesearch.embedding import Encoder
from profilesearch.errors import ChangeRefused
from profilesearch.fields import Fields
from profilesearch.store import Batch, Store, VersionRecord

from .columns import Mapping
from .formats import Format
from .gates import LEAST_SHARE
from .input import open_input
from .report import Report
from .sample.columns import SAMPLE_FIELDS
from .source import Reading, load
from .spool import CHUNK, Spool
from .upserts import check_model, upserts

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
    with open_input(options.source, cache) as source, Spool(cache, keep_source=True) as spool:
        with report.stage("read") as stage:
            reading = Reading(_mapping(record.fields), options.format, options.rejects, stage.advance)
            loaded = load(source, reading, spool)
        with report.stage("compare"):
            found = _compare(store, record, spool)
        deletes = found.missing if options.delete_missing else ()
        counts = Counts(len(found.new), len(found.changed), found.unchanged, len(found.missing), len(deletes), loaded.rejected)  # fmt: skip
        _check_shrink(options, record, found, len(deletes))
        writes = sorted((*found.new, *found.changed))
        if not options.dry_run and (writes or deletes):
            if writes:
                check_model(record, encoder)
            clusters = store.clusters(record)
            with report.stage("apply", len(writes) + len(deletes)) as stage:
                for start in range(0, len(writes), _AT_ONCE):
                    part = writes[start : start + _AT_ONCE]
                    rows = list(zip(spool.rows_at(part), spool.sources_at(part), strict=True))
                    _apply(store, record, Batch(upserts(rows, encoder, clusters)))
                    stage.advance(len(part))
                for start in range(0, len(deletes), _AT_ONCE):
                    _apply(store, record, Batch(deletes=deletes[start : start + _AT_ONCE]))
                    stage.advance(len(deletes[start : start + _AT_ONCE]))
            store.refresh_counts(record)
    report.facts |= asdict(counts)
    return counts


def _mapping(fields: Fields) -> Mapping:
    """The live version's columns, all of which the source must have; the headline may be missing, as in a build."""
    headline = None if fields.title == SAMPLE_FIELDS.title else fields.title
    return Mapping(fields.id, headline, fields.text, fields.tags, fields.numbers)


def _compare(store: Store, record: VersionRecord, spool: Spool) -> Difference:
    new: list[int] = []
    changed: list[int] = []
    for number, rows in enumerate(spool.rows()):
        digests = store.digests(record, [row.id for row in rows])
        for place, (row, digest) in enumerate(zip(rows, digests, strict=True), number * CHUNK):
            if digest is None:
                new.append(place)
            elif digest != row.digest:
                changed.append(place)
    missing = tuple(sorted(id_ for id_, _ in store.each(record) if not spool.has(id_)))
    return Difference(tuple(new), tuple(changed), len(spool) - len(new) - len(changed), missing)


def _check_shrink(options: SyncOptions, record: VersionRecord, found: Difference, deleted: int) -> None:
    before = found.unchanged + len(found.changed) + len(found.missing)
    least = math.ceil(LEAST_SHARE * before)
    if deleted and not options.allow_shrink and before - deleted < least:
        raise ChangeRefused(
            f"{options.source}: expected at least {least:,} of the {before:,} profiles of {record.version}, got "
            f"{before - deleted:,}: nothing was changed (--allow-shrink deletes the others)"
        )


def _apply(store: Store, record: VersionRecord, batch: Batch) -> None:
    if not store.changes.apply(record, batch):
        raise ChangeRefused(
            f"version {store.versions.live_name()} went live while {record.version} was being changed: run sync again"
        )
