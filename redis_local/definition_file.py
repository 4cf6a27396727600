"""The file that outlives the process: which indexes, aliases and dictionaries there are.

It is written in a thread, since a disk may take seconds and every client's commands pass through the event loop. One
write runs at a time; of the changes that come meanwhile, the next write has all.
"""

import asyncio
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import CommandError

log = logging.getLogger(__name__)

Content = Callable[[], dict[str, Any]]


class DefinitionFile:
    """A JSON file that is replaced as a whole: written aside, synced, renamed.

    Args:
        path: where it is; its folder exists.
        content: what to write, asked for on the event loop as each write begins.
    """

    def __init__(self, path: Path, content: Content) -> None:
        self.path = path
        self._content = content
        self._next: asyncio.Future[None] | None = None
        self._writer: asyncio.Task[None] | None = None

    def save(self) -> "asyncio.Future[None]":
        """Have the content as it is now written, whether or not anybody waits for it.

        Returns:
            A future that is done once it is on disk, or holds a CommandError if it could not be written. Others wait for
            the same one: shield it.
        """
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())
        return self._next

    async def settle(self) -> None:
        """Wait until nothing is left to be written."""
        if self._writer is not None:
            await asyncio.shield(self._writer)

    async def _write(self) -> None:
        while self._next is not None:
            written, self._next = self._next, None
            try:
                await asyncio.to_thread(_replace, self.path, json.dumps(self._content(), indent=1))
            except OSError as error:
                log.error("%s cannot be written: %s", self.path, error)
                message = (
                    f"ERR {self.path.name} cannot be written ({error.strerror}): the change holds until redis_local "
                    "ends, and is written with the next one that can be"
                )
                written.set_exception(CommandError(message))
                written.exception()  # it has been logged, if nobody waits for it
            else:
                written.set_result(None)
        self._writer = None


def _replace(path: Path, text: str) -> None:
    aside = path.with_suffix(".tmp")
    with aside.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
