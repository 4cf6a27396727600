"""An answer: a page of results, and what can be told of where they came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..store import KnnQuery, VersionRecord, command
from .plan import Plan, Ranking, State
from .request import SearchRequest
from .results import Result
from .routing import RankedCluster, recall_to_expect


@dataclass(frozen=True)
class Reason:
    """Something to tell about an answer, for an edge to put into words.

    ========== ======================================================================================
    ``few``    the query ranked fewer than requested: ``count``; ``filtered``, ``everywhere`` are 0 or 1
    ``gone``   ``count`` of this page's profiles were removed before they could be read, or are damaged
    ``wider``  the chosen clusters hold fewer than ``count``, so further ones were searched; ``filtered``
    ========== ======================================================================================
    """

    code: Literal["few", "gone", "wider"]
    values: Mapping[str, int]


@dataclass(frozen=True)
class SearchPage:
    """A page of results. What only some readers ask for is worked out when it is asked for.

    Attributes:
        plan: what was asked, on which version, where, and how deep.
        ranking: what was ranked, and the clusters that were searched.
        results: those of this page, best first.
        timings: milliseconds of each stage by its name, and of all of it as ``total``.
    """

    plan: Plan
    ranking: Ranking
    results: tuple[Result, ...]
    timings: Mapping[str, float]

    @classmethod
    def of(cls, state: State) -> "SearchPage":
        """The page of a search whose stages have run."""
        return cls(state.plan, state.ranking, state.results, state.timings)

    @property
    def request(self) -> SearchRequest:
        return self.plan.request

    @property
    def version(self) -> VersionRecord:
        return self.plan.snapshot.version

    @property
    def ranked(self) -> tuple[RankedCluster, ...]:
        """Every cluster, nearest first."""
        return self.plan.route.ranked

    @property
    def searched(self) -> tuple[RankedCluster, ...]:
        """The clusters that were searched, nearest first."""
        return self.ranking.searched

    @property
    def query(self) -> KnnQuery:
        """The query that Redis answered."""
        assert self.ranking.query is not None, "the stage rank has not run"
        return self.ranking.query

    @property
    def command(self) -> tuple[str, ...]:
        """The words of the command that Redis answered, but for the last one, which is the query's vector."""
        return tuple(str(word) for word in command.search(self.version.index, self.query)[:-1])

    @property
    def predicted(self) -> RankedCluster:
        """The cluster that the query itself belongs to."""
        return self.ranked[0]

    @property
    def outside(self) -> int:
        """How many of the results the predicted cluster alone would have lost."""
        return sum(result.hit.cluster != self.predicted.id for result in self.results)

    @property
    def more(self) -> bool:
        """Whether another page has results."""
        return len(self.ranking.candidates) > self.request.offset + self.request.k

    @property
    def recall(self) -> float | None:
        """The share of the true nearest neighbours to expect, as calibrated; None if not measured."""
        return recall_to_expect(self.request, self.plan.route, len(self.searched), self.plan.snapshot.calibration)

    @property
    def floor(self) -> float:
        """The similarity below which a result is weak."""
        return self.plan.snapshot.calibration.floor

    @property
    def place(self) -> tuple[float, float]:
        """The query's place on the map."""
        return self.plan.snapshot.place(self.plan.vector)

    @property
    def reason(self) -> Reason | None:
        """Why there are fewer results than requested, or where they came from beyond the chosen clusters, if so."""
        request, candidates = self.request, len(self.ranking.candidates)
        filtered = int(bool(request.tags or request.numbers))
        if candidates < request.offset + request.k:
            everywhere = int(len(self.searched) == len(self.ranked))
            return Reason("few", {"count": candidates, "filtered": filtered, "everywhere": everywhere})
        if len(self.results) < request.k:
            return Reason("gone", {"count": request.k - len(self.results)})
        if len(self.searched) > len(self.plan.route.chosen):
            return Reason("wider", {"count": request.k, "filtered": filtered})
        return None
