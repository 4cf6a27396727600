"""Overlapping windows of a text that is longer than a model reads."""

from collections.abc import Sequence

from ..passages import Place

_OVERLAP = 4
"""A window shares one part in so many with the one before."""


def windows(places: Sequence[tuple[int, int]], size: int) -> list[Place]:
    """Parts of a text, the last of which ends where it ends.

    Args:
        places: where each of its tokens begins and ends in it.
        size: tokens of a window, at the most.
    """
    step = max(1, size - size // _OVERLAP)
    starts = range(0, max(1, len(places) - size + step), step)
    return [Place(places[start][0], places[min(start + size, len(places)) - 1][1]) for start in starts]
