"""Fewer dimensions and smaller numbers: what they save and what they cost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from profilesearch.vectors import Vectors, unit_rows

from ..evaluate.measures import Estimate, Quality, measure
from .retrieval import Asked, overlap, rank

VectorType = Literal["float32", "float16", "bfloat16", "int8"]
Reduction = Literal["first", "pca"]
BYTES: Mapping[str, int] = {"float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
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
    if form.reduction == "pca" and form.dimension < documents.shape[1]:
        directions = np.linalg.eigh(documents.T @ documents)[1][:, ::-1][:, : form.dimension]
        documents, queries = documents @ directions, queries @ directions
    documents, queries = _unit(documents[:, : form.dimension]), _unit(queries[:, : form.dimension])
    return _unit(_rounded(documents, form.type)), _unit(_rounded(queries, form.type))


def _rounded(vectors: Vectors, type_: VectorType) -> Vectors:
    """Each row with as few bits as the type has; for int8 the row's largest number becomes 127."""
    if type_ == "float16":
        return vectors.astype(np.float16).astype(np.float32)
    if type_ == "bfloat16":
        bits = np.ascontiguousarray(vectors, np.float32).view(np.uint32)
        nearest = bits + 0x7FFF + ((bits >> 16) & 1)  # to the nearest, ties to even
        return np.asarray((nearest & 0xFFFF0000).astype(np.uint32).view(np.float32))
    if type_ == "int8":
        return np.asarray(np.rint(vectors * (127 / np.abs(vectors).max(axis=1, keepdims=True))), np.float32)
    return vectors


def _unit(vectors: Vectors) -> Vectors:
    """Rows of length 1; one that has lost its direction keeps a little of each number, which is near to nothing."""
    empty = np.logical_not(np.abs(vectors).max(axis=1, keepdims=True))
    return unit_rows(np.where(empty, np.float32(1), vectors))
