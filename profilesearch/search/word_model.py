"""What a version knows of its words: which of a text's words to ask for, where, and how much they count."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..collection import Collection
from ..text.vocabulary import WordCounts
from ..words.ranked_lists import Fusion, Linear


class WordModel(Protocol):
    """Made when a version is built, and kept with it."""

    @property
    def conditions(self) -> tuple[str, ...]:
        """Tag fields whose values, typed alone, say nothing of what somebody does: cities, languages."""
        ...

    @property
    def statistics(self) -> WordCounts:
        """The words of the version's texts."""
        ...

    def terms(self, text: str) -> tuple[str, ...]:
        """The words of a text that say most, best first; none if no profile has any."""

    def asks_titles(self, terms: tuple[str, ...]) -> bool:
        """Whether to look for the terms in titles as well as in texts: for a few words, not for those of a long text."""

    def in_language(self, language: str) -> "WordModel":
        """The same for texts in a language (ISO 639-1), whose words are stemmed otherwise."""

    def fusion(self, terms: tuple[str, ...], window: int) -> Linear:
        """How the list of who has these words, and of who is near in meaning, become one.

        Args:
            terms: as :meth:`terms` gives them.
            window: how many entries of each list count.
        """

    def region_scores(self, terms: tuple[str, ...], cosines: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """``(p,)`` how well what lies around each landmark fits, by words and meaning; higher is better.

        Args:
            terms: as :meth:`terms` gives them.
            cosines: ``(p,)`` how near the landmarks are to the text.
        """


@dataclass(frozen=True)
class WordPlan:
    """The words that a search asks for.

    Attributes:
        terms: the words that say most, best first; at least one.
        fields: the fields of the hash to look at; all whose words are indexed if none is named.
        typed: the text is a few words, and might be a title.
        fusion: how the list of who has them, and of who is near in meaning, become one.
        language: of the terms, as the Query Engine names it; empty for that of the index.
    """

    terms: tuple[str, ...]
    fields: tuple[str, ...]
    typed: bool
    fusion: Fusion
    language: str = ""


def plan_words(model: WordModel, collection: Collection, text: str, window: int) -> WordPlan | None:
    """What to ask for; None if no profile has a word of the text.

    For a long text, who is missing in one list is no worse than the last of it: it has many words, of which most people have
    some, so that both lists are cut.
    """
    terms = model.terms(text)
    if not terms:
        return None
    fusion = model.fusion(terms, window)
    if model.asks_titles(terms):
        return WordPlan(terms, (), True, fusion)
    return WordPlan(terms, (collection.text,), False, replace(fusion, missing_counts=True))
