"""``route``: from a vector to the clusters in which to look."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ..plan import State
from ..routing import find_route
from . import Tools


@dataclass(frozen=True)
class ChooseClusters:
    """Chooses clusters by the request's mode and what the version's calibration says of its vector."""

    name: ClassVar[str] = "route"
    tools: Tools

    def run(self, state: State) -> State:
        plan = state.plan
        return replace(state, plan=replace(plan, route=find_route(plan.request, plan.snapshot, plan.vector)))
