"""``diversify``: fewer people who are all alike, if the request asks for variety.

Maximal marginal relevance: Carbonell and Goldstein 1998 (https://doi.org/10.1145/290941.291025).
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ...vectors import Vectors
from ..plan import State
from . import Tools

DIVERSIFIED = 100
"""Candidates that are looked at, whatever the page: then every page is a window into one list."""


@dataclass(frozen=True)
class Diversify:
    """Takes one candidate after the other: that which ranks high, and is not like those that were taken before."""

    name: ClassVar[str] = "diversify"
    tools: Tools

    def run(self, state: State) -> State:
        diversity = state.plan.request.diversity
        if not diversity:
            return state
        first = state.ranking.candidates[:DIVERSIFIED]
        read = self.tools.store.profiles.vectors(state.plan.snapshot.version, [candidate.id for candidate in first])
        readable = [candidate for candidate in first if candidate.id in read]
        order = by_marginal_relevance(np.stack([read[c.id] for c in readable]), diversity) if readable else []
        rest = [candidate for candidate in state.ranking.candidates if candidate.id not in read]
        candidates = (*(readable[i] for i in order), *rest)
        return replace(state, ranking=replace(state.ranking, candidates=candidates))


def by_marginal_relevance(vectors: Vectors, diversity: float) -> list[int]:
    """Rows in the order in which they are taken.

    Args:
        vectors: ``(n, dim)`` float32 rows of length 1, most relevant first. Relevance falls evenly from 1 to 0 over them:
            scores of different rankings cannot be compared with a cosine.
        diversity: from 0, the order they came in, to 1, the most different first after the best.
    """
    count = len(vectors)
    relevance = (1 - diversity) * (1 - np.arange(count) / max(1, count))
    likeness = np.full(count, -1.0)  # of each to the most similar that was taken
    left = np.ones(count, bool)
    order: list[int] = []
    for _ in range(count):
        worth = np.where(left, relevance - diversity * likeness, -np.inf)
        best = 0 if not order else int(worth.argmax())
        order.append(best)
        left[best] = False
        likeness = np.maximum(likeness, vectors @ vectors[best])
    return order
