"""Two answers to one text, with and without its cluster filter, or by two models: who moves, who vanishes, what they are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..store import Hit, VersionRecord
from .pipeline import HITS, SearchPipeline
from .plan import State
from .request import SearchRequest
from .snapshot import Snapshot

_MOST_VALUES = 3


@dataclass(frozen=True)
class Compared:
    """A profile in one of the two lists: its rank here, and in the other, None if it is not there."""

    hit: Hit
    rank: int
    similarity: float
    other_rank: int | None

    @property
    def moved(self) -> int | None:
        """Places that it is higher here than in the other list."""
        return None if self.other_rank is None else self.other_rank - self.rank


@dataclass(frozen=True)
class Comparison:
    """Two answers to one text.

    Attributes:
        request: what was asked, within the predicted cluster.
        here, there: who is found within the predicted cluster, and over everything.
        lost: how many of ``there`` are not in ``here``; they rank before whoever took their places.
        lost_values: what the lost ones are, by the version's first tag field, most frequent first.
        instead_values: the same of those who took their places.
    """

    request: SearchRequest
    here: tuple[Compared, ...]
    there: tuple[Compared, ...]
    lost: int
    lost_values: tuple[tuple[str, int], ...]
    instead_values: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Side:
    """What one model answers.

    Attributes:
        version: the version that was asked.
        people: who is found, best first.
        milliseconds: what finding them took, from text to profiles.
    """

    version: VersionRecord
    people: tuple[Compared, ...]
    milliseconds: float

    @property
    def alone(self) -> int:
        """How many the other model does not find."""
        return sum(one.other_rank is None for one in self.people)


@dataclass(frozen=True)
class ModelComparison:
    """What two models answer to one text."""

    request: SearchRequest
    left: Side
    right: Side

    @property
    def shared(self) -> int:
        """How many both find."""
        return len(self.left.people) - self.left.alone


def compare_models(left: SearchPipeline, right: SearchPipeline, request: SearchRequest) -> ModelComparison:
    """Ask two models' versions the same.

    Args:
        left, right: each pinned to its version.
        request: what to ask; its page is the first.

    Raises:
        InvalidRequest, StoreError: see :meth:`SearchPipeline.search`.
    """
    request = replace(request, offset=0)
    states = [pipeline.run(HITS, request) for pipeline in (left, right)]
    sides = [
        Side(state.plan.snapshot.version, _against(state, other), sum(state.timings.values()))
        for state, other in zip(states, reversed(states), strict=True)
    ]
    return ModelComparison(request, *sides)


def compare(pipeline: SearchPipeline, request: SearchRequest, snapshot: Snapshot) -> Comparison:
    """Search twice, in the predicted cluster and in everything, on one version.

    Raises:
        InvalidRequest, StoreError: see :meth:`SearchPipeline.search`.
    """
    within = replace(request, mode="predicted", picked=(), probes=None, offset=0)
    filtered = pipeline.run(HITS, within, snapshot)
    everybody = pipeline.run(HITS, replace(within, mode="off"), snapshot)
    here, there = _against(filtered, everybody), _against(everybody, filtered)
    field = next(iter(snapshot.version.fields.tags), "")
    lost = [one for one in there if one.other_rank is None]
    return Comparison(within, here, there, len(lost), _values(lost, field), _values(here, field))


def _values(compared: Sequence[Compared], field: str) -> tuple[tuple[str, int], ...]:
    """The most frequent values of a tag field among those who are in one list alone."""
    alone = [one.hit for one in compared if one.other_rank is None]
    return tuple(Counter(value for hit in alone for value in hit.tags.get(field, ())).most_common(_MOST_VALUES))


def _against(state: State, other: State) -> tuple[Compared, ...]:
    ranks = {hit.id: rank for rank, hit in enumerate(other.hits, 1)}
    similarity = state.plan.snapshot.version.vectors.similarity
    return tuple(
        Compared(hit, rank, similarity(hit.score), ranks.get(hit.id)) for rank, hit in enumerate(state.hits, 1)
    )
