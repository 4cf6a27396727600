"""What a build is told to do, with its defaults. Imports nothing that takes time: the command line shows the defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from profilesearch.projection import Reduction
    from profilesearch.vector_index import Algorithm, Metric
    from profilesearch.vector_type import VectorType

    from ..columns import ColumnChoice
    from ..formats import Format


LongTexts = Literal["cut", "mean", "passages"]


@dataclass(frozen=True)
class BuildOptions:
    """What the command line says of a build.

    Attributes:
        source: a file, a pipe, or ``-`` for standard input.
        columns: which of its columns make a profile; by default the sample's, as far as the source has them.
        format: of the source; by default its ending tells.
        rejects: where bad rows go; without it, one of them refuses the source.
        long_texts: what of a text counts that is longer than the model reads: its beginning (``cut``), the mean of
            overlapping windows (``mean``), or besides these each window by itself (``passages``).
        token_vectors: how many token vectors are kept with each profile at the most, so that the reranker ``late`` need
            not compute them; 0 keeps none.
        clusters: how many, or ``auto`` to measure.
        algorithm, metric, m, ef_construction, ef_runtime: of the vector index.
        vector_type: of the numbers in it.
        dimensions: how many numbers a vector has in it; None for as many as the model gives.
        reduce: which numbers these are.
        min_recall: recall@10 that an HNSW index, or one of smaller vectors, needs to go live.
        allow_shrink: whether it may have far fewer profiles than the live version.
        queries, qrels: queries of which it is known who fits, to learn from how much words count and which clusters are
            searched; by default, both are measured with queries made of the profiles.
        labels: owners whose labels and stars are such queries.
        language: ISO 639-1 code of the texts' language, which says how words are stemmed; by default it is detected.
        canaries: queries to compare with the live version; by default the latest that were asked.
        min_canary_overlap: their mean overlap@10 that it needs to go live.
        floor: cosine below which a result probably does not fit, as a tuned model's card says; by default it is what 95 %
            of random pairs stay below.
        keep: how many retired versions of each model stay.
        default: whether it becomes the default, though that is of another model.
    """

    source: str
    columns: ColumnChoice | None = None
    format: Format | None = None
    rejects: Path | None = None
    long_texts: LongTexts = "mean"
    token_vectors: int = 0
    clusters: int | Literal["auto"] = 10
    algorithm: Algorithm = "flat"
    metric: Metric = "cosine"
    m: int = 16
    ef_construction: int = 200
    ef_runtime: int = 100
    vector_type: VectorType = "float32"
    dimensions: int | None = None
    reduce: Reduction = "pca"
    min_recall: float = 0.95
    allow_shrink: bool = False
    queries: Path | None = None
    qrels: Path | None = None
    labels: tuple[str, ...] = ()
    language: str | None = None
    canaries: Path | None = None
    min_canary_overlap: float | None = None
    floor: float | None = None
    keep: int = 2
    default: bool = False
