"""The exact nearest neighbours of queries among vectors that come piece by piece."""

from collections.abc import Callable, Iterable

import numpy as np

from ..arrays import Integers
from ..vectors import Vectors

Chunks = Callable[[], Iterable[Vectors]]


def exact_neighbours(queries: Vectors, chunks: Chunks, amount: int, own: Integers | None = None) -> Integers:
    """``(q, amount)`` rows of the nearest profiles, by inner product; fewer columns if there are fewer profiles.

    Args:
        queries: ``(q, dim)`` float32 rows of length 1.
        chunks: gives the vectors of every profile in order, piece by piece.
        amount: how many neighbours.
        own: ``(q,)`` for each query, the row to leave out.
    """
    best: Vectors = np.full((len(queries), 0), 0, np.float32)
    rows: Integers = np.zeros((len(queries), 0), np.int64)
    first = 0
    for chunk in chunks():
        similar = queries @ chunk.T
        if own is not None:
            mine = (own >= first) & (own < first + len(chunk))
            similar[np.flatnonzero(mine), own[mine] - first] = -np.inf
        both = np.hstack([best, similar])
        places = np.hstack([rows, np.broadcast_to(np.arange(first, first + len(chunk)), similar.shape)])
        kept = min(amount, both.shape[1])
        chosen = np.argpartition(-both, kept - 1, axis=1)[:, :kept]
        best, rows = np.take_along_axis(both, chosen, 1), np.take_along_axis(places, chosen, 1)
        first += len(chunk)
    finite = min(amount, max(1, first - (own is not None)))
    order = np.argsort(-best, axis=1, kind="stable")[:, :finite]
    return np.asarray(np.take_along_axis(rows, order, 1), np.int64)
