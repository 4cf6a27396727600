"""``read``: from the candidates of this page to their profiles."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ..plan import State
from . import Tools


@dataclass(frozen=True)
class Read:
    """Reads the profiles of this page; one that was removed meanwhile, or is damaged, is left out."""

    name: ClassVar[str] = "read"
    tools: Tools

    def run(self, state: State) -> State:
        return replace(state, hits=tuple(self.tools.store.read(state.plan.snapshot.version, state.window)))
