"""What a version knows of its words: which of a text's words to ask for, and how much they count."""

from typing import Protocol

from ..store.fusion import Fusion


class WordModel(Protocol):
    """Made when a version is built, and kept with it."""

    def terms(self, text: str) -> tuple[str, ...]:
        """The words of a text that say most, best first; none if no profile has any."""

    def fusion(self, terms: tuple[str, ...], window: int) -> Fusion:
        """How the list of who has these words, and of who is near in meaning, become one.

        Args:
            terms: as :meth:`terms` gives them.
            window: how many entries of each list count.
        """
