"""Two ranked lists as one: as FT.HYBRID does it, for servers that do not have it and to say to it how, and otherwise.

Sources: https://redis.io/docs/latest/commands/ft.hybrid/; reciprocal rank fusion: Cormack, Clarke and Büttcher 2009
(https://doi.org/10.1145/1571941.1572114).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..vector_index import Metric


class Scored(NamedTuple):
    """One entry of a ranked list; higher is better."""

    id: str
    score: float


@dataclass(frozen=True)
class Linear:
    """Every list adds its score, weighted.

    Attributes:
        words: the weight of a BM25 score, which is 0 or more and has no upper end.
        meaning: the weight of a similarity from 0 to 1, as :func:`closeness` gives it.
        window: how many entries of each list count.
        missing_counts: who is missing in a list that is as long as the window gets its last score, since a longer list would
            hold it with about that; FT.HYBRID knows only the other way, to count nothing.
    """

    words: float
    meaning: float
    window: int
    missing_counts: bool = False

    @property
    def name(self) -> str:
        return "LINEAR"

    @property
    def on_server(self) -> bool:
        """Whether FT.HYBRID can do it."""
        return not self.missing_counts

    def arguments(self) -> tuple[str, ...]:
        """As COMBINE has it, without the count."""
        return ("ALPHA", repr(self.words), "BETA", repr(self.meaning), "WINDOW", str(self.window))

    def shares(self, words: Sequence[Scored], near: Sequence[Scored]) -> tuple[list[float], list[float]]:
        """What each entry of the two lists adds to its combined score."""
        return [self.words * entry.score for entry in words], [self.meaning * entry.score for entry in near]

    def missing(self, words: Sequence[Scored], near: Sequence[Scored]) -> tuple[float, float]:
        """What each list adds to the score of who is missing in it."""
        if not self.missing_counts:
            return 0.0, 0.0
        last_words = self.words * words[-1].score if len(words) == self.window else 0.0
        return last_words, self.meaning * near[-1].score if near else 0.0


@dataclass(frozen=True)
class ReciprocalRank:
    """Every list adds ``1 / (constant + rank)``; ranks begin at 1.

    Attributes:
        window: how many entries of each list count.
    """

    window: int
    constant: int = 60

    @property
    def name(self) -> str:
        return "RRF"

    @property
    def on_server(self) -> bool:
        """Whether FT.HYBRID can do it."""
        return True

    def arguments(self) -> tuple[str, ...]:
        """As COMBINE has it, without the count."""
        return ("CONSTANT", str(self.constant), "WINDOW", str(self.window))

    def shares(self, words: Sequence[Scored], near: Sequence[Scored]) -> tuple[list[float], list[float]]:
        """What each entry of the two lists adds to its combined score."""
        ranks = range(1, max(len(words), len(near)) + 1)
        by_rank = [1 / (self.constant + rank) for rank in ranks]
        return by_rank[: len(words)], by_rank[: len(near)]

    def missing(self, words: Sequence[Scored], near: Sequence[Scored]) -> tuple[float, float]:
        """What each list adds to the score of who is missing in it: nothing."""
        return 0.0, 0.0


Fusion = Linear | ReciprocalRank

_FARTHEST: dict[Metric, int] = {"cosine": 2, "ip": 2, "l2": 4}
"""The distance of opposite unit vectors."""


def closeness(distance: float, metric: Metric) -> float:
    """A distance as ``(1 + cosine) / 2``, of which weights are measured: from 0 to 1 for unit vectors; higher is nearer.

    FT.HYBRID does the same for cosine alone. Of L2, Redis gives the square of the distance.
    """
    return 1 - distance / _FARTHEST[metric]


def distance_of(closeness: float, metric: Metric) -> float:
    """The distance that :func:`closeness` was made from."""
    return _FARTHEST[metric] * (1 - closeness)


class Fused(NamedTuple):
    """A profile in a fused list; higher scores are better.

    Attributes:
        words: its BM25 score; None if it is not in the list of words.
        closeness: see :func:`closeness`; None if it is not among the nearest.
        passage: the number of the passage that is nearest; 0 if the whole text is.
    """

    id: str
    score: float
    words: float | None
    closeness: float | None
    passage: int = 0


def fuse(fusion: Fusion, words: Sequence[Scored], near: Sequence[Scored]) -> list[Fused]:
    """The union of two lists, each best first, as one: best first, equal ones by id."""
    words, near = words[: fusion.window], near[: fusion.window]
    by_words = {entry.id: entry.score for entry in words}
    by_meaning = {entry.id: entry.score for entry in near}
    added_by_words, added_by_meaning = (
        {entry.id: share for entry, share in zip(entries, shares, strict=True)}
        for entries, shares in zip((words, near), fusion.shares(words, near), strict=True)
    )
    no_words, no_meaning = fusion.missing(words, near)
    fused = [
        Fused(
            id_,
            added_by_words.get(id_, no_words) + added_by_meaning.get(id_, no_meaning),
            by_words.get(id_),
            by_meaning.get(id_),
        )
        for id_ in dict.fromkeys([*by_words, *by_meaning])
    ]
    return best_first(fused)


def word_shares(fusion: Fusion, fused: Sequence[Fused]) -> dict[str, float]:
    """By id, the part of each combined score that comes from words, from 0 to 1."""
    words = [Scored(entry.id, entry.words) for entry in fused if entry.words is not None]
    words.sort(key=lambda entry: (-entry.score, entry.id))
    parts = {entry.id: part for entry, part in zip(words, fusion.shares(words, ())[0], strict=True)}
    return {entry.id: min(1.0, parts.get(entry.id, 0.0) / entry.score) if entry.score else 0.0 for entry in fused}


def best_first(fused: Sequence[Fused]) -> list[Fused]:
    """Highest score first, equal ones by id."""
    return sorted(fused, key=lambda entry: (-entry.score, entry.id))
