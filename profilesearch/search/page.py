"""An answer: a page of results, and what can be told of where they came from."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..store import Filter, VersionRecord, command
from .plan import Plan, Ranking, State
from .reasons import Reason
from .request import SearchRequest
from .results import Result
from .routing import RankedCluster, recall_to_expect


@dataclass(frozen=True)
class SearchPage:
    """A page of results. What only some readers ask for is worked out when it is asked for.

    Attributes:
        plan: what was asked, on which version, where, and how deep.
        ranking: what was ranked, and the clusters that were searched.
        results: those of this page, best first.
        notes: what stages have to tell.
        timings: milliseconds of each stage by its name, and of all of it as ``total``.
    """

    plan: Plan
    ranking: Ranking
    results: tuple[Result, ...]
    notes: tuple[Reason, ...]
    timings: Mapping[str, float]

    @classmethod
    def of(cls, state: State) -> "SearchPage":
        """The page of a search whose stages have run."""
        return cls(state.plan, state.ranking, state.results, state.notes, state.timings)

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
    def filter(self) -> Filter:
        """What profiles were compared."""
        return self.ranking.filter

    @property
    def clusters(self) -> tuple[int, ...] | None:
        """The numbers of the clusters that were searched; None if all were."""
        return self.ranking.filter.clusters

    @property
    def commands(self) -> tuple[tuple[str, ...], ...]:
        """The words of each command that Redis answered; ``$vec`` stands for the query's vector."""
        queries = (*self.ranking.queries, *([self.ranking.title_query] if self.ranking.title_query else []))
        commands = [words for query in queries for words in command.commands_of(self.version, query)]
        return tuple(tuple("$vec" if isinstance(word, bytes) else str(word) for word in words) for words in commands)

    @property
    def predicted(self) -> RankedCluster:
        """The cluster that the query itself belongs to."""
        return self.ranked[0]

    @property
    def outside(self) -> int:
        """How many of the results the predicted cluster alone would have lost."""
        return sum(result.hit.found_in != self.predicted.id for result in self.results)

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
        filtered = int(self.plan.filter != Filter())
        if candidates < request.offset + request.k:
            everywhere = int(len(self.searched) == len(self.ranked))
            words = int(self.plan.by == "words")
            return Reason("few", {"count": candidates, "words": words, "filtered": filtered, "everywhere": everywhere})
        if len(self.results) < request.k:
            return Reason("gone", {"count": request.k - len(self.results)})
        if len(self.searched) > len(self.plan.route.chosen):
            return Reason("wider", {"count": request.k, "filtered": filtered})
        return None
