"""What smaller vectors cost: copies of the live version's vectors in other sizes, each asked every query and removed again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np

from profilesearch.errors import SettingsError
from profilesearch.projection import Projection, Reduction, fit_directions
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import MOST_RESULTS
from profilesearch.store import KnnQuery, Store, VersionRecord
from profilesearch.vector_index import VectorIndex
from profilesearch.vector_type import VectorType
from profilesearch.vectors import Vectors

from .modes import Run, timed
from .tasks import Task

_AT_ONCE = 2000


@dataclass(frozen=True)
class Sizes:
    """Which sizes are tried: types of numbers, and how many of them; each kind alone, and every pair."""

    types: Sequence[VectorType] = ()
    dimensions: Sequence[int] = ()


NO_SIZES = Sizes()


@dataclass(frozen=True)
class Size:
    """Vectors of one size.

    Attributes:
        vectors: how they are indexed.
        hash_bytes: of a hash with nothing but its vector, as Redis measures it.
        index_bytes: of a vector in the index, as FT.INFO says.
        run: what is found, by meaning, everything searched; timed without embedding.
    """

    vectors: VectorIndex
    hash_bytes: float
    index_bytes: float
    run: Run


def run_sizes(pipeline: SearchPipeline, store: Store, task: Task, sizes: Sizes) -> list[Size]:
    """Every size over the same profiles and queries; the first is the live version's own, whole float32 vectors.

    Raises:
        SettingsError: the live version has smaller vectors itself, or fewer numbers than are tried.
    """
    if not (sizes.types or sizes.dimensions):
        return []
    record = pipeline.snapshot().version
    _check(record, sizes)
    for type_ in sizes.types:
        store.indexes.require_type(type_)
    queries = {query: pipeline.embed(text) for query, text in task.queries.items()}
    return [_run(store, record, form, _Asked(task, queries)) for form in forms_of(record.vectors, sizes)]


def _check(record: VersionRecord, sizes: Sizes) -> None:
    vectors = record.vectors
    if not vectors.is_whole:
        raise SettingsError(
            f"{record.version} has vectors of {vectors} itself: expected a live version of whole float32 vectors to "
            "measure smaller ones against"
        )
    if too_many := [each for each in sizes.dimensions if each > vectors.dimension]:
        raise SettingsError(f"expected at most {vectors.dimension} dimensions, as {record.version} has, got {too_many}")


def forms_of(vectors: VectorIndex, sizes: Sizes) -> list[VectorIndex]:
    """The vectors as they are; smaller numbers; fewer numbers in both ways; and both by the strongest directions."""
    flat = VectorIndex(vectors.dimension, metric=vectors.metric)
    types = [replace(flat, type=type_) for type_ in sizes.types if type_ != "float32"]
    fewer = [
        replace(flat, dimension=size, reduction=way, model_dimension=flat.dimension)
        for size in sizes.dimensions
        if size < flat.dimension
        for way in get_args(Reduction)
    ]
    both = [replace(each, type=form.type) for each in fewer if each.reduction == "pca" for form in types]
    return [flat, *types, *fewer, *both]


def _projection(store: Store, record: VersionRecord, form: VectorIndex) -> Projection | None:
    if form.reduction != "pca":
        return None if form.reduction is None else Projection(form.dimension)
    return fit_directions((vectors for _, vectors in _vectors(store, record)), form.dimension)


def _vectors(store: Store, record: VersionRecord) -> Iterator[tuple[list[str], Vectors]]:
    """Ids, and their ``(n, dim)`` vectors, some at a time."""
    ids = sorted(store.profiles.ids(record))
    for first in range(0, len(ids), _AT_ONCE):
        read = store.profiles.vectors(record, ids[first : first + _AT_ONCE])
        if read:
            yield list(read), np.stack(list(read.values()))


@dataclass(frozen=True)
class _Asked:
    """A task, and the ``(dim,)`` vectors of its queries."""

    task: Task
    vectors: Mapping[str, Vectors]


def _run(store: Store, record: VersionRecord, form: VectorIndex, asked: _Asked) -> Size:
    projection, task = _projection(store, record, form), asked.task

    def reduced(vectors: Vectors) -> Vectors:
        return vectors if projection is None else projection.of(vectors)

    profiles = (each for ids, vectors in _vectors(store, record) for each in zip(ids, reduced(vectors), strict=True))
    texts = {task.queries[query]: reduced(vector[None])[0] for query, vector in asked.vectors.items()}
    with store.copies.of(record, form, profiles) as copy:

        def ask(text: str) -> list[str]:
            query = KnnQuery(texts[text], MOST_RESULTS, type=form.type)
            return [candidate.id for candidate in store.rank(copy.record, query)]

        rankings, times = timed(task, ask)
    return Size(form, copy.hash_bytes, copy.index_bytes, Run(str(form), rankings, times, 1.0, 0.0))
