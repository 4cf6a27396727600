"""``present``: from profiles to results, each with its rank, snippet and similarity."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ...store import Hit
from ...text.snippet import snippet, words_of
from ..plan import Plan, State
from ..results import Result
from . import Tools


@dataclass(frozen=True)
class Present:
    """Says of each hit what a page of results shows."""

    name: ClassVar[str] = "present"
    tools: Tools

    def run(self, state: State) -> State:
        plan = state.plan
        words = words_of(plan.request.query)
        ranks = range(plan.request.offset + 1, plan.request.offset + 1 + len(state.hits))
        results = tuple(_result(plan, rank, hit, words) for rank, hit in zip(ranks, state.hits, strict=True))
        return replace(state, results=results)


def _result(plan: Plan, rank: int, hit: Hit, words: frozenset[str]) -> Result:
    similarity = plan.snapshot.version.vectors.similarity(hit.score)
    text = hit.text.removeprefix(hit.title).strip() or hit.text
    return Result(
        rank=rank,
        hit=hit,
        snippet=snippet(text, words),
        similarity=similarity,
        label=plan.snapshot.label(hit.cluster),
        weak=similarity < plan.snapshot.calibration.floor,
        beyond=all(hit.cluster != cluster.id for cluster in plan.route.chosen),
    )
