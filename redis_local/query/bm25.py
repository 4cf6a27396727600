"""BM25 as Redis computes it for the scorer BM25STD: k1 1.2, b 0.75.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import Floats, Rows
from ..index import Index

_K1, _B = 1.2, 0.75


class Bm25:
    """The parts of the formula for one index as it is now."""

    def __init__(self, index: Index) -> None:
        self._documents = len(index)
        self._columns = index.text_columns()
        self.mean_length = sum(column.length for column in self._columns) / max(1, self._documents)

    def idf(self, documents: npt.NDArray[Any]) -> Floats:
        """``(terms,)`` what a term weighs that is in so many documents; rarer is heavier."""
        total = np.maximum(self._documents, documents)
        return np.asarray(np.log(1 + (total - documents + 0.5) / (documents + 0.5)))

    def weights(self, frequencies: Floats, rows: Rows) -> Floats:
        """``(n,)`` what so many occurrences in each of these documents count; 0 for none."""
        if not self.mean_length:
            return np.zeros(len(rows))
        lengths = sum((column.lengths(rows) for column in self._columns), np.zeros(len(rows), np.int64))
        saturation = _K1 * (1 - _B + _B * lengths / self.mean_length)
        return np.asarray(frequencies * (_K1 + 1) / (frequencies + saturation))
