"""``terms``: from a text to the words that a query asks for, and how much they count beside its meaning."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ...collection import PROFILES
from ..plan import State
from ..reasons import Reason
from ..request import MOST_RESULTS
from ..word_model import plan_words
from . import Tools


@dataclass(frozen=True)
class ChooseTerms:
    """Chooses words by what the version knows of them; a version that indexed none is searched by meaning alone."""

    name: ClassVar[str] = "terms"
    tools: Tools

    def run(self, state: State) -> State:
        plan = state.plan
        if plan.request.like or plan.request.by == "meaning":
            return state
        model = plan.snapshot.words
        if model is None:
            return state.with_note(Reason("no_words", {}))
        words = plan_words(model, PROFILES, plan.compared, MOST_RESULTS)
        if words is None:
            return state.with_note(Reason("no_terms", {}))
        return replace(state, plan=replace(plan, words=words))
