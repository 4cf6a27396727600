"""Stage ``read``: the rows of the source, checked, in the spool."""

from dataclasses import replace

from profilesearch.embedding import column_of

from ..canaries import load_canaries
from ..columns import ColumnChoice
from ..job import Job
from ..rows import Length
from ..source import Reading, load
from .judged import load_judged
from .state import BuildState


def read(state: BuildState, job: Job) -> BuildState:
    """Read the source, and the canary queries before it, so that a bad file is refused at once."""
    options = state.options
    canaries = tuple(load_canaries(options.canaries, job.store))
    judged = load_judged(options, job.store)
    with job.stage("read") as stage:
        reading = Reading(_columns(state), options.format, options.rejects, stage.advance, _length(state))
        loaded = load(state.source, reading, state.spool)
    if loaded.rejected:
        job.report.warn("build.rejected", rejected=loaded.rejected, rejects=str(options.rejects))
    job.report.facts |= {"rows_read": loaded.rows + loaded.rejected, "rejected": loaded.rejected}
    return replace(state, canaries=canaries, judged=judged, loaded=loaded)


def _columns(state: BuildState) -> ColumnChoice:
    """The columns that were chosen, and that of the vectors if rows bring them."""
    return replace(state.options.columns or ColumnChoice(), vector=column_of(state.encoder.name) or None)


def _length(state: BuildState) -> Length | None:
    """Of the vectors that rows bring, if what embeds queries says it."""
    encoder = state.encoder
    if not column_of(encoder.name) or not encoder.dimension:
        return None
    return Length(encoder.dimension, "what queries are compared by")
