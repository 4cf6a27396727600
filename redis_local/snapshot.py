"""Answers a long command in a process of its own, from the index as it is now.

As redis-server saves (https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/#how-it-works): a forked
child has the whole index as it was at that moment and shares its memory, so nothing is copied, changes go on meanwhile,
and other clients wait for the fork alone. The child has a limit in time and memory and ends with its parent.
"""

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable, Coroutine
from multiprocessing.context import ForkContext, ForkProcess
from pathlib import Path
from typing import Any, cast

from .errors import CommandError
from .lifetime import end_with_parent

AVAILABLE = sys.platform == "linux"
"""Elsewhere a fork may break the libraries that NumPy multiplies with."""

SECONDS = 30
"""Time that a command may take."""

_GRACE_SECONDS = 10
"""After which a child that did not end by itself, being stopped or stuck since it was forked, is waited for no longer."""

_MEMORY = 1 << 30
_AT_ONCE = 4
Answer = Callable[[], Coroutine[Any, Any, bytes]]
_LENGTH = struct.Struct("<Q")
_children: asyncio.Semaphore | None = None


async def answer_apart(answer: Answer) -> bytes:
    """Run ``answer`` in a forked child and return what it returns.

    At most four run at once; others wait for their turn.

    Raises:
        CommandError: it took longer than ``SECONDS``, or more memory than it may, or the child ended otherwise; or the
            system has no process, memory or file descriptor left for it.
    """
    global _children
    if _children is None:
        _children = asyncio.Semaphore(_AT_ONCE)
    async with _children:
        try:
            data = await _run_apart(answer)
        except OSError as error:
            raise CommandError(
                f"ERR no process could be started for a long command ({error.strerror}); try again when less is going on"
            ) from error
    if len(data) < _LENGTH.size or _LENGTH.unpack_from(data)[0] != len(data) - _LENGTH.size:
        raise CommandError(f"Timeout limit was reached: the command took more than {SECONDS} s, or too much memory")
    return data[_LENGTH.size :]


async def _run_apart(answer: Answer) -> bytes:
    ours, theirs = socket.socketpair()
    child = ForkContext().Process(target=_run, args=(theirs, answer), daemon=True)
    try:
        child.start()
        theirs.close()
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(_read_all(ours), SECONDS + _GRACE_SECONDS)
        return b""
    finally:
        ours.close()
        theirs.close()
        if child.pid is not None:
            await _end(child)


async def _end(child: ForkProcess) -> None:
    """Kill and reap; others are answered while the system takes the child's memory back."""
    child.kill()
    try:
        if child.exitcode is None:
            await _until_readable(os.pidfd_open(cast(int, child.pid)))
    except OSError:
        pass  # no descriptor left, or an old kernel: wait in join
    finally:
        child.join()


async def _until_readable(descriptor: int) -> None:
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def _read_all(source: socket.socket) -> bytes:
    reader, writer = await asyncio.open_unix_connection(sock=source)
    try:
        return await reader.read(-1)
    finally:
        writer.close()


def _run(out: socket.socket, answer: Answer) -> None:
    """The child: nothing of its parent's connections stays open in it."""
    gc.freeze()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPROF):
        signal.signal(number, signal.SIG_DFL)
    signal.alarm(SECONDS)
    end_with_parent()
    for descriptor in [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]:
        if descriptor > 2 and descriptor != out.fileno():
            with contextlib.suppress(OSError):
                os.close(descriptor)
    os.nice(5)
    with contextlib.suppress(OSError, ValueError):
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + _MEMORY, size + _MEMORY))
    with contextlib.suppress(MemoryError, OSError), asyncio.Runner() as runner:
        data = runner.run(answer())
        out.sendall(_LENGTH.pack(len(data)))
        out.sendall(data)
