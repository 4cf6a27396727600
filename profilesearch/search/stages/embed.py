"""``embed``: from a text, or from a profile that others should be like, to a vector."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ...errors import UnknownProfile
from ...vectors import Vectors
from ..plan import Plan, State
from . import Tools


@dataclass(frozen=True)
class Embed:
    """Finds the vector that candidates are compared with."""

    name: ClassVar[str] = "embed"
    tools: Tools

    def run(self, state: State) -> State:
        return replace(state, plan=replace(state.plan, vector=self._vector(state.plan)))

    def _vector(self, plan: Plan) -> Vectors:
        if not plan.request.like:
            known = self.tools.vectors.known(plan.request.query, plan.text)
            return plan.snapshot.vector(self.tools.vectors.of(known or plan.compared))
        try:
            return self.tools.store.profiles.one(plan.snapshot.version, plan.request.like)[1]
        except UnknownProfile as error:
            raise UnknownProfile("like", f"like: {error}") from None
