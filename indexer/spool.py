"""Rows and vectors on disk while a job runs, so that a million of them need little memory.

Its files have no name any more once they are open: whatever ends the process, nothing of them stays behind.
"""

import hashlib
import json
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from more_itertools import chunked

from profilesearch import private
from profilesearch.arrays import Integers
from profilesearch.errors import CacheError
from profilesearch.row import Row
from profilesearch.vectors import Vectors, dimension_of, from_bytes, scaled, to_bytes

CHUNK = 2000
"""Rows that are in memory at once."""

_PARAMETERS = 500
_ROW = "digest, id, headline, text, further"


class Spool:
    """Rows in the order of their source, and a vector for each: the one that it brings, or one that is added later.

    Args:
        directory: a folder with room for it.
        keep_source: keep each row as it came, too.

    Attributes:
        directory: where its files lie, which no one else can read.
    """

    def __init__(self, directory: Path, *, keep_source: bool = False) -> None:
        self.directory = directory
        self._keep_source = keep_source
        self._digest = hashlib.sha256()
        self._languages: Counter[str] = Counter()
        self._count = 0
        self._dimension = self._embedded = 0
        self._brought = False
        with self._disk():
            private.make_directory(directory)
            with tempfile.NamedTemporaryFile(dir=directory, prefix="spool-") as named:
                self._database = sqlite3.connect(named.name, isolation_level=None, check_same_thread=False)
                self._database.execute("PRAGMA journal_mode = OFF")
                self._database.execute("PRAGMA synchronous = OFF")
                self._database.execute(
                    "CREATE TABLE rows (number INTEGER PRIMARY KEY, line INTEGER, digest TEXT, id TEXT UNIQUE, "
                    "headline TEXT, text TEXT, further TEXT, source TEXT)"
                )
            self._vectors = tempfile.TemporaryFile(dir=directory)
            self._database.execute("BEGIN")

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._vectors.close()

    def __len__(self) -> int:
        return self._count

    @property
    def digest(self) -> str:
        """Of all rows, in their order: 32 hexadecimal digits."""
        return self._digest.hexdigest()[:32]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that rows say they are in, the most frequent first."""
        return tuple(language for language, _ in self._languages.most_common())

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.OperationalError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise CacheError(
                f"cannot write to the cache directory {self.directory}: {reason}; is the disk full?"
            ) from error

    def add(self, row: Row, line: int, source: Mapping[str, Any]) -> int | None:
        """Add a row, and its vector scaled to length 1 if it brings one.

        Returns:
            None, or the line of an earlier row with the same id, and then nothing is added.
        """
        kept = (row.digest, row.id, row.title, row.text, json.dumps([row.tags, row.numbers, row.language]))
        came = json.dumps(source, default=str) if self._keep_source else None
        with self._disk():
            added = self._database.execute(
                "INSERT OR IGNORE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (self._count, line, *kept, came)
            )
            if not added.rowcount:
                return int(self._database.execute("SELECT line FROM rows WHERE id = ?", (row.id,)).fetchone()[0])
        self._count += 1
        if row.vector:
            self._brought = True
            self.add_vectors(scaled(from_bytes(row.vector, dimension_of(row.vector)))[None])
        self._languages.update([row.language] if row.language else [])
        self._digest.update(row.json.encode())
        self._digest.update(b"\n")
        return None

    def rows(self, start: int = 0) -> Iterator[list[Row]]:
        """All rows from a position on, in chunks, without the vectors that they bring; may be read by another thread while nobody else reads or adds rows."""
        for first in range(start, self._count, CHUNK):
            with self._disk():
                rows = self._database.execute(
                    f"SELECT {_ROW} FROM rows WHERE number >= ? ORDER BY number LIMIT ?",  # noqa: S608
                    (first, CHUNK),
                ).fetchall()
            yield [_row(values) for values in rows]

    def rows_at(self, positions: Sequence[int] | Integers) -> list[Row]:
        """Some rows."""
        return [_row(values) for values in self._at(_ROW, positions)]

    def whole_rows_at(self, positions: Sequence[int] | Integers) -> list[Row]:
        """Some rows, with the vectors that they bring: of length 1 by now."""
        if not self._brought:
            return self.rows_at(positions)
        vectors = self.vectors_at(positions)
        return [_with_vector(row, vector) for row, vector in zip(self.rows_at(positions), vectors, strict=True)]

    def sources_at(self, positions: Sequence[int]) -> list[str]:
        """Some rows as they came, as JSON."""
        return [source for (source,) in self._at("source", positions)]

    def _at(self, columns: str, positions: Sequence[int] | Integers) -> list[tuple[str, ...]]:
        rows: dict[int, tuple[str, ...]] = {}
        for part in chunked(map(int, positions), _PARAMETERS):
            marks = ",".join("?" * len(part))
            with self._disk():
                chosen = self._database.execute(f"SELECT number, {columns} FROM rows WHERE number IN ({marks})", part)  # noqa: S608
                rows.update((number, tuple(values)) for number, *values in chosen)
        return [rows[int(position)] for position in positions]

    def positions_of(self, ids: Iterable[str]) -> dict[str, int]:
        """The positions of those of some ids that are here."""
        positions: dict[str, int] = {}
        for some in chunked(ids, _PARAMETERS):
            marks = ",".join("?" * len(some))
            with self._disk():
                positions.update(self._database.execute(f"SELECT id, number FROM rows WHERE id IN ({marks})", some))  # noqa: S608
        return positions

    def has(self, id_: str) -> bool:
        """Whether a row with this id is here."""
        with self._disk():
            return self._database.execute("SELECT 1 FROM rows WHERE id = ?", (id_,)).fetchone() is not None

    # ------------------------------------------------------------ vectors
    def add_vectors(self, vectors: Vectors) -> None:
        """Add ``(n, dim)`` float32 vectors of the next rows."""
        self._dimension, self._embedded = vectors.shape[1], self._embedded + len(vectors)
        with self._disk():
            self._vectors.write(np.ascontiguousarray(vectors, np.float32).tobytes())

    @property
    def dimension(self) -> int:
        """Numbers in a vector; 0 while there is none."""
        return self._dimension

    def vectors(self, start: int = 0) -> Iterator[Vectors]:
        """``(n, dim)`` float32 vectors of all rows from a position on, in the chunks of :meth:`rows`; not to be changed."""
        for first in range(start, self._count, CHUNK):
            yield self._map(first, min(CHUNK, self._count - first))

    def vectors_at(self, positions: Sequence[int] | Integers) -> Vectors:
        """``(n, dim)`` float32 vectors of some rows, in their order; nothing else is read."""
        return np.array(self._map(0, self._embedded)[np.asarray(positions, np.int64)])

    def replace_vectors(self, change: Callable[[Vectors], Vectors]) -> None:
        """Replace all vectors, ``(n, dim)`` rows at a time, by others."""
        changed = tempfile.TemporaryFile(dir=self.directory)
        dimension = self._dimension
        with self._disk():
            for chunk in self.vectors():
                others = np.ascontiguousarray(change(chunk), np.float32)
                changed.write(others.tobytes())
                dimension = others.shape[1]
            changed.flush()
        self._vectors.close()
        self._vectors, self._dimension = changed, dimension

    def _map(self, first: int, amount: int) -> Vectors:
        """Rows of the file as memory; mapped for each reading, so that what is read does not stay in memory."""
        offset, shape = 4 * self._dimension * first, (amount, self._dimension)
        if not amount:
            return np.zeros(shape, np.float32)
        with self._disk():
            self._vectors.flush()
        return np.asarray(np.memmap(self._vectors, np.float32, "r", offset, shape))


def _with_vector(row: Row, vector: Vectors) -> Row:
    return Row.of_digest(row.digest, row.id, row.title, row.text, row.tags, row.numbers, row.language, to_bytes(vector))


def _row(values: Sequence[str]) -> Row:
    digest, id_, title, text, further = values
    return Row.of_digest(digest, id_, title, text, *json.loads(further))
