"""Stage ``tell``: what went live, and what its clusters cost."""

from ..job import Job
from .state import BuildState, made

_LISTED = 30
"""Clusters that are listed."""

_TARGET = 0.95


def tell(state: BuildState, job: Job) -> BuildState:
    """Say what is live now."""
    report, record, model = job.report, made(state.record), made(state.model)
    report.facts["version"] = record.version
    report.say("build.live", version=record.version, profiles=made(state.loaded).rows, clusters=len(model))
    for number, (size, label) in enumerate(zip(model.sizes[:_LISTED], model.labels, strict=False)):
        report.say("build.cluster", number=number, size=size, label=label)
    if len(model) > _LISTED:
        report.say("build.more_clusters", more=len(model) - _LISTED)
    calibration = made(state.calibration)
    report.say(
        "build.calibration",
        recall=float(calibration.probe_recalls[0]),
        share=float(calibration.probe_shares[0]),
        auto=calibration.share_of(calibration.landmarks_for(_TARGET)),
    )
    return state
