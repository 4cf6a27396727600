"""What a reranker must be able to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ...embedding import TokenVectors

Scores = npt.NDArray[np.float64]
"""``(n,)`` one for each document; higher fits better."""


@dataclass(frozen=True)
class Document:
    """What a reranker reads of a candidate.

    Attributes:
        id: for nobody but the caller.
        title, text: of the profile.
        tokens: its token vectors as whole numbers, if they are kept and the reranker reads them.
    """

    id: str
    title: str
    text: str
    tokens: TokenVectors | None = None

    @property
    def whole(self) -> str:
        """Title and text as one, the title once."""
        return self.text if self.text.startswith(self.title) else f"{self.title}\n{self.text}"


class Reranker(Protocol):
    """Looks closer at the first of a ranking."""

    @property
    def name(self) -> str:
        """What a request calls it."""

    @property
    def depth(self) -> int:
        """How many of the first it looks at, at the most."""

    def scores(self, query: str, documents: Sequence[Document]) -> Scores:
        """A score for each document; they are given in the order of the ranking before, which breaks ties.

        Raises:
            RerankFailed: no answer, and why; the ranking before stands.
        """
