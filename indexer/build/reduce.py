"""Stage ``reduce``: vectors of fewer numbers, if they are asked for, and what they and smaller ones lose, measured before anything
is written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.clusters.neighbours import NeighbourSearch
from profilesearch.embedding import embeds_texts
from profilesearch.errors import EncoderError, VerificationFailed
from profilesearch.projection import Projection, fit_directions
from profilesearch.store import Store
from profilesearch.vector_index import VectorIndex
from profilesearch.vectors import Vectors

from ..job import Job
from ..spool import Spool
from ..wording import word
from .state import BuildState, made

NEIGHBOURS = 10
_LEAST, _MOST = 20, 500
"""Profiles that ask for their nearest: a tenth of all, within these bounds."""

_EQUAL = 1e-5
"""Cosines that differ by less are equal: which of two equals is found tells nothing."""

_SEED = 19


@dataclass(frozen=True)
class Loss:
    """A size of vectors, and the share of the ten nearest by whole vectors that is found by these."""

    vectors: VectorIndex
    recall: float


def check_size(state: BuildState, store: Store) -> None:
    """Check that there can be vectors as the options say, before anything is read.

    Raises:
        EncoderError: the model has fewer numbers than are asked for.
        StoreError: Redis does not know the type.
    """
    options = state.options
    if options.vector_type != "float32":
        store.indexes.require_type(options.vector_type)
    if options.dimensions is not None and embeds_texts(state.encoder.name):
        check_dimensions(options.dimensions, state.encoder.name, state.encoder.dimension)


def check_dimensions(wanted: int | None, model: str, dimension: int) -> None:
    """Check that a model gives as many numbers as are wanted.

    Raises:
        EncoderError: it gives fewer.
    """
    if wanted is not None and wanted > dimension:
        raise EncoderError(
            f"the model {model} gives vectors of {dimension} numbers: expected at most so many --dimensions, got {wanted}"
        )


def reduce(state: BuildState, job: Job) -> BuildState:
    """Reduce all vectors as the options say.

    Raises:
        VerificationFailed: too little of what whole vectors find is found by them.
    """
    vectors = made(state.inputs).vectors
    if vectors.is_whole:
        return state
    with job.stage("reduce"):
        asked = _asked(len(state.spool))
        projection = state.projection or _projection(state.spool, vectors, asked)
        losses = _losses(state.spool, asked, vectors, projection)
        _gate(losses, state.options.min_recall, job)
        if projection is not None:
            state.spool.replace_vectors(projection.of)
            state.passages.replace_vectors(projection.of)
    return replace(state, projection=projection)


def _asked(rows: int) -> Integers:
    """Rows picked at random; ascending."""
    amount = min(rows, max(_LEAST, min(_MOST, rows // 10)))
    return np.sort(np.random.default_rng(_SEED).choice(rows, amount, replace=False))


def _projection(spool: Spool, vectors: VectorIndex, asked: Integers) -> Projection | None:
    """Fitted on all rows but those that are asked with, unless there are too few others."""
    if vectors.reduction != "pca":
        return None if vectors.reduction is None else Projection(vectors.dimension)
    few = len(spool) < 2 * (vectors.dimension + len(asked))
    return fit_directions(spool.vectors() if few else _others(spool, asked), vectors.dimension)


def _others(spool: Spool, asked: Integers) -> Iterator[Vectors]:
    first = 0
    for chunk in spool.vectors():
        own = asked[(asked >= first) & (asked < first + len(chunk))] - first
        yield np.delete(chunk, own, axis=0)
        first += len(chunk)


def _losses(spool: Spool, asked: Integers, vectors: VectorIndex, projection: Projection | None) -> list[Loss]:
    """What each part of the size costs by itself, where there are two, and what is asked for last; in one reading."""
    whole = VectorIndex(vectors.model_shape[0])
    forms = [vectors]
    if vectors.reduction is not None and vectors.type != "float32":
        forms = [replace(vectors, type="float32"), replace(whole, type=vectors.type), vectors]
    own = spool.vectors_at(asked)

    def formed(form: VectorIndex, some: Vectors) -> Vectors:
        return form.rounded(some if form.reduction is None or projection is None else projection.of(some))

    searches = [(form, NeighbourSearch(formed(form, own), NEIGHBOURS, asked)) for form in (whole, *forms)]
    for chunk in spool.vectors():
        for form, search in searches:
            search.add(formed(form, chunk))
    exact = _cosines(spool, own, searches[0][1].nearest())
    return [
        Loss(form, float(np.mean(_cosines(spool, own, search.nearest()) >= exact[:, -1:] - _EQUAL)))
        for form, search in searches[1:]
    ]


def _cosines(spool: Spool, own: Vectors, nearest: Integers) -> Vectors:
    """``(q, 10)`` how near by whole vectors those are that were found."""
    found = spool.vectors_at(nearest.ravel()).reshape(*nearest.shape, -1)
    return np.asarray(np.einsum("qd,qnd->qn", own, found))


def _gate(losses: Sequence[Loss], least: float, job: Job) -> None:
    wanted = losses[-1]
    job.report.facts["recall_of_smaller"] = round(wanted.recall, 4)
    lines = [word("build.loss", size=str(loss.vectors), bytes=loss.vectors.size, recall=loss.recall) for loss in losses]
    if wanted.recall < least:
        raise VerificationFailed(
            f"vectors of {wanted.vectors} were not indexed: expected a recall@{NEIGHBOURS} of at least {least:g} against "
            f"whole float32 vectors, got {wanted.recall:.3f}:\n" + "\n".join(lines),
            code="smaller",
        )
    for line in lines:
        job.report.say("build.line", line=line)
