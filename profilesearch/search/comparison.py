"""One search with and without its cluster filter: who moves, who vanishes, and what they are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .pipeline import SearchPipeline
from .request import SearchRequest
from .results import Result, SearchPage
from .snapshot import Snapshot

_MOST_VALUES = 3


@dataclass(frozen=True)
class Compared:
    """A result in one of the two lists, and its rank in the other; None if it is not there."""

    result: Result
    other_rank: int | None

    @property
    def moved(self) -> int | None:
        """Places that it is higher here than in the other list."""
        return None if self.other_rank is None else self.other_rank - self.result.rank


@dataclass(frozen=True)
class Comparison:
    """Two answers to one text.

    Attributes:
        filtered, everybody: the searches, within the predicted cluster and over everything.
        here, there: their results, each with its rank in the other.
        lost: results of ``everybody`` that the filtered list lacks; they are nearer to the text than whoever took their
            places.
        lost_values: what the lost ones are, by the version's first tag field, most frequent first.
        instead_values: the same of those who took their places.
    """

    filtered: SearchPage
    everybody: SearchPage
    here: tuple[Compared, ...]
    there: tuple[Compared, ...]
    lost: int
    lost_values: tuple[tuple[str, int], ...]
    instead_values: tuple[tuple[str, int], ...]


def compare(pipeline: SearchPipeline, request: SearchRequest, snapshot: Snapshot) -> Comparison:
    """Search twice, in the predicted cluster and in everything, on one version."""
    filtered = pipeline.search(replace(request, mode="predicted", picked=(), probes=None, offset=0), snapshot)
    everybody = pipeline.search(replace(request, mode="off", picked=(), probes=None, offset=0), snapshot)
    here, there = _against(filtered, everybody), _against(everybody, filtered)
    field = next(iter(snapshot.version.fields.tags), "")
    lost = [one for one in there if one.other_rank is None]
    return Comparison(filtered, everybody, here, there, len(lost), _values(lost, field), _values(here, field))


def _values(compared: Sequence[Compared], field: str) -> tuple[tuple[str, int], ...]:
    """The most frequent values of a tag field among those who are in one list alone."""
    alone = [one.result.hit for one in compared if one.other_rank is None]
    return tuple(Counter(value for hit in alone for value in hit.tags.get(field, ())).most_common(_MOST_VALUES))


def _against(page: SearchPage, other: SearchPage) -> tuple[Compared, ...]:
    ranks = {result.hit.id: result.rank for result in other.results}
    return tuple(Compared(result, ranks.get(result.hit.id)) for result in page.results)
