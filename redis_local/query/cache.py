"""A cache that forgets by size."""

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

from ..slices import unbroken

K = TypeVar("K")
V = TypeVar("V")


class Cache(Generic[K, V]):
    """Keeps the values used last, as long as their sizes together stay within a limit.

    Args:
        most: the limit, in the unit of the sizes given to :meth:`put`.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._values: OrderedDict[K, tuple[int, V]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """The value of that key, which now counts as the one used last, or None."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][1]

    def put(self, key: K, size: int, value: V) -> None:
        """Keep a value, and forget the ones longest unused until all fit."""
        size += 1
        with unbroken(), self._lock:
            if size > self._most or key in self._values:
                return
            self._values[key] = (size, value)
            self._size += size
            while self._size > self._most and self._values:
                _, (freed, _) = self._values.popitem(last=False)
                self._size -= freed
