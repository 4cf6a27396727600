"""Models that look at a query and a profile together, and put the first candidates into another order.

A process names those that it has (see ``Tools``); a request chooses one of them by its name, such as ``late`` or
``cross-encoder:NAME``. To add one, write a file here with a class that is a :class:`Reranker`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ...vectors import Vectors


@dataclass(frozen=True)
class Text:
    """What a reranker may look at of one candidate.

    Attributes:
        title: what it is shown by.
        text: what was embedded.
        vector: ``(dim,)`` float32, its embedding.
    """

    id: str
    title: str
    text: str
    vector: Vectors


class Reranker(Protocol):
    """Scores candidates for a query."""

    @property
    def name(self) -> str:
        """What a request calls it."""

    def rerank(self, query: str, candidates: Sequence[Text]) -> Sequence[float]:
        """A score for each candidate, in their order; higher is better.

        Whatever it raises, the search keeps the order that the candidates came in, and says so.
        """
