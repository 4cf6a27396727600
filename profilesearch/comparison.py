"""One search with and without its cluster filter: who moves, who vanishes, and what they are."""

from collections import Counter
from dataclasses import dataclass, replace

from .request import SearchRequest
from .results import Result, SearchPage
from .routing import Snapshot
from .search import SearchPipeline


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
        field: the tag field by which others are told apart; empty if there is none.
        usual: its most frequent value in the filtered list.
        vanished: results of ``everybody`` that the filtered list lacks.
        others: how many of those have another value.
    """

    filtered: SearchPage
    everybody: SearchPage
    here: tuple[Compared, ...]
    there: tuple[Compared, ...]
    field: str
    usual: str
    vanished: int
    others: int


def compare(pipeline: SearchPipeline, request: SearchRequest, snapshot: Snapshot) -> Comparison:
    """Search twice, in the predicted cluster and in everything, on one version."""
    filtered = pipeline.search(replace(request, mode="predicted", picked=(), probes=None, offset=0), snapshot)
    everybody = pipeline.search(replace(request, mode="off", picked=(), probes=None, offset=0), snapshot)
    here, there = _against(filtered, everybody), _against(everybody, filtered)
    field = snapshot.version.fields.tags[0] if snapshot.version.fields.tags else ""
    values = Counter(value for result in filtered.results for value in result.hit.tags.get(field, ()))
    usual = values.most_common(1)[0][0] if values else ""
    gone = [each.result for each in there if each.other_rank is None]
    others = sum(usual not in result.hit.tags.get(field, ()) for result in gone) if usual else 0
    return Comparison(filtered, everybody, here, there, field, usual, len(gone), others)


def _against(page: SearchPage, other: SearchPage) -> tuple[Compared, ...]:
    ranks = {result.hit.id: result.rank for result in other.results}
    return tuple(Compared(result, ranks.get(result.hit.id)) for result in page.results)
