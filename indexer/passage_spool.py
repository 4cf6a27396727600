"""Passages of long texts on disk while a job runs, beside the rows of the :class:`~.spool.Spool`."""

import tempfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from profilesearch import private
from profilesearch.arrays import Integers
from profilesearch.embedding.whole_texts import Windows
from profilesearch.errors import CacheError
from profilesearch.passages import Passage, Place
from profilesearch.vectors import Vectors

from .spool import CHUNK


class PassageSpool:
    """Passages in the order of their rows; where each stands is kept in memory, 24 bytes each.

    Args:
        directory: a folder with room for their vectors.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._rows, self._starts, self._ends = array("q"), array("q"), array("q")
        self._dimension = 0
        private.make_directory(directory)
        self._vectors = tempfile.TemporaryFile(dir=directory)

    def __enter__(self) -> "PassageSpool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._vectors.close()

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: int, windows: Windows) -> None:
        """Add the passages of one row; rows come in ascending order.

        Raises:
            CacheError: the disk is full.
        """
        self._dimension = windows.vectors.shape[1]
        for place in windows.places:
            self._rows.append(row)
            self._starts.append(place.start)
            self._ends.append(place.end)
        self._write(self._vectors, windows.vectors)

    def vectors(self) -> Iterator[Vectors]:
        """``(n, dim)`` float32 vectors of all passages, in chunks; not to be changed."""
        for first in range(0, len(self), CHUNK):
            yield self._map()[first : first + CHUNK]

    def replace_vectors(self, change: Callable[[Vectors], Vectors]) -> None:
        """Replace all vectors, ``(n, dim)`` rows at a time, by others.

        Raises:
            CacheError: the disk is full.
        """
        changed = tempfile.TemporaryFile(dir=self._directory)
        dimension = self._dimension
        for chunk in self.vectors():
            others = np.ascontiguousarray(change(chunk), np.float32)
            self._write(changed, others)
            dimension = others.shape[1]
        self._vectors.close()
        self._vectors, self._dimension = changed, dimension

    def _write(self, file: IO[bytes], vectors: Vectors) -> None:
        try:
            file.write(np.ascontiguousarray(vectors, np.float32).tobytes())
            file.flush()
        except OSError as error:
            raise CacheError(
                f"cannot write to the cache directory {self._directory}: {error.strerror}; is the disk full?"
            ) from error

    def of_row(self, row: int, clusters: Integers) -> Sequence[Passage]:
        """The passages of a row; none for a text that is short.

        Args:
            row: its position.
            clusters: ``(len(self),)`` the cluster of every passage.
        """
        first, last = np.searchsorted(np.frombuffer(self._rows, np.int64), (row, row + 1)) if len(self) else (0, 0)
        return [
            Passage(Place(self._starts[at], self._ends[at]), int(clusters[at]), self._map()[at])
            for at in range(int(first), int(last))
        ]

    def _map(self) -> Vectors:
        shape = (len(self), self._dimension)
        return (
            np.asarray(np.memmap(self._vectors, np.float32, "r", 0, shape))
            if len(self)
            else np.zeros(shape, np.float32)
        )
