"""What judged queries teach is taken only where they show, on queries that it was not fitted on, that it is better.

Queries are split by their text into folds; each is answered by what the others taught. A paired randomisation test over queries
compares that with what the build calibrated on its own profiles, which stays unless it is beaten by more than a margin.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from profilesearch.arrays import Integers

LEAST_QUERIES = 30
"""Fewer judged queries of one kind teach nothing."""

SIGNIFICANT = 0.05
_FOLDS = 5


@dataclass(frozen=True)
class Lesson:
    """What came of fitting one thing on judged queries.

    Attributes:
        name: what was fitted.
        source: whose judgements.
        queries: how many.
        before, after: what the calibrated and the fitted one give on held-back queries.
        p_value: of their difference.
        taken: whether the fitted one is used.
    """

    name: str
    source: str
    queries: int
    before: str
    after: str
    p_value: float
    taken: bool

    def __str__(self) -> str:
        used = "fitted" if self.taken else "calibrated"
        compared = f"held back {self.before} calibrated, {self.after} fitted, p = {self.p_value:.3f}"
        return f"{used}; {self.queries} queries ({self.source}): {compared}"


def folds(texts: Sequence[str]) -> list[tuple[Integers, Integers]]:
    """Places to fit on, and places held back, for each fold: however a text is written, it is in one of them."""
    plain = [" ".join(text.casefold().split()) for text in texts]
    numbers = np.array([int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) % _FOLDS for text in plain])
    parts = [(np.flatnonzero(numbers != fold), np.flatnonzero(numbers == fold)) for fold in range(_FOLDS)]
    return [(fitted, held_back) for fitted, held_back in parts if len(fitted) and len(held_back)]
