"""Rows that were left out, with their reasons."""

import json
import os
import stat
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from profilesearch.errors import BadRow, SourceError


class Rejects:
    """Bad rows with their reasons as JSON Lines, in a file that only its owner can read.

    The file appears, whole, once the source was read (:meth:`complete`), and only if there are any.

    Args:
        path: where it goes; None keeps nothing.

    Raises:
        SourceError: on entering, if it cannot be written: it would go through a link, or over something that is no file.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._whole = False

    def __enter__(self) -> "Rejects":
        if self._path is not None:
            _check(self._path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None or self._path is None:
            return
        try:
            self._file.close()
            if self._whole:
                _check(self._path)
                os.replace(self._file.name, self._path)  # noqa: PTH105
                return
        except OSError as problem:
            raise SourceError(f"{self._path}: cannot be written: {problem.strerror}") from problem
        finally:
            Path(self._file.name).unlink(missing_ok=True)

    def complete(self) -> None:
        """All of the source was read: what was added is kept, whatever comes after."""
        self._whole = True

    def add(self, why: BadRow, row: Any) -> None:
        """Keep a row, as it came."""
        if self._path is None:
            return
        line = {
            "file": why.file,
            "line": why.line,
            "field": why.field,
            "came": why.came,
            "expected": why.expected,
            "row": row,
        }
        try:
            if self._file is None:
                self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115
                    "w", encoding="utf-8", dir=self._path.parent, prefix=f"{self._path.name}.", delete=False
                )
            self._file.write(json.dumps(line, ensure_ascii=True, default=str) + "\n")
        except OSError as problem:
            raise SourceError(f"{self._path}: cannot be written: {problem.strerror}") from problem


def _check(path: Path) -> None:
    """Only a regular file may be replaced: not a device, and not what a link points to."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as problem:
        raise SourceError(f"{path}: cannot be written: {problem.strerror}") from problem
    if stat.S_ISLNK(mode):
        raise SourceError(f"{path}: expected a file for rejected rows, got a symbolic link: name the file itself")
    if not stat.S_ISREG(mode):
        raise SourceError(f"{path}: expected a file for rejected rows, got something else")
