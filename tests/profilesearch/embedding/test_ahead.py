"""Items made ahead by another thread."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from profilesearch.embedding import ahead


def test_the_next_item_is_made_while_one_is_used() -> None:
    made = threading.Semaphore(0)

    def items() -> Iterator[int]:
        for number in range(5):
            made.release()
            yield number

    with closing(ahead(items())) as coming:
        assert next(coming) == 0
        for _ in range(3):  # the one that is used, and two ahead of it
            assert made.acquire(timeout=60)
        assert not made.acquire(timeout=0.05)
        assert list(coming) == [1, 2, 3, 4]


def test_an_error_comes_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    coming = ahead(items())
    assert next(coming) == 1
    with pytest.raises(ValueError, match="broken"):
        next(coming)


def test_nothing_runs_on_after_it_was_closed() -> None:
    before = threading.active_count()
    coming = ahead(iter(range(1000)))
    assert next(coming) == 0
    coming.close()
    assert threading.active_count() == before
    assert list(ahead([])) == []
