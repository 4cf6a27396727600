"""``titles``: whoever is exactly what was typed comes first.

"Product manager" has the words of a product marketing manager, and lies near one; the title tells them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ...store import Candidate, KnnQuery
from ...vector_index import Metric
from ...words.ranked_lists import Fused, closeness
from ..plan import Ranking, State
from ..request import MOST_RESULTS
from . import Tools


@dataclass(frozen=True)
class ExactTitles:
    """Puts those whose title is the text before the others, the nearest first; only a typed text can be a title.

    They are looked for in the clusters that were searched, within the same filter.
    """

    name: ClassVar[str] = "titles"
    tools: Tools

    def run(self, state: State) -> State:
        plan = state.plan
        if plan.by != "hybrid" or plan.words is None or not plan.words.typed:
            return state
        try:
            titled = state.ranking.filter.titled(plan.compared)
        except ValueError:  # nothing is left of the text that a title could have
            return state
        query = KnnQuery(plan.vector, MOST_RESULTS, titled, type=plan.snapshot.version.vectors.type)
        exact = self.tools.store.rank(plan.snapshot.version, query)
        ranking = replace(state.ranking, title_query=query)
        return replace(state, ranking=_before(exact, ranking, plan.snapshot.version.vectors.metric))


def _before(exact: Sequence[Candidate], ranking: Ranking, metric: Metric) -> Ranking:
    """The ranking with some candidates, nearest first, before all others."""
    if not exact:
        return ranking
    best = max(ranking.scores.values(), default=0.0)
    fused, shares = dict(ranking.fused), dict(ranking.word_shares)
    first = []
    for candidate in exact:
        near = closeness(candidate.score, metric)
        before = fused.get(candidate.id, Fused(candidate.id, 0.0, None, None))
        from_words = shares.get(candidate.id, 0.0) * before.score
        shares[candidate.id] = from_words / (best + near) if best + near else 0.0
        fused[candidate.id] = Fused(candidate.id, best + near, before.words, near, candidate.passage)
        first.append(Candidate(candidate.id, best + near, higher_is_better=True))
    titled = frozenset(candidate.id for candidate in first)
    others = [candidate for candidate in ranking.candidates if candidate.id not in titled]
    candidates = (*first, *others)[:MOST_RESULTS]
    return replace(ranking, candidates=candidates, fused=fused, titled=titled, word_shares=shares)
