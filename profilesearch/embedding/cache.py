"""Vectors that were computed before, on disk, by model fingerprint and text.

One SQLite file, which its owner alone can read. Every row carries a checksum: a row that does not hold what was put in counts as not there, and a file
that is no database any more is begun anew. What a model on this disk is like is kept too.
"""

import contextlib
import hashlib
import logging
import sqlite3
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from filelock import FileLock, Timeout

from .. import private
from ..errors import CacheError
from ..vectors import Vectors, from_bytes, to_bytes

log = logging.getLogger(__name__)

T = TypeVar("T")
Kind = Literal["document", "query", "whole text"]
"""A document is read as far as the model reads; a whole text is the weighed mean of a long one's windows."""

FILE = "embeddings.sqlite3"
_WAIT_SECONDS = 60
_LOOKED_UP_AT_ONCE = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, tokens INTEGER, vector BLOB, checksum INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS models (stamp TEXT PRIMARY KEY, fingerprint TEXT, dimension INTEGER, token_limit INTEGER);
"""


@dataclass(frozen=True)
class Known:
    """What is known of a model without loading it."""

    fingerprint: str
    dimension: int
    token_limit: int


class EmbeddingCache:
    """The file.

    Args:
        directory: where it lies; made if it is not there.

    Raises:
        CacheError: the directory cannot be used.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.damaged = 0
        self._one_thread = threading.Lock()  # its connection is in one transaction at a time
        try:
            private.make_directory(directory)
            private.make_file(directory / "embeddings.lock")
            # SQLite does not wait when two processes make a file WAL at the same time, and a damaged one is replaced once
            self._opening = FileLock(directory / "embeddings.lock", timeout=_WAIT_SECONDS)
            with self._opening:
                self._database, self._file = self._open()
        except Timeout:
            raise CacheError(
                f"the embedding cache in {directory} was locked for {_WAIT_SECONDS} s: who uses it?"
            ) from None
        except OSError as error:
            raise CacheError(f"cannot use the cache directory {directory}: {error.strerror}") from error

    def _open(self) -> tuple[sqlite3.Connection, int]:
        """A connection, and which file it is to (its inode). Called under the lock."""
        path = self.directory / FILE
        database = None
        private.make_file(path)  # what SQLite puts beside it gets the same rights
        for ending in ("-wal", "-shm"):
            if (beside := path.with_name(path.name + ending)).exists():
                private.make_file(beside)
        try:
            database = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = NORMAL")
            database.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            if database is not None:
                database.close()
            if isinstance(error, sqlite3.OperationalError):
                raise CacheError(f"cannot use the embedding cache {path}: {error}") from error
            self._remove(error)
            return self._open()
        return database, path.stat().st_ino

    def _remove(self, error: sqlite3.DatabaseError) -> None:
        """Take the damaged file away. Called under the lock."""
        path = self.directory / FILE
        log.warning("the embedding cache %s is damaged (%s): it is begun anew", path, error)
        self.damaged += 1
        try:
            for ending in ("", "-wal", "-shm"):
                path.with_name(path.name + ending).unlink(missing_ok=True)
        except OSError as problem:
            raise CacheError(f"cannot replace the damaged cache {path}: {problem.strerror}") from problem

    def _begin_anew(self, error: sqlite3.DatabaseError) -> None:
        """Open an empty file in place of the damaged one, or the one that another process has put there."""
        path = self.directory / FILE
        with self._opening:
            # compared before it is closed: a number is not given to another file while this one is open
            ours = path.exists() and path.stat().st_ino == self._file
            self._database.close()
            if ours:
                self._remove(error)
            self._database, self._file = self._open()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def __len__(self) -> int:
        return int(self._ask("SELECT count(*) FROM vectors")[0][0])

    def _ask(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        return self._repaired(lambda: self._database.execute(statement, values).fetchall())

    def _repaired(self, work: Callable[[], T]) -> T:
        """Do the work; on a file that is no database any more, once more on one that is begun anew. One thread at a time."""
        try:
            with self._one_thread:
                try:
                    return work()
                except sqlite3.OperationalError:
                    raise
                except sqlite3.DatabaseError as error:
                    self._begin_anew(error)
                    return work()
        except (sqlite3.Error, OSError) as error:
            raise CacheError(
                f"the embedding cache {self.directory / FILE} cannot be used: {error}; is the disk full, or read-only?"
            ) from error

    def known(self, stamp: str | None) -> Known | None:
        """What a model is like that was seen under this stamp before."""
        if stamp is None:
            return None
        rows = self._ask("SELECT fingerprint, dimension, token_limit FROM models WHERE stamp = ?", (stamp,))
        return Known(*rows[0]) if rows else None

    def remember(self, stamp: str | None, known: Known) -> None:
        """Keep what a model is like."""
        if stamp is not None:
            values = (stamp, known.fingerprint, known.dimension, known.token_limit)
            self._ask("INSERT OR REPLACE INTO models VALUES (?, ?, ?, ?)", values)

    def get(self, model: Known, kind: Kind, texts: Sequence[str]) -> dict[int, tuple[int, Vectors]]:
        """Positions of the texts that are here, with token counts and ``(dim,)`` vectors."""
        keys = [_key(model.fingerprint, kind, text) for text in texts]
        places: dict[bytes, list[int]] = {}
        for position, key in enumerate(keys):
            places.setdefault(key, []).append(position)
        entries: dict[int, tuple[int, Vectors]] = {}
        distinct = list(places)
        for start in range(0, len(distinct), _LOOKED_UP_AT_ONCE):
            part = distinct[start : start + _LOOKED_UP_AT_ONCE]
            marks = ",".join("?" * len(part))
            rows = self._ask(
                f"SELECT key, tokens, vector, checksum FROM vectors WHERE key IN ({marks})",  # noqa: S608  marks alone
                part,
            )
            for key, tokens, data, checksum in rows:
                if checksum != _checksum(key, tokens, data) or len(data) != 4 * model.dimension:
                    self.damaged += 1
                    continue
                vector = from_bytes(data, model.dimension)
                entries |= dict.fromkeys(places[key], (int(tokens), vector))
        return entries

    def put(self, model: Known, kind: Kind, texts: Sequence[str], tokens: Sequence[int], vectors: Vectors) -> None:
        """Keep ``(n, dim)`` vectors, all or none.

        Raises:
            CacheError: the disk is full, or the directory cannot be written.
        """
        rows = []
        for text, count, vector in zip(texts, tokens, vectors, strict=True):
            key, data = _key(model.fingerprint, kind, text), to_bytes(vector)
            rows.append((key, count, data, _checksum(key, count, data)))

        def write() -> None:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", rows)
                self._database.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise

        self._repaired(write)


def _key(fingerprint: str, kind: Kind, text: str) -> bytes:
    return hashlib.sha256(f"{fingerprint}\0{kind}\0{text}".encode()).digest()[:20]


def _checksum(key: bytes, tokens: int, data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(b"%d" % tokens, zlib.crc32(key)))
