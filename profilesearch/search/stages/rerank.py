"""``rerank``: the first candidates in the order that a model gives them, if the request names one."""

import logging
from dataclasses import dataclass, replace
from typing import ClassVar

from ..plan import State
from ..reasons import Reason
from ..rerankers import Text
from . import Tools

log = logging.getLogger(__name__)

RERANKED = 50
"""Candidates that are looked at, whatever the page: then every page is a window into one list."""


@dataclass(frozen=True)
class Rerank:
    """Asks a reranker about the first candidates; the others follow as they were.

    Where it fails, the ranking stays as it is, and a note says so.
    """

    name: ClassVar[str] = "rerank"
    tools: Tools

    def run(self, state: State) -> State:
        request = state.plan.request
        if not request.rerank:
            return state
        reranker = self.tools.rerankers[request.rerank]
        first = state.ranking.candidates[:RERANKED]
        vectors = self.tools.store.vectors(state.plan.snapshot.version, [candidate.id for candidate in first])
        hits = self.tools.store.read(state.plan.snapshot.version, first)
        texts = [Text(hit.id, hit.title, hit.text, vectors[hit.id]) for hit in hits if hit.id in vectors]
        try:
            scores = list(reranker.rerank(state.plan.text, texts))
            if len(scores) != len(texts):
                raise ValueError(f"expected {len(texts)} scores, got {len(scores)}")
        except Exception as error:  # a model of somebody else's: whatever it does, the search has an answer
            log.warning("%s failed, the ranking stays: %s: %s", reranker.name, type(error).__name__, error)
            return state.with_note(Reason("not_reranked", {"count": len(texts), "name": request.rerank}))
        order = {text.id: -score for text, score in zip(texts, scores, strict=True)}
        last = max(order.values(), default=0.0)
        reordered = sorted(first, key=lambda candidate: order.get(candidate.id, last))  # the sort is stable
        candidates = (*reordered, *state.ranking.candidates[len(first) :])
        return replace(state, ranking=replace(state.ranking, candidates=candidates))
