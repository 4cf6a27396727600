"""What FT.HYBRID says, as frozen data."""

from dataclasses import dataclass, field

from ..pipeline.steps import Load, Step
from .fusion import Linear, ReciprocalRank

DEFAULT_K = 10


@dataclass(frozen=True)
class TextSide:
    """SEARCH: the query, how it is scored, and the name its score is returned under, if any."""

    query: bytes
    scorer: str = "BM25STD"
    score_alias: bytes | None = None


@dataclass(frozen=True)
class Nearest:
    """KNN: how many neighbours, and options of the vector index."""

    k: int = DEFAULT_K
    options: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True)
class Within:
    """RANGE: everything up to this distance; ``epsilon`` is whether EPSILON was given."""

    radius: float
    epsilon: bool = False


@dataclass(frozen=True)
class VectorSide:
    """VSIM: the field, the name of the parameter that holds the vector, and which documents to compare."""

    field: bytes
    parameter: bytes
    method: Nearest | Within = Nearest()
    filter: bytes | None = None
    score_alias: bytes | None = None


@dataclass
class HybridOptions:
    """Both sides and what is done with the combined rows.

    Attributes:
        combine: how scores or ranks of both sides become one score.
        score_alias: the name of the combined score, None for ``__score``.
        loads: fields to return, read before every other step; none means key and score.
        steps: the other steps in order. ``sort`` is False after NOSORT.
    """

    text: TextSide
    vector: VectorSide
    combine: ReciprocalRank | Linear = ReciprocalRank()
    score_alias: bytes | None = None
    loads: list[Load] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    params: dict[bytes, bytes] = field(default_factory=dict)
    sort: bool = True
