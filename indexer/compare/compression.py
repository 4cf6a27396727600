"""Fewer dimensions and smaller numbers: what they save and what they cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from profilesearch.projection import Projection, direction_kept, fit_directions
from profilesearch.vector_type import BYTES, VectorType, rounded
from profilesearch.vectors import Vectors

from ..evaluate.measures import Estimate, Quality, measure
from .retrieval import Asked, overlap, rank

Reduction = Literal["first", "pca"]
REDUCTIONS: tuple[Reduction, ...] = get_args(Reduction)


@dataclass(frozen=True)
class Form:
    """A form of vectors.

    Attributes:
        dimension: numbers that are kept.
        reduction: which: the ``first``, as models want that were trained for it (matryoshka, Kusupati et al. 2022), or the
            strongest directions of the corpus (``pca``, not centred, so that cosines are kept as well as can be).
        type: of each number, as Redis names it.
    """

    dimension: int
    reduction: Reduction
    type: VectorType


@dataclass(frozen=True)
class Compressed:
    """What a form costs.

    Attributes:
        form: the form.
        bytes: of a profile's vector.
        recall: recall@10 against the vectors as the model gave them, in float32.
        ndcg: nDCG@10, tested against these.
    """

    form: Form
    bytes: int
    recall: float
    ndcg: Estimate


def compress(asked: Asked, forms: Iterable[Form], exact: Quality) -> list[Compressed]:
    """Measure forms of the vectors by exact search.

    Args:
        asked: vectors as the model gave them.
        forms: what is tried.
        exact: quality of these vectors.
    """
    whole = rank(asked)
    measured = []
    for form in forms:
        documents, queries = transform(asked.documents, asked.queries, form)
        rankings = rank(replace(asked, documents=documents, queries=queries))
        quality = measure(asked.task, rankings, {}, exact)
        size = form.dimension * BYTES[form.type]
        measured.append(Compressed(form, size, overlap(whole, rankings), quality.metrics["nDCG@10"]))
    return measured


def forms_of(dimension: int, dimensions: Sequence[int], types: Sequence[VectorType]) -> list[Form]:
    """Every type at full dimension, and in float32 every smaller dimension in both ways."""
    whole = [Form(dimension, "first", type_) for type_ in types if type_ != "float32"]
    return whole + [Form(size, way, "float32") for size in dimensions if size < dimension for way in REDUCTIONS]


def transform(documents: Vectors, queries: Vectors, form: Form) -> tuple[Vectors, Vectors]:
    """``(n, dim)`` and ``(q, dim)`` vectors in a form, as float32 rows of length 1 of what the form can hold."""
    projection = Projection(form.dimension)
    if form.reduction == "pca" and form.dimension < documents.shape[1]:
        projection = fit_directions([documents], form.dimension)
    documents, queries = (rounded(projection.of(each), form.type) for each in (documents, queries))
    return direction_kept(documents), direction_kept(queries)
