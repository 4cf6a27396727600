"""Versions that are needed no more."""

from profilesearch.errors import VersionIsLive
from profilesearch.store import Store, version_number

from .report import Report


def prune(store: Store, keep: int, report: Report) -> list[str]:
    """Remove old versions, and whatever interrupted builds left.

    Args:
        store: where they are, for the owner of the lock: while it is the owner's, nobody builds or rolls back.
        keep: how many retired versions stay, latest live first, to go back to.
        report: who is told.

    Returns:
        Names of the versions that were removed. Never the live one, nor one that a newer release wrote.

    Raises:
        BuildRunning: somebody else has the lock by now; nothing was removed after that.
        DamagedVersion: it cannot be told which version is live; nothing was removed.
    """
    live = store.versions.live_name()
    store.versions.repair()
    survey = store.versions.survey()
    for name, reason in survey.damaged.items():
        report.warn(reason, version=name)
    retired = sorted(
        (record for record in survey.records if record.state == "retired" and record.version != live),
        key=lambda record: record.live_at,
    )
    kept = {live, *survey.newer, *(record.version for record in (retired[-keep:] if keep else []))}
    if live is None:  # nothing was published, or the pointer was lost: rollback finds it
        kept |= {record.version for record in survey.records if record.state == "live"}
    if live is not None and store.indexes.exists(live):
        store.versions.point_alias()
    removed = []
    for name in sorted(store.versions.traces() - kept, key=version_number):
        try:
            profiles = store.drop(name)
        except VersionIsLive:
            report.warn(f"{name} went live meanwhile, and stays", version=name)
            continue
        report.say(
            f"removed {name} with {profiles:,} profile{'' if profiles == 1 else 's'}", removed=name, profiles=profiles
        )
        removed.append(name)
    store.changes.pending.end()  # what an interrupted build left is gone, and with it who needs the changes since
    return removed
