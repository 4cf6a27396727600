"""``rank``: from clusters to candidates, by one hybrid query over them."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ...store import Candidate, KnnQuery
from ..plan import Plan, Ranking, State
from ..request import MOST_RESULTS
from . import Tools


@dataclass(frozen=True)
class Rank:
    """One hybrid query over the chosen clusters; if they hold fewer than requested, one over more of them.

    Whether more are needed depends on ``k`` alone, so that every page is a window into the same list.
    """

    name: ClassVar[str] = "rank"
    tools: Tools

    def run(self, state: State) -> State:
        plan = state.plan
        request, route = plan.request, plan.route
        itself = bool(request.like)  # a profile is its own nearest neighbour
        clusters = None if request.mode == "off" else [cluster.id for cluster in route.chosen]
        query = KnnQuery(plan.vector, plan.depth + itself, request.filter.within(clusters))
        candidates, query = self._in_order(plan, query)
        searched = route.chosen
        enough = len(candidates) >= request.k or len(route.chosen) == len(route.ranked)
        if not enough and request.mode not in ("off", "picked"):
            counts = self.tools.store.counts.by_cluster(plan.snapshot.version, request.filter)
            searched = route.widened(request.k + itself, counts)
            query = replace(query, filter=request.filter.within(cluster.id for cluster in searched))
            candidates, query = self._in_order(plan, query)
        return replace(state, ranking=Ranking(tuple(candidates), searched, query))

    def _in_order(self, plan: Plan, query: KnnQuery) -> tuple[list[Candidate], KnnQuery]:
        """Candidates by distance, then id, without the profile that they should be like.

        Redis decides which of several equally distant profiles come last within K: if a tie reaches the end, the query
        is asked again 200 deep, so that every page orders it alike.
        """
        version, without = plan.snapshot.version, plan.request.like
        candidates = self.tools.store.rank(version, query)
        deepest = MOST_RESULTS + bool(without)
        if 1 < len(candidates) == query.k < deepest and candidates[-1].score == candidates[-2].score:
            query = replace(query, k=deepest)
            candidates = self.tools.store.rank(version, query)
        return [candidate for candidate in candidates if candidate.id != without][:MOST_RESULTS], query
