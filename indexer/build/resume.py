"""Stage ``resume``: an unfinished version of the same inputs is gone on with, and clusters of the same profiles used again.

What an earlier build left of anything else is removed.
"""

import hashlib
import json
from dataclasses import replace
from typing import Any

from profilesearch.clusters.calibration import Calibration
from profilesearch.clusters.model import ClusterModel
from profilesearch.errors import RedisUnavailable, StoreError
from profilesearch.projection import Projection
from profilesearch.store import Store, VersionRecord
from profilesearch.vector_index import VectorIndex
from profilesearch.words.fitted_words import FittedWords

from ..job import Job
from .reduce import check_dimensions
from .state import BuildState, Inputs, made

_Earlier = tuple[ClusterModel, Calibration, FittedWords, Projection | None]
_UNFINISHED = ("building", "ready", "removing")


def resume(state: BuildState, job: Job) -> BuildState:
    """Find what earlier builds made that this one can use."""
    inputs = _inputs(state)
    state = replace(state, inputs=inputs)
    versions = job.store.versions.all()
    for unfinished in [version for version in versions if version.state in _UNFINISHED]:
        # a ready one may have changes in it already, so that its rows cannot be counted any more
        alike = unfinished.state == "building" and unfinished.inputs == inputs.digest
        if alike and (earlier := _read(unfinished, job.store)):
            job.report.say(
                "build.goes_on", version=unfinished.version, written=unfinished.written, profiles=len(state.spool)
            )
            return replace(_with(state, earlier), record=unfinished)
        job.report.say("build.removing_unfinished", version=unfinished.version)
        job.store.drop(unfinished.version)
    for version in reversed(versions):
        if version.clustered != inputs.clustered or version.state not in ("live", "retired"):
            continue
        if earlier := _read(version, job.store):
            job.report.say("build.clusters_again")
            return _with(state, earlier)
    return state


def _inputs(state: BuildState) -> Inputs:
    options, loaded = state.options, made(state.loaded)
    vectors = VectorIndex(
        **_size(state),
        algorithm=options.algorithm,
        metric=options.metric,
        m=options.m,
        ef_construction=options.ef_construction,
        ef_runtime=options.ef_runtime,
        type=options.vector_type,
    )
    reduced = () if vectors.reduction is None else (vectors.reduction, vectors.dimension)
    clustered = _digest(loaded.digest, state.encoder.fingerprint, options.clusters, *reduced)
    made_of = (loaded.fields.to_json(), vectors.to_json(), options.language, options.token_vectors)
    return Inputs(vectors, _digest(clustered, *made_of), clustered)


def _size(state: BuildState) -> dict[str, Any]:
    """How many numbers vectors have, and which of the model's."""
    options, dimension = state.options, state.spool.dimension
    check_dimensions(options.dimensions, state.encoder.name, dimension)
    if options.dimensions in (None, dimension):
        return {"dimension": dimension}
    return {"dimension": options.dimensions, "reduction": options.reduce, "model_dimension": dimension}


def _with(state: BuildState, earlier: _Earlier) -> BuildState:
    model, calibration, words, projection = earlier
    return replace(state, model=model, calibration=calibration, words=words, projection=projection)


def _read(record: VersionRecord, store: Store) -> _Earlier | None:
    """The clusters and words of another version, or None if something of them is missing."""
    try:
        words = store.words.read(record)
        if words is None or words.regions is None:
            return None
        return (*store.clusters.read(record), words, store.clusters.projection(record))
    except RedisUnavailable:
        raise
    except StoreError:
        return None


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
