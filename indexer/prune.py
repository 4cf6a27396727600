"""Versions that are needed no more."""

from profilesearch.store import Store, version_number

from .report import Report


def prune(store: Store, keep: int, report: Report, *, building: bool = False) -> list[str]:
    """Remove old versions, and whatever interrupted builds left.

    Args:
        store: where they are.
        keep: how many retired versions stay, latest live first, to go back to.
        report: who is told.
        building: whether another build is at work, whose version must stay.

    Returns:
        Names of the versions that were removed. Never the live one, nor one that is being built.
    """
    records = store.versions.all()
    live = store.versions.live_name()
    retired = sorted((each for each in records if each.state == "retired"), key=lambda each: each.live_at)
    kept = {live, *(each.version for each in (retired[-keep:] if keep else []))}
    if building:
        kept |= {each.version for each in records if each.state in ("building", "ready")}
    for record in records:
        if record.version == live and store.has_index(record):
            store.versions.point_alias(record)
    removed = []
    for name in sorted(store.traces() - kept, key=version_number):
        profiles = store.drop(name)
        report.say(f"removed {name} with {profiles:,} profiles", removed=name, profiles=profiles)
        removed.append(name)
    return removed
