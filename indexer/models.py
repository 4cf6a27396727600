"""Models side by side: which is the default, and which is given up."""

from profilesearch.store import Store, VersionRecord

from .report import Report


def make_default(store: Store, model: str, report: Report) -> VersionRecord:
    """Let searches that name no model be answered by a model's live version; the one before stays live for its own.

    Args:
        store: where it is, for the owner of the lock.
        model: its name.
        report: who is told.

    Raises:
        UnknownModel: no version of it is live.
        NoLiveVersion, DamagedVersion: nothing is live, or it cannot be told what.
        BuildRunning: somebody else has the lock by now; nothing was changed.
    """
    store.versions.repair()
    before, record = store.versions.live(), store.versions.live(model)
    report.facts |= {"model": record.model, "version": record.version, "before": before.model}
    if record.version == before.version:
        report.say("models.already", model=model, version=record.version)
        return record
    store.versions.publish(record, default=True)
    report.say(
        "models.default", model=model, version=record.version, before=before.model, version_before=before.version
    )
    return record


def tell_of_models(store: Store, record: VersionRecord, report: Report) -> None:
    """Say which of several models is the default, once a version of one of them has gone live."""
    names = store.versions.live_names()
    (default, version), *others = names.items()
    report.facts |= {"model": record.model, "default_model": default}
    if record.model != default and record.model in names:
        report.say(
            "models.beside", version=record.version, model=record.model, default=default, version_default=version
        )
    for model, beside in others if record.model == default else ():
        report.say("models.kept", model=model, version=beside, default=default)


def remove(store: Store, model: str, report: Report) -> list[str]:
    """Remove every version of a model; nothing of it is live from the first moment on.

    Args:
        store: where they are, for the owner of the lock: while it is the owner's, nobody builds or rolls back.
        model: its name.
        report: who is told.

    Returns:
        The names of the versions that were removed.

    Raises:
        VersionIsLive: it is the default.
        UnknownModel: there is no version of it.
        BuildRunning: somebody else has the lock by now; nothing was removed after that.
    """
    store.versions.repair()
    versions = [record.version for record in store.versions.all() if record.model == model]
    if not versions or model in store.versions.live_names():
        store.versions.give_up(model)  # or says why not
    for version in versions:
        report.say("prune.removed", removed=version, profiles=store.drop(version))
    report.facts["removed"] = versions
    return versions
