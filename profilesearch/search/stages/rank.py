"""``rank``: from clusters to candidates, by one query over them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ...store import Candidate, Filter, KnnQuery
from ...store.query import HybridQuery, WordQuery
from ...words.ranked_lists import word_shares
from ..plan import Plan, Ranking, State
from ..request import MOST_RESULTS
from ..routing import RankedCluster
from . import Tools


@dataclass(frozen=True)
class Rank:
    """One query over the chosen clusters; if they hold fewer than requested, one over more of them.

    Whether more are needed depends on ``k`` alone, so that every page is a window into the same list. Lists of words are
    always as deep as pages go, since who is in a list that is fused depends on its depth.
    """

    name: ClassVar[str] = "rank"
    tools: Tools

    def run(self, state: State) -> State:
        plan = state.plan
        route, k = plan.route, plan.request.k
        ranking = self._over(plan, route.chosen)
        enough = len(ranking.candidates) >= k or len(route.chosen) == len(route.ranked)
        if not enough and plan.request.mode not in ("off", "picked"):
            itself = bool(plan.request.like)
            counts = self.tools.store.counts.by_cluster(plan.snapshot.version, plan.filter)
            ranking = self._over(plan, route.widened(k + itself, counts))
        return replace(state, ranking=ranking)

    def _over(self, plan: Plan, clusters: Sequence[RankedCluster]) -> Ranking:
        everywhere = plan.request.mode == "off" or plan.by == "words" and len(clusters) == len(plan.route.ranked)
        within = plan.filter.within(None if everywhere else [cluster.id for cluster in clusters])
        ranking = {"meaning": self._by_meaning, "words": self._by_words, "hybrid": self._by_both}[plan.by](plan, within)
        return replace(ranking, searched=tuple(clusters))

    def _by_meaning(self, plan: Plan, within: Filter) -> Ranking:
        """Candidates by distance, then id, without the profile that they should be like.

        Redis decides which of several equally distant profiles come last within K: if a tie reaches the end, the query
        is asked again 200 deep, so that every page orders it alike.
        """
        version, without = plan.snapshot.version, plan.request.like
        itself = bool(without)  # a profile is its own nearest neighbour
        query = KnnQuery(plan.vector, plan.depth + itself, within, type=version.vectors.type)
        deepest = MOST_RESULTS + itself
        candidates = self.tools.store.rank(version, query)
        if 1 < len(candidates) == query.k < deepest and candidates[-1].score == candidates[-2].score:
            query = replace(query, k=deepest)
            candidates = self.tools.store.rank(version, query)
        others = tuple(candidate for candidate in candidates if candidate.id != without)
        return Ranking(others[:MOST_RESULTS], queries=(query,))

    def _by_words(self, plan: Plan, within: Filter) -> Ranking:
        assert plan.words is not None, "there are words"
        query = WordQuery(plan.words.terms, MOST_RESULTS, within, plan.words.fields, plan.words.language)
        return Ranking(tuple(self.tools.store.hybrid.by_words(plan.snapshot.version, query)), queries=(query,))

    def _by_both(self, plan: Plan, within: Filter) -> Ranking:
        assert plan.words is not None, "there are words"
        near = KnnQuery(plan.vector, MOST_RESULTS, within, type=plan.snapshot.version.vectors.type)
        words = WordQuery(plan.words.terms, MOST_RESULTS, within, plan.words.fields, plan.words.language)
        query = HybridQuery(near, words, plan.words.fusion)
        union = self.tools.store.hybrid.by_both(plan.snapshot.version, query)
        fused = {entry.id: entry for entry in union[:MOST_RESULTS]}
        candidates = tuple(Candidate(entry.id, entry.score, True) for entry in fused.values())
        queries = (query,) if self.tools.store.hybrid.fuses_there(plan.snapshot.version, query) else (near, words)
        return Ranking(candidates, queries=queries, fused=fused, word_shares=word_shares(query.fusion, union))
