"""Versions that are needed no more."""

from more_itertools import bucket, take

from profilesearch.errors import VersionIsLive
from profilesearch.store import Store, version_number

from .report import Report


def prune(store: Store, keep: int, report: Report) -> list[str]:
    """Remove old versions, and whatever interrupted builds left.

    Args:
        store: where they are, for the owner of the lock: while it is the owner's, nobody builds or rolls back.
        keep: how many retired versions of each model stay, latest live first, to go back to.
        report: who is told.

    Returns:
        Names of the versions that were removed. Never one that is live, nor one that a newer release wrote.

    Raises:
        BuildRunning: somebody else has the lock by now; nothing was removed after that.
        DamagedVersion: it cannot be told which versions are live; nothing was removed.
    """
    default = store.versions.live_name()
    store.versions.repair()
    kept = _kept(store, store.versions.live_set(), keep, report)
    if default is not None and store.indexes.exists(default):
        store.versions.point_alias()
    removed = []
    for name in sorted(store.versions.traces() - kept, key=version_number):
        try:
            profiles = store.drop(name)
        except VersionIsLive:
            report.warn("prune.went_live", version=name)
            continue
        report.say("prune.removed", removed=name, profiles=profiles)
        removed.append(name)
    store.changes.pending.end()  # what an interrupted build left is gone, and with it who needs the changes since
    report.facts["removed"] = removed
    return removed


def _kept(store: Store, live: frozenset[str], keep: int, report: Report) -> set[str]:
    """Names of the versions that stay."""
    survey = store.versions.survey()
    for name, reason in survey.damaged.items():
        report.warn("prune.damaged", reason=reason, version=name)
    retired = sorted(
        (
            record
            for record in survey.records
            if record.state in ("retired", "live") and live and record.version not in live
        ),
        key=lambda record: record.live_at,
        reverse=True,
    )
    by_model = bucket(retired, lambda record: record.model)
    kept = {*survey.newer, *(record.version for model in by_model for record in take(keep, by_model[model]))}
    if live:
        return kept | live
    # nothing was published, or the pointer was lost: rollback finds it
    return kept | {record.version for record in survey.records if record.state == "live"}
