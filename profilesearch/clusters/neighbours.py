"""The exact nearest neighbours of queries among vectors that come piece by piece."""

from collections.abc import Iterable

import numpy as np

from ..arrays import Integers
from ..vectors import Vectors


class NeighbourSearch:
    """Finds the nearest profiles of queries while vectors pass by, so that several searches share one reading.

    Args:
        queries: ``(q, dim)`` float32 rows of length 1.
        amount: how many neighbours.
        own: ``(q,)`` for each query, the row to leave out.
    """

    def __init__(self, queries: Vectors, amount: int, own: Integers | None = None) -> None:
        self._queries, self._amount, self._own = queries, amount, own
        self._similarities: Vectors = np.zeros((len(queries), 0), np.float32)
        self._rows: Integers = np.zeros((len(queries), 0), np.int64)
        self._passed = 0

    def add(self, chunk: Vectors) -> None:
        """The next ``(n, dim)`` vectors."""
        similar = self._queries @ chunk.T
        first, self._passed = self._passed, self._passed + len(chunk)
        if self._own is not None:
            mine = (self._own >= first) & (self._own < self._passed)
            similar[np.flatnonzero(mine), self._own[mine] - first] = -np.inf
        similarities = np.hstack([self._similarities, similar])
        rows = np.hstack([self._rows, np.broadcast_to(np.arange(first, self._passed), similar.shape)])
        kept = min(self._amount, similarities.shape[1])
        chosen = np.argpartition(-similarities, kept - 1, axis=1)[:, :kept]
        self._similarities = np.take_along_axis(similarities, chosen, 1)
        self._rows = np.take_along_axis(rows, chosen, 1)

    def nearest(self) -> Integers:
        """``(q, amount)`` rows of the nearest of all that passed, by inner product; fewer columns if fewer passed."""
        finite = min(self._amount, max(1, self._passed - (self._own is not None)))
        order = np.argsort(-self._similarities, axis=1, kind="stable")[:, :finite]
        return np.asarray(np.take_along_axis(self._rows, order, 1), np.int64)


def exact_neighbours(queries: Vectors, chunks: Iterable[Vectors], amount: int, own: Integers | None = None) -> Integers:
    """What a :class:`NeighbourSearch` finds in vectors that are read for it alone."""
    search = NeighbourSearch(queries, amount, own)
    for chunk in chunks:
        search.add(chunk)
    return search.nearest()
