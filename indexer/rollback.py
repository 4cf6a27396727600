"""Going back to an earlier version."""

from dataclasses import dataclass

from profilesearch.embedding import compatible
from profilesearch.errors import DamagedVersion, NoLiveVersion, StoreError, UnknownModel, UnknownVersion
from profilesearch.store import Store, VersionRecord

from .models import tell_of_models
from .report import Report


@dataclass(frozen=True)
class Rollback:
    """What a rollback did.

    Attributes:
        record: the version that is live now, for its model.
        profiles: how many are in its index.
        before: the version of that model that was live before; None if there was none, or it could not be read.
        done: False if it was live already.
    """

    record: VersionRecord
    profiles: int
    before: VersionRecord | None
    done: bool

    @property
    def other_model(self) -> bool:
        """Whether the model of this name had other weights or settings then."""
        return self.before is not None and not compatible(self.before.fingerprint, self.record.fingerprint)

    @property
    def lost_changes(self) -> int:
        """Changes that were applied to the version before, and are not in this one."""
        return 0 if self.before is None or not self.done else self.before.changed


def roll_back(store: Store, version: str | None, model: str = "") -> Rollback:
    """Make an earlier version live again, for its own model; the default stays what it is if that is another model.

    Args:
        store: where it is, for the owner of the lock: while it is the owner's, nobody builds or prunes.
        version: its name; by default, the one that was live last.
        model: whose; by default, the one that is the default.

    Raises:
        NoLiveVersion: nothing has been published.
        UnknownVersion: there is none of this name, or no earlier one.
        StoreError: it was never live, is not whole any more, or is another model's.
        BuildRunning: somebody else has the lock by now; nothing was changed.
    """
    store.versions.repair()
    try:
        record = store.versions.get(version) if version else store.versions.previous(model)
    except UnknownVersion as error:
        if not store.versions.names():
            raise NoLiveVersion("no index has been published yet: run python -m indexer build FILE") from error
        raise
    if model not in ("", record.model):
        raise StoreError(f"version {record.version} is of the model {record.model}: expected one of {model}")
    before = _live(store, record.model)
    if before is not None and record.version == before.version:
        return Rollback(record, record.profiles, before, done=False)
    # a record can say live where the pointer was lost
    if record.state not in ("retired", "ready", "live") or not store.indexes.exists(record.version):
        raise StoreError(f"version {record.version} is {record.state}: expected one that was live and is still whole")
    info = store.indexes.wait(record)
    if info.failures or not info.documents:
        raise StoreError(
            f"version {record.version} has {info.documents:,} profiles and {info.failures:,} failures in its index"
        )
    store.clusters.read(record)  # they must be readable, too
    store.clusters.projection(record)
    store.versions.publish(record)
    return Rollback(record, info.documents, before, done=True)


def tell(outcome: Rollback, store: Store, report: Report) -> None:
    """Say what a rollback did, and what is to be done after it."""
    record, before = outcome.record, outcome.before
    report.facts |= {"version": record.version, "profiles": outcome.profiles, "rolled_back": outcome.done}
    if not outcome.done:
        report.say("rollback.already", version=record.version)
        return
    if before is None:
        report.say("rollback.done", version=record.version, profiles=outcome.profiles)
        tell_of_models(store, record, report)
        return
    report.say("rollback.done_retiring", version=record.version, profiles=outcome.profiles, before=before.version)
    tell_of_models(store, record, report)
    if outcome.other_model:
        report.warn("rollback.other_model", model=record.model)
    if outcome.lost_changes:
        report.warn("rollback.lost", lost=outcome.lost_changes, before=before.version)


def _live(store: Store, model: str) -> VersionRecord | None:
    try:
        return store.versions.live(model)
    except (NoLiveVersion, DamagedVersion, UnknownModel):
        return None
