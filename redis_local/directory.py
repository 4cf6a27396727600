"""The data directory: ours alone while we run, and readable by its owner alone."""

import os
import stat
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import StartError

_OURS = (
    "appendonly.aof*",
    "appendonlydir",
    "appendonlydir/*",
    "dump.rdb",
    "indexes.json",
    "indexes.tmp",
    "redis-server.log",
    "redis_local.lock",
    "temp-*.aof",
    "temp-*.rdb",
)
"""What redis_local and redis-server leave in it."""


def lock_directory(directory: Path) -> FileLock:
    """Make the data directory, where it is missing, and lock it until the lock is released or the process ends.

    Raises:
        StartError: another redis_local has it, or it cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = FileLock(directory / "redis_local.lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise StartError(f"another redis_local runs on {directory}: stop it, or choose another --dir") from None
    except OSError as error:
        raise StartError(f"cannot use {directory}: {error.strerror}") from error
    return lock


def close_to_others(directory: Path) -> None:
    """Take group and others their rights to the directory and our files in it, but not to a shared one such as /tmp.

    Raises:
        StartError: the system does not allow it.
    """
    ours = [path for pattern in _OURS for path in directory.glob(pattern)]
    if not directory.stat().st_mode & stat.S_ISVTX:
        ours.append(directory)
    for path in ours:
        if not path.is_symlink() and path.stat().st_uid == os.getuid():
            try:
                path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700)
            except OSError as error:
                raise StartError(f"cannot close {path} to other users: {error.strerror}") from error
