"""Words and meaning as one score.

``weight * bm25 / reference + (1 - weight) * (1 + cosine) / 2``, where the reference is the score of a text that has each of the
query's words once (:meth:`.TermStatistics.reference_score`). So a weight means the same for every query, although BM25
has no upper end, and no statistics of the found scores are needed: FT.HYBRID's LINEAR computes it from raw scores, with
``ALPHA = weight / reference`` and ``BETA = 1 - weight``, and so do two lists.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .statistics import TYPED_WORDS

TYPED_PRIOR = 0.05
"""The weight of words where nothing was measured: what fits typed titles of several public collections."""

TEXT_PRIOR = 0.3
"""The same for long texts."""

_LONG = 32
"""A query of so many telling words is a text."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class WordWeights:
    """How much words count against meaning, from 0 (meaning alone) to 1 (words alone).

    Attributes:
        typed: for a query of a few words.
        text: for a long text, such as a job description.
    """

    typed: float = TYPED_PRIOR
    text: float = TEXT_PRIOR

    def __post_init__(self) -> None:
        for name, weight in (("typed", self.typed), ("text", self.text)):
            if not 0 <= weight <= 1:
                raise ValueError(f"the weight of words, {name}: expected a number from 0 to 1, got {weight!r}")

    def of(self, words: int) -> float:
        """The weight for a query of so many words; between a typed query and a text it changes gradually."""
        part = float(np.clip((words - TYPED_WORDS) / (_LONG - TYPED_WORDS), 0, 1))
        return (1 - part) * self.typed + part * self.text

    def to_json(self) -> dict[str, float]:
        return {"typed": self.typed, "text": self.text}


@dataclass(frozen=True)
class Shares:
    """What words and meaning each add to scores, arrays of one shape."""

    words: Floats
    meaning: Floats

    @property
    def total(self) -> Floats:
        """The scores; higher is better."""
        return self.words + self.meaning


def combine(bm25: npt.ArrayLike, reference: npt.ArrayLike, cosines: npt.ArrayLike, weight: npt.ArrayLike) -> Shares:
    """Scores from 0 to about 1; higher is better.

    Args:
        bm25: scores of any shape, 0 for who has no word of the query.
        reference: what they are divided by: one number, or an array that is broadcast to them; 0 counts as no words.
        cosines: as many, from -1 to 1.
        weight: of the words, from 0 to 1: one number, or an array that is broadcast to the scores.
    """
    share = np.asarray(weight, np.float64)
    divisor = np.asarray(reference, np.float64)
    parts = np.asarray(bm25, np.float64) / np.where(divisor > 0, divisor, np.inf)
    return Shares(share * parts, (1 - share) * (1 + np.asarray(cosines, np.float64)) / 2)
