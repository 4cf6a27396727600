"""``rerank``: the first candidates in the order that a model gives them, if the request names one.

A search for people like somebody has no text that a reranker could read.
"""

import logging
from dataclasses import dataclass, replace
from typing import ClassVar

from ...errors import RerankFailed
from ..plan import State
from ..reasons import Reason
from ..rerankers import Document
from . import Tools

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rerank:
    """Asks a reranker about the first candidates, as many as it looks at; the others follow as they were.

    How many does not depend on the page, so that every page is a window into one list.

    Where it fails, the ranking stays as it is, and a note says so.
    """

    name: ClassVar[str] = "rerank"
    tools: Tools

    def run(self, state: State) -> State:
        request = state.plan.request
        if not request.rerank or request.like:
            return state
        reranker = self.tools.rerankers[request.rerank]
        first = state.ranking.candidates[: reranker.depth]
        version = state.plan.snapshot.version
        hits = self.tools.store.profiles.read(version, first)
        reads_tokens = getattr(reranker, "reads_tokens", False)
        tokens = self.tools.store.profiles.tokens(version, [hit.id for hit in hits]) if reads_tokens else {}
        texts = [Document(hit.id, hit.title, hit.text, tokens.get(hit.id)) for hit in hits]
        try:
            scores = list(reranker.scores(state.plan.text, texts))
            if len(scores) != len(texts):
                raise ValueError(f"expected {len(texts)} scores, got {len(scores)}")
        except Exception as error:  # a model of somebody else's: whatever it does, the search has an answer
            ours = error if isinstance(error, RerankFailed) else None
            why = "failed" if ours is None else ours.code
            # others' messages may quote the texts, which no log has
            log.warning("%s failed, the ranking stays: %s", reranker.name, ours or type(error).__name__)
            return state.with_note(
                Reason(
                    "not_reranked",
                    {"count": len(texts), "name": request.rerank, "why": why},
                )
            )
        order = {text.id: -score for text, score in zip(texts, scores, strict=True)}
        last = max(order.values(), default=0.0)
        reordered = sorted(first, key=lambda candidate: order.get(candidate.id, last))  # the sort is stable
        candidates = (*reordered, *state.ranking.candidates[len(first) :])
        return replace(state, ranking=replace(state.ranking, candidates=candidates))
