"""Work that is done ahead of whoever uses it, by a thread of its own."""

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

_END: Any = object()


def ahead(items: Iterable[T], most: int = 2) -> Generator[T, None, None]:
    """The items in their order, the next ones made while one is used.

    What making one raises is raised where it would have been used. An iterator that is closed early waits for the item that
    is being made; no further one is begun.

    Args:
        items: made in the thread, one after the other.
        most: how many are made ahead, at the most.
    """
    iterator = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        coming: deque[Future[T]] = deque(pool.submit(next, iterator, _END) for _ in range(most))
        try:
            while (item := coming.popleft().result()) is not _END:
                coming.append(pool.submit(next, iterator, _END))
                yield item
        finally:
            for future in coming:
                future.cancel()
