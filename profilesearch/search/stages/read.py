"""``read``: from the candidates of this page to their profiles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ...store import Candidate
from ...words.ranked_lists import distance_of
from ..plan import State
from . import Tools


@dataclass(frozen=True)
class Read:
    """Reads the profiles of this page; one that was removed meanwhile, or is damaged, is left out."""

    name: ClassVar[str] = "read"
    tools: Tools

    def run(self, state: State) -> State:
        version, distances = state.plan.snapshot.version, self._distances(state)
        nearby = [Candidate(one.id, distances[one.id]) for one in state.window if one.id in distances]
        return replace(state, hits=tuple(self.tools.store.profiles.read(version, nearby)))

    def _distances(self, state: State) -> dict[str, float]:
        """How far each candidate of this page lies from the query; those that only words found are looked up."""
        if state.plan.by == "meaning":
            return {candidate.id: candidate.score for candidate in state.window}
        vectors, fused = state.plan.snapshot.version.vectors, state.ranking.fused
        known = {
            one.id: distance_of(closeness, vectors.metric)
            for one in state.window
            if one.id in fused and (closeness := fused[one.id].closeness) is not None
        }
        return known | self._measured(state, [one.id for one in state.window if one.id not in known])

    def _measured(self, state: State, ids: Sequence[str]) -> dict[str, float]:
        plan = state.plan
        read = self.tools.store.profiles.vectors(plan.snapshot.version, ids) if ids else {}
        return {id_: plan.snapshot.version.vectors.distance(plan.vector, vector) for id_, vector in read.items()}
