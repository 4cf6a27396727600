"""Stage ``read``: the rows of the source, checked, in the spool."""

from dataclasses import replace

from ..canaries import load_canaries
from ..columns import ColumnChoice
from ..job import Job
from ..source import Reading, load
from .judged import load_judged
from .state import BuildState


def read(state: BuildState, job: Job) -> BuildState:
    """Read the source, and the canary queries before it, so that a bad file is refused at once."""
    options = state.options
    canaries = tuple(load_canaries(options.canaries, job.store))
    judged = load_judged(options.queries, options.qrels)
    with job.stage("read") as stage:
        reading = Reading(options.columns or ColumnChoice(), options.format, options.rejects, stage.advance)
        loaded = load(state.source, reading, state.spool)
    if loaded.rejected:
        job.report.warn("build.rejected", rejected=loaded.rejected, rejects=str(options.rejects))
    job.report.facts |= {"rows_read": loaded.rows + loaded.rejected, "rejected": loaded.rejected}
    return replace(state, canaries=canaries, judged=judged, loaded=loaded)
