"""``promote --share`` and ``--shadow``: two live models compared by searches of people, begun and ended.

Both stay live all the time, so that neither beginning nor ending moves more than one hash; taking the new one moves the pointer.
"""

import time
import uuid
from dataclasses import dataclass

from profilesearch.errors import StoreError, VerificationFailed
from profilesearch.experiment import Arm, Experiment, Kind
from profilesearch.store import Store, VersionRecord

from .experiment_report import ExperimentReport
from .models import make_default
from .report import Report

SAID: dict[Kind, str] = {"share": "experiment.share", "shadow": "experiment.shadow"}
"""The words for what is compared."""


@dataclass(frozen=True)
class Wanted:
    """An experiment that is asked for: whether b is shown, and for which share of the texts it is asked."""

    kind: Kind
    share: float


def start(store: Store, sides: tuple[VersionRecord, VersionRecord], wanted: Wanted, report: Report) -> Experiment:
    """Begin to compare the default with another live model.

    Args:
        store: where they are, for the owner of the lock.
        sides: the default's version, and the other model's.
        wanted: what is asked for.
        report: who is told.

    Raises:
        StoreError: an experiment runs already, both are one model, or other versions are live by now.
        BuildRunning: somebody else has the lock by now; nothing was started.
    """
    a, b = sides
    if a.model == b.model:
        raise StoreError(f"{b.model} is the default already: expected another model to compare it with")
    experiment = Experiment(
        uuid.uuid4().hex,
        wanted.kind,
        wanted.share,
        Arm.of(a.model, a.version),
        Arm.of(b.model, b.version),
        round(time.time(), 3),
    )
    store.experiments.start(experiment)
    report.facts |= {"experiment": experiment.identity, "kind": experiment.kind, "share": experiment.share}
    report.say(SAID[experiment.kind], share=experiment.share, a=a.model, b=b.model)
    return experiment


def present(store: Store) -> Experiment:
    """The experiment that runs, or ran last.

    Raises:
        StoreError: there is none.
    """
    if (experiment := store.experiments.read()) is None:
        raise StoreError("no experiment: expected one that promote MODEL --share 10% began")
    return experiment


def finish(store: Store, experiment: Experiment, *, take: bool, found: ExperimentReport, report: Report) -> None:
    """End an experiment, and let its model take the default's place or not; what its sides answered is removed.

    Args:
        store: where it is, for the owner of the lock.
        experiment: the one that was looked at.
        take: make b the default.
        found: what came of it.
        report: who is told.

    Raises:
        VerificationFailed: b is to be taken, and is significantly worse; the experiment goes on.
        StoreError: it has ended by itself, and b cannot be taken.
        BuildRunning: somebody else has the lock by now; nothing was changed.
    """
    if take:
        if worse := found.worse:
            raise VerificationFailed(
                f"{experiment.b.model} is not taken, since it is significantly worse ({', '.join(worse)}): expected one "
                "that is not; finish --drop ends the experiment"
            )
        if experiment.ended:
            raise StoreError(f"the experiment has ended by itself ({experiment.ended}): expected one that runs")
        live = store.versions.live().version, store.versions.live(experiment.b.model).version
        if live != (experiment.a.version, experiment.b.version):
            raise StoreError("another version went live meanwhile: nothing was switched; look at the report again")
        make_default(store, experiment.b.model, report)
    else:
        store.experiments.end(experiment.identity, "dropped")
        report.say("experiment.dropped", a=experiment.a.model, b=experiment.b.model)
    store.experiments.forget()
