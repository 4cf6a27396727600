"""Files with people's data, which their owner alone can read, whatever the umask."""

import logging
import os
import stat
from pathlib import Path
from typing import IO

log = logging.getLogger(__name__)

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700


def make_directory(path: Path) -> None:
    """Make a folder and the folders above it that are not there; what is there is left as it is.

    Raises:
        OSError: it cannot be made.
    """
    for folder in (*reversed(path.parents), path):
        try:
            folder.mkdir(mode=DIRECTORY_MODE)
        except OSError:  # for a folder that is there, systems have several: on macOS / is EISDIR
            if not folder.is_dir():
                raise
    if not path.is_dir():
        raise NotADirectoryError(20, "Not a directory", str(path))
    if _is_open_to_writers(path):
        log.warning("the folder %s can be written by everybody: take that right away (chmod o-w)", path)


def _is_open_to_writers(path: Path) -> bool:
    mode = path.stat().st_mode
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def make_file(path: Path) -> None:
    """Make a file if it is not there; take the rights of others away from one that is.

    One that is there is not opened: closing it would give up every lock of fcntl(2) that this process has on it, and SQLite
    relies on these (https://www.sqlite.org/howtocorrupt.html, section 2.2).

    Raises:
        OSError: it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))
    except FileExistsError:
        try:
            if (mode := stat.S_IMODE(path.stat().st_mode)) & ~FILE_MODE:
                path.chmod(mode & FILE_MODE)
        except PermissionError:
            log.warning("%s belongs to somebody else, who may let others read it", path)


def create(path: Path) -> IO[str]:
    """A new text file in UTF-8; one that is there is removed first.

    Raises:
        OSError: it cannot be made.
    """
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    return open(descriptor, "w", encoding="utf-8")  # noqa: PTH123
