"""``route``: from a vector to the clusters in which to look."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ..plan import State
from ..routing import find_route
from . import Tools


@dataclass(frozen=True)
class ChooseClusters:
    """Chooses clusters by the request's mode and what the version's calibration says of its vector and words.

    Words say nothing of clusters: a search for words alone looks everywhere, unless clusters are named.
    """

    name: ClassVar[str] = "route"
    tools: Tools

    def run(self, state: State) -> State:
        plan = state.plan
        route = find_route(plan.request, plan.snapshot, plan.vector, plan.terms if plan.by == "hybrid" else ())
        if plan.by == "words" and plan.request.mode == "auto":
            route = replace(route, chosen=route.ranked, recall=1.0)
        return replace(state, plan=replace(plan, route=route))
