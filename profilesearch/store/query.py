"""What is asked of a version, and what it answers; how that is written for Redis is in :mod:`.command`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..vectors import Vectors
from .filter import Filter


@dataclass(frozen=True)
class KnnQuery:
    """The ``k`` profiles that are nearest to a vector, among those that a filter admits.

    Attributes:
        vector: ``(dim,)`` float32.
        ef_runtime: how many candidates HNSW examines; None for the index's own number. FLAT takes none.
    """

    vector: Vectors
    k: int
    filter: Filter = field(default_factory=Filter)
    ef_runtime: int | None = None


class Candidate(NamedTuple):
    """A profile that a query ranked: its id, and its score.

    Of a KNN query the score is the distance as Redis gives it, of which lower is better.
    """

    id: str
    score: float
    higher_is_better: bool = False


@dataclass(frozen=True)
class Hit:
    """One profile that was read, with the score of the candidate it was read for."""

    id: str
    score: float
    title: str
    text: str
    cluster: int
    tags: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, float]
