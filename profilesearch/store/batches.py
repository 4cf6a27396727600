"""Items in batches, so that neither side holds all of them at once."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

_BATCH = 500
_BATCH_BYTES = 8_000_000
"""Of a batch, if it has more than one item."""


def batches(items: Iterable[T], most: int = _BATCH) -> Iterator[list[T]]:
    """Items in batches of at most so many."""
    return in_parts(items, most, lambda item: 0)


def in_parts(items: Iterable[T], most: int, size: Callable[[T], int]) -> Iterator[list[T]]:
    """Items in batches of at most so many, and of a few MB: large rows do not fill the memory of either side.

    Args:
        items: what is sent.
        most: how many are sent at once at the most.
        size: about how many bytes one is; a batch may have a single one that is larger than a batch may be.
    """
    batch: list[T] = []
    total = 0
    for item in items:
        bytes_ = size(item)
        if batch and (len(batch) == most or total + bytes_ > _BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += bytes_
    if batch:
        yield batch
