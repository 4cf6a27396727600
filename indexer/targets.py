"""The live versions that a change goes to, each with its clusters and its encoder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from profilesearch.errors import EncoderError
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.store import Batch, Store, Upsert, VersionRecord

from .encoders import Encoders
from .upserts import Target, prepare

Rows = Mapping[str, tuple[Row, str]]
"""Rows by id, each with its JSON as it came."""


class Targets:
    """Knows the live versions, the default first; what does not change of one is read once.

    Args:
        store: where they are.
        encoders: those of their models.
    """

    def __init__(self, store: Store, encoders: Encoders) -> None:
        self._store = store
        self._encoders = encoders
        self._known: dict[str, Target] = {}

    def live(self) -> list[Target]:
        """All of them.

        Raises:
            NoLiveVersion, DamagedVersion, UnknownModel: it cannot be told which they are.
            EncoderError: a model is away; the error names the way on without it.
            ModelMismatch: a model is another one by now.
        """
        records = self._store.versions.all_live()
        known = self._known
        self._known = {}
        for record in records:
            self._known[record.identity] = known.get(record.identity) or self._read(record, records)
        return list(self._known.values())

    def _read(self, record: VersionRecord, live: Sequence[VersionRecord]) -> Target:
        try:
            encoder = self._encoders.of(record)
        except EncoderError as error:
            raise away(error, record, live) from error
        clusters = self._store.clusters
        return Target(record, clusters.model(record), encoder, clusters.projection(record))


def away(error: EncoderError, record: VersionRecord, live: Sequence[VersionRecord]) -> EncoderError:
    """A model that cannot be had, with the way on where it is one of several; the default is the first."""
    if len(live) == 1:
        return error
    if record is live[0]:
        return EncoderError(
            f"{error}; {record.version} is live for it by default, and no change goes to other versions without it: "
            "python -m indexer models default OTHER, and then models remove, go on without it",
            code=error.code,
        )
    return EncoderError(
        f"{error}; {record.version} is live for it beside others, and no change goes to one without the other: "
        f"python -m indexer models remove {record.model} goes on without it",
        code=error.code,
    )


@dataclass(frozen=True)
class Prepared:
    """Profiles as each version has them, in the same order; and by id, why the others cannot be applied to all."""

    upserts: list[tuple[VersionRecord, list[Upsert]]]
    refused: dict[str, str]


def prepare_all(rows: Mapping[Fields, Rows], targets: Sequence[Target]) -> Prepared:
    """Profiles for all versions; one that a version cannot have harms itself alone, and goes to none.

    Args:
        rows: the same profiles, by the columns that versions have.
        targets: the versions.

    Raises:
        EncoderError: a model is away (code ``away``).
        ProfileSearchError: what is no fault of a row, such as a cache that cannot be written.
    """
    upserts: list[tuple[VersionRecord, list[Upsert]]] = []
    refused: dict[str, str] = {}
    for target in targets:
        try:
            prepared = prepare(rows[target.record.fields], target)
        except EncoderError as error:
            raise away(error, target.record, [each.record for each in targets]) from error
        upserts.append((target.record, prepared.upserts))
        refused |= {id_: named(reason, target, targets) for id_, reason in prepared.refused.items()}
    return Prepared(upserts, refused)


def named(reason: str, target: Target, targets: Sequence[Target]) -> str:
    """Why a version cannot have a profile, with the version's name where it is one of several."""
    return reason if len(targets) == 1 else f"{target.record.version} ({target.record.model}): {reason}"


def apply(store: Store, prepared: Prepared, batch: Batch) -> bool:
    """Apply a batch to all versions that it was prepared for; False if these are not what is live any more."""
    (record, _), *beside = prepared.upserts
    return store.changes.apply(record, batch, beside)
