"""``present``: from profiles to results, each with its rank, snippet, similarity, and the words that it has."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ...store import Hit
from ...text.content_words import words_of
from ...text.snippet import snippet
from ..plan import State
from ..results import Result, WordMatch
from . import Tools


@dataclass(frozen=True)
class Present:
    """Says of each hit what a page of results shows."""

    name: ClassVar[str] = "present"
    tools: Tools

    def run(self, state: State) -> State:
        words = words_of(state.plan.text)
        first = state.plan.request.offset + 1
        results = tuple(_result(state, rank, hit, words) for rank, hit in enumerate(state.hits, first))
        return replace(state, results=results)


def _result(state: State, rank: int, hit: Hit, words: frozenset[str]) -> Result:
    plan = state.plan
    similarity = plan.snapshot.version.vectors.similarity(hit.score)
    near = hit.text if hit.passage is None else hit.passage.of(hit.text)
    text = near.removeprefix(hit.title).strip() or near
    return Result(
        rank=rank,
        hit=hit,
        snippet=snippet(text, words),
        similarity=similarity,
        score=similarity if plan.by == "meaning" else state.ranking.scores[hit.id],
        words=_word_match(state, hit),
        label=plan.snapshot.label(hit.cluster),
        weak=similarity < plan.snapshot.calibration.floor,
        beyond=all(hit.found_in != cluster.id for cluster in plan.route.chosen),
    )


def _word_match(state: State, hit: Hit) -> WordMatch | None:
    """What words had to do with a hit; None if meaning alone was compared."""
    plan, ranking = state.plan, state.ranking
    if plan.by == "meaning":
        return None
    matched = plan.matched(hit)
    if plan.by == "words":
        return WordMatch(ranking.scores[hit.id], 1.0, matched)
    score, share = ranking.fused[hit.id].words, ranking.word_shares.get(hit.id, 0.0)
    if score is None and not matched:
        score = 0.0
    return WordMatch(score, share, matched, hit.id in ranking.titled)
