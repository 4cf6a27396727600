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
        version, nearest = state.plan.snapshot.version, self._nearest(state)
        nearby = [nearest[one.id] for one in state.window if one.id in nearest]
        return replace(state, hits=tuple(self.tools.store.profiles.read(version, nearby)))

    def _nearest(self, state: State) -> dict[str, Candidate]:
        """How far each candidate of this page lies from the query, by id, and which of its passages is that near.

        Those that only words found are looked up.
        """
        if state.plan.by == "meaning":
            return {candidate.id: candidate for candidate in state.window}
        vectors, fused = state.plan.snapshot.version.vectors, state.ranking.fused
        known = {
            one.id: Candidate(one.id, distance_of(closeness, vectors.metric), passage=fused[one.id].passage)
            for one in state.window
            if one.id in fused and (closeness := fused[one.id].closeness) is not None
        }
        return known | self._measured(state, [one.id for one in state.window if one.id not in known])

    def _measured(self, state: State, ids: Sequence[str]) -> dict[str, Candidate]:
        if not ids:
            return {}
        profiles, version, asked = self.tools.store.profiles, state.plan.snapshot.version, state.plan.vector
        whole, passages = profiles.vectors(version, ids), profiles.passage_vectors(version, ids)
        measured = {}
        for id_, vector in whole.items():
            distances = [version.vectors.distance(asked, each) for each in (vector, *passages.get(id_, ()))]
            least = min(distances)
            measured[id_] = Candidate(id_, least, passage=distances.index(least))
        return measured
