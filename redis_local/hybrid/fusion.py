"""Two ranked lists to one.

Reciprocal rank fusion: Cormack, Clarke and Büttcher (2009), https://doi.org/10.1145/1571941.1572114.
"""

from dataclasses import dataclass

import numpy as np

from ..columns import Floats, Rows


@dataclass(frozen=True)
class Ranking:
    """What one side found, best first.

    Attributes:
        rows: ``(n,)`` row numbers.
        scores: ``(n,)``; higher is better.
    """

    rows: Rows
    scores: Floats


@dataclass(frozen=True)
class ReciprocalRank:
    """RRF: every side adds ``1 / (constant + rank)``; ranks begin at 1."""

    constant: float = 60.0
    window: int = 20

    def shares(self, side: int, ranking: Ranking) -> Floats:
        """``(n,)`` what a side adds to the combined score of each row it found."""
        with np.errstate(divide="ignore"):
            return np.asarray(1.0 / (self.constant + np.arange(1, len(ranking.rows) + 1)))


@dataclass(frozen=True)
class Linear:
    """LINEAR: every side adds its score, weighted."""

    alpha: float = 0.3
    beta: float = 0.7
    window: int = 20

    def shares(self, side: int, ranking: Ranking) -> Floats:
        """``(n,)`` what a side adds to the combined score of each row it found."""
        return np.asarray((self.alpha, self.beta)[side] * ranking.scores)


def fused(method: ReciprocalRank | Linear, text: Ranking, vector: Ranking) -> Ranking:
    """The union of both lists, each cut to the method's window, with the combined score.

    Returns:
        The rows of the text side first, then those that only the vector side found; not sorted.
    """
    combined: dict[int, float] = {}
    for side, ranking in enumerate((text, vector)):
        cut = Ranking(ranking.rows[: method.window], ranking.scores[: method.window])
        for row, share in zip(cut.rows.tolist(), method.shares(side, cut).tolist(), strict=True):
            combined[row] = combined.get(row, 0.0) + share
    return Ranking(np.array(list(combined), np.intp), np.array(list(combined.values()), np.float64))
