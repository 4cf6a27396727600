"""What a version knows of its words: which of a text's words to ask for, where, and how much they count."""

from dataclasses import dataclass
from typing import Protocol

from ..store.fusion import Fusion


@dataclass(frozen=True)
class WordPlan:
    """The words that a search asks for.

    Attributes:
        terms: the words that say most, best first; at least one.
        fields: the fields of the hash to look at; all whose words are indexed if none is named.
        fusion: how the list of who has them, and of who is near in meaning, become one.
    """

    terms: tuple[str, ...]
    fields: tuple[str, ...]
    fusion: Fusion


class WordModel(Protocol):
    """Made when a version is built, and kept with it."""

    def plan(self, text: str, window: int) -> WordPlan | None:
        """What to ask for; None if no profile has a word of the text.

        Args:
            text: a query.
            window: how many entries of each list count.
        """
