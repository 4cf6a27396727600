"""Stage ``canaries``: what the live version and the new one answer to the same queries."""

from profilesearch.embedding import compatible
from profilesearch.errors import DamagedVersion, VerificationFailed

from ..canaries import answered, compare_versions, mean_overlap
from ..job import Job
from .state import BuildState, made
from .verify import live_version

_SHOWN = 3
_SHOWN_BELOW = 0.5


def canaries(state: BuildState, job: Job) -> BuildState:
    """Ask the canary queries of the live version and of the new one.

    Raises:
        VerificationFailed: the mean overlap@10 is less than it must be.
    """
    record, report, least = made(state.record), job.report, state.options.min_canary_overlap
    live = live_version(job.store, record.model)
    if not state.canaries or live is None:
        return state
    if not compatible(live.fingerprint, state.encoder.fingerprint):
        report.say("canaries.other_model", version=live.version, model=live.model)
        return state
    queries = answered(state.encoder, state.canaries)
    if not queries:
        report.say("canaries.no_query_model")
        return state
    try:
        comparisons = compare_versions(job.store, (live, state.encoder), (record, state.encoder), queries)
    except DamagedVersion as error:
        report.warn("canaries.damaged", reason=str(error))
        return state
    overlap = mean_overlap(comparisons)
    report.facts["canary_overlap"] = round(overlap, 4)
    report.say("canaries.overlap", queries=len(comparisons), version=live.version, overlap=overlap)
    for comparison in sorted(comparisons, key=lambda one: one.overlap)[:_SHOWN]:
        if comparison.overlap < _SHOWN_BELOW:
            report.say("canaries.changed", overlap=comparison.overlap, query=comparison.query[:70])
    if least is not None and overlap < least:
        raise VerificationFailed(
            f"version {record.version} was not published: canary queries: expected an overlap@10 with {live.version} of "
            f"at least {least:.0%}, got {overlap:.0%}",
            code="canaries",
        )
    return state
