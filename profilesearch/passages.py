"""Passages: the parts of a text that is longer than a model reads at once, each with a vector of its own."""

from dataclasses import dataclass
from typing import NamedTuple

from .vectors import Vectors

MOST_PASSAGES = 10_000
"""Of one text: more than the longest text has for any model."""


def passage_count(value: bytes | None) -> int:
    """How many passages a hash says that its profile has; 0 for what is no such number."""
    return min(MOST_PASSAGES, int(value)) if value and value.isdigit() and len(value) < 10 else 0


class Place(NamedTuple):
    """Where a passage stands in its text: characters from ``start`` up to ``end``."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """What stands there in a text."""
        return text[self.start : self.end]


@dataclass(frozen=True)
class Passage:
    """A part of a profile's text.

    Attributes:
        place: where it stands.
        cluster: the number of its own cluster, which may be another than its profile's.
        vector: ``(dim,)`` float32 of length 1.
    """

    place: Place
    cluster: int
    vector: Vectors
