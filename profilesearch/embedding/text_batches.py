"""Texts in batches of like length."""

from collections.abc import Iterator, Sequence

_LARGEST = 256


def batches_of(lengths: Sequence[int], most_tokens: int) -> Iterator[list[int]]:
    """Positions in batches of like length, longest first, so that little is padded and memory peaks at once."""
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    start = 0
    while start < len(order):
        size = max(1, min(_LARGEST, most_tokens // max(1, lengths[order[start]])))
        yield order[start : start + size]
        start += size
