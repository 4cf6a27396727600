"""``terms``: from a text to the words that a query asks for, and how much they count beside its meaning."""

from dataclasses import dataclass, replace
from typing import ClassVar

from ...collection import PROFILES
from ...words.language import language_of_query
from ...words.stemming import engine_language
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
        language, version = "", plan.snapshot.version
        if version.languages:  # its words are stemmed as those of profiles in its own language are
            code = plan.request.language or language_of_query(plan.compared, version.languages)
            model, language = model.in_language(code), engine_language(code)
        words = plan_words(model, PROFILES, plan.compared, MOST_RESULTS)
        if words is None:
            return state.with_note(Reason("no_terms", {}))
        if language not in ("", version.language):
            words = replace(words, language=language)
        return replace(state, plan=replace(plan, words=words))
