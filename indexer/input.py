"""The bytes of a source: a file as it lies there, or what a pipe sends, put on disk before anybody works with it.

A pipe may keep its reader waiting, so it is read to its end before a build takes its lock. What is endless or no file is
refused.
"""

import os
import select
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from profilesearch import private
from profilesearch.errors import SourceError

STANDARD_INPUT = "-"

PATIENCE_SECONDS = 600.0
"""How long a pipe may be silent."""

LARGEST_PIPE = 64 * 1024**3
"""Bytes that a pipe may send."""

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Input:
    """A source that is open.

    Attributes:
        name: what messages call it.
        path: as it was given; ``-`` for standard input.
        file: its bytes, from the beginning; it can be sought.
    """

    name: str
    path: str
    file: IO[bytes]
    stamp: tuple[int, int, int] | None = None

    def check_unchanged(self) -> None:
        """Check that nobody wrote to the file, or put another in its place, since it was opened.

        Raises:
            SourceError: somebody did.
        """
        if self.stamp is None:
            return
        try:
            same = _stamp(Path(self.path).stat()) == self.stamp
        except OSError:
            same = False
        if not same:
            raise SourceError(f"{self.name}: it changed while it was being read; nothing was done with it: try again")


@contextmanager
def open_input(path: str, directory: Path, patience: float = PATIENCE_SECONDS) -> Iterator[Input]:
    """Open a source.

    Args:
        path: a file, a named pipe, or ``-`` for standard input.
        directory: where the bytes of a pipe lie meanwhile, in a file without a name.
        patience: seconds that a pipe may be silent.

    Raises:
        SourceError: it cannot be read, is no file, or a pipe is silent for too long.
    """
    name = "standard input" if path == STANDARD_INPUT else path
    with ExitStack() as stack:
        try:
            source = _ready(name, path, directory, patience, stack)
        except OSError as error:
            raise SourceError(f"{name}: cannot be read: {error.strerror or error}") from error
        yield source  # outside: what goes wrong from here on is not the source's fault


def _ready(name: str, path: str, directory: Path, patience: float, stack: ExitStack) -> Input:
    """The source, opened and, if it is a pipe, received; the stack closes it."""
    file = stack.enter_context(_opened(path))
    status = _status(file)
    if status is not None and stat.S_ISREG(status.st_mode) and path != STANDARD_INPUT:
        return Input(name, path, file, _stamp(status))
    if status is not None and not _sends(status.st_mode, path):
        raise SourceError(f"{name}: expected a file or a pipe, got {_kind(status.st_mode)}")
    private.make_directory(directory)
    kept = stack.enter_context(tempfile.TemporaryFile(dir=directory))
    _receive(file, kept, name, patience)
    kept.seek(0)
    return Input(name, path, kept)


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    # without waiting: opening a named pipe that nobody writes to would block for ever
    with open(path, "rb", buffering=0, opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as raw:  # noqa: PTH123
        if stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
            with Path(path).open("rb") as file:
                yield file
        else:
            yield raw


def _status(file: IO[bytes]) -> os.stat_result | None:
    """None if it has no file descriptor."""
    try:
        return os.fstat(file.fileno())
    except (OSError, ValueError):
        return None


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _sends(mode: int, path: str) -> bool:
    """Whether it sends bytes and an end; of devices only a terminal or the like behind standard input may."""
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        return True
    return path == STANDARD_INPUT and (stat.S_ISREG(mode) or os.isatty(sys.stdin.fileno()))


def _kind(mode: int) -> str:
    return "a device" if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) else "something else"


def _receive(file: IO[bytes], kept: IO[bytes], name: str, patience: float) -> None:
    size = 0
    deadline = time.monotonic() + patience
    while True:
        if (data := _next(file, deadline)) is None:
            raise SourceError(f"{name}: nothing came for {patience:g} seconds: is anybody writing to it?")
        if not data:
            return
        size += len(data)
        if size > LARGEST_PIPE:
            raise SourceError(f"{name}: expected at most {LARGEST_PIPE:,} bytes from a pipe, got more: use a file")
        kept.write(data)
        deadline = time.monotonic() + patience


def _next(file: IO[bytes], deadline: float) -> bytes | None:
    """The next bytes, nothing at the end, or None if none came until the deadline."""
    if _status(file) is None:
        return file.read(_CHUNK)
    while not select.select([file], [], [], max(0.0, deadline - time.monotonic()))[0]:
        if time.monotonic() >= deadline:
            return None
    return os.read(file.fileno(), _CHUNK)
