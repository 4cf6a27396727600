"""Stage ``tell``: what went live, and what its clusters cost."""

from profilesearch.embedding import embeds_texts
from profilesearch.words.fusion_calibration import GRID, Kind

from ..job import Job
from ..models import tell_of_models
from .state import BuildState, made

_LISTED = 30
"""Clusters that are listed."""

_TARGET = 0.95


def tell(state: BuildState, job: Job) -> BuildState:
    """Say what is live now."""
    report, record, model = job.report, made(state.record), made(state.model)
    report.facts["version"] = record.version
    report.say("build.live", version=record.version, profiles=made(state.loaded).rows, clusters=len(model))
    tell_of_models(job.store, record, report)
    for number, (size, label) in enumerate(zip(model.sizes[:_LISTED], model.labels, strict=False)):
        report.say("build.cluster", number=number, size=size, label=label)
    if len(model) > _LISTED:
        report.say("build.more_clusters", more=len(model) - _LISTED)
    _tell_of_clusters(state, job)
    _tell_of_texts(state, job)
    return state


def _tell_of_clusters(state: BuildState, job: Job) -> None:
    calibration = made(state.calibration)
    curve = calibration.curve(by_both=True)
    job.report.say(
        "build.calibration",
        recall=float(calibration.probe_recalls[0]),
        share=float(calibration.probe_shares[0]),
        auto=curve.share_of(curve.landmarks_for(_TARGET)),
    )


def _tell_of_texts(state: BuildState, job: Job) -> None:
    """How much of the texts counts, and what words add to their meaning."""
    report, weights = job.report, made(state.words).weights
    if made(state.loaded).fields.vector:
        report.say("build.whole_vectors")
    else:
        report.say("build.text_share" if state.text_share < 1 else "build.whole_texts", share=state.text_share)
    if kept := made(state.record).token_vectors:
        report.say("build.token_vectors", most=kept, size=kept * made(state.record).vectors.model_shape[0])
    report.facts["language"] = made(state.words).statistics.language
    report.facts["word_weights"] = weights.to_json()
    curves = () if state.fusion is None else state.fusion.curves
    keys: dict[Kind, str] = {"typed": "build.short_queries", "text": "build.long_queries"}
    for curve in curves:
        report.say(
            keys[curve.kind],
            weight=curve.weight,
            before=curve.precisions[0],
            after=curve.precisions[GRID.index(curve.weight)],
            queries=curve.queries,
            ways=curve.name,
        )
    for lesson in state.lessons:
        report.say("build.lesson", name=lesson.name, outcome=str(lesson))
    if state.fusion is None:
        report.say("build.weights_again", typed=weights.typed, text=weights.text)
    elif not curves and not embeds_texts(state.encoder.name):
        report.say("build.not_calibrated", typed=weights.typed, text=weights.text)
    elif len(curves) < len(keys):
        report.say("build.usual_weights", typed=weights.typed, text=weights.text)
