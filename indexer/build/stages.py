"""The stages of a build in their order, each a function from one state to the next."""

from collections.abc import Callable
from dataclasses import dataclass

from .. import prune as versions
from ..job import Job
from .begin import begin
from .calibrate import calibrate
from .canaries import canaries
from .cluster import cluster
from .embed import embed
from .fit_regions import fit_regions
from .fit_route import fit_route
from .fit_words import fit_words
from .publish import publish
from .read import read
from .reduce import reduce
from .resume import resume
from .state import BuildState
from .tell import tell
from .verify import verify
from .write import index, write


def prune(state: BuildState, job: Job) -> BuildState:
    """Remove versions that are needed no more."""
    versions.prune(job.store, state.options.keep, job.report)
    return state


@dataclass(frozen=True)
class BuildStage:
    """A stage with its name."""

    name: str
    run: Callable[[BuildState, Job], BuildState]


STAGES = (
    BuildStage("read", read),
    BuildStage("embed", embed),
    BuildStage("resume", resume),
    BuildStage("reduce", reduce),
    BuildStage("cluster", cluster),
    BuildStage("calibrate", calibrate),
    BuildStage("fit_words", fit_words),
    BuildStage("fit_regions", fit_regions),
    BuildStage("fit_route", fit_route),
    BuildStage("begin", begin),
    BuildStage("write", write),
    BuildStage("index", index),
    BuildStage("verify", verify),
    BuildStage("canaries", canaries),
    BuildStage("publish", publish),
    BuildStage("tell", tell),
    BuildStage("prune", prune),
)
