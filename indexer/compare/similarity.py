"""How far similarities of what belongs together are from similarities of what does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
_BINS = np.linspace(-1, 1, 81)


@dataclass(frozen=True)
class Distribution:
    """Similarities of pairs: their mean, standard deviation, quantiles (5, 50, 95 %), and shares of 80 bins from -1 to 1."""

    mean: float
    deviation: float
    low: float
    median: float
    high: float
    histogram: Sequence[float]

    @classmethod
    def of(cls, values: Floats) -> "Distribution":
        low, median, high = (float(each) for each in np.percentile(values, (5, 50, 95)))
        counts = np.histogram(np.clip(values, -1, 1), _BINS)[0] / len(values)
        return cls(float(values.mean()), float(values.std()), low, median, high, [float(each) for each in counts])


@dataclass(frozen=True)
class Separation:
    """Pairs that belong together against pairs that do not.

    Attributes:
        right: similarities of those that do.
        wrong: of those that do not.
        auc: chance that one of the first is more similar than one of the second, ties counted half; 0.5 is guessing.
        d_prime: difference of the means in pooled standard deviations (Green & Swets 1966); 0 where nothing varies.
    """

    right: Distribution
    wrong: Distribution
    auc: float
    d_prime: float

    @classmethod
    def of(cls, right: Floats, wrong: Floats) -> "Separation":
        """Measure it.

        Args:
            right: ``(n,)`` cosines of pairs that belong together, at least one.
            wrong: ``(m,)`` of pairs that do not, at least one.
        """
        ranks = _ranks(np.concatenate([right, wrong]))[: len(right)]
        auc = (ranks.sum() - len(right) * (len(right) + 1) / 2) / (len(right) * len(wrong))
        spread = float(np.sqrt((right.var() + wrong.var()) / 2))
        difference = float(right.mean() - wrong.mean())
        return cls(Distribution.of(right), Distribution.of(wrong), float(auc), difference / spread if spread else 0.0)


def _ranks(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), np.float64)
