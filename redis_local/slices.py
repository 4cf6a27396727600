"""Ends work on the event loop that takes too long.

The loop relays every client's commands, so a command that is answered on it may keep it for a short time only. A timer
ticks (setitimer(2), of processor time: it stands still while the process does, and a busy machine changes nothing); at
the second tick within one step of a command :class:`TooLong` is raised in the middle of that step. So no cost need be
guessed beforehand, and quick commands make no system call. Only commands that change nothing may be run so.
"""

import signal
import types
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

_R = TypeVar("_R")
_MOST_TICKS = 2


class TooLong(BaseException):
    """A step took longer than it may. No ``Exception``, so that nothing on the way takes it for a failure."""


class _Timer:
    running = False
    masked = False
    ticks = 0


@contextmanager
def step_limit(seconds: float) -> Iterator[None]:
    """Let steps take so much processor time, or half of it. On the main thread; takes SIGPROF, which is ignored after."""
    signal.signal(signal.SIGPROF, _tick)
    signal.setitimer(signal.ITIMER_PROF, seconds / _MOST_TICKS, seconds / _MOST_TICKS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_IGN)  # a last tick may be on its way; SIG_DFL would end the process


def _tick(number: int, frame: types.FrameType | None) -> None:
    _Timer.ticks += 1
    if _Timer.running and not _Timer.masked and _Timer.ticks >= _MOST_TICKS:
        raise TooLong  # at each further tick again: a destructor or a callback of the collector may swallow one


@contextmanager
def unbroken() -> Iterator[None]:
    """A section that is not ended half-way, since it changes what others rely on."""
    before, _Timer.masked = _Timer.masked, True
    try:
        yield
    finally:
        _Timer.masked = before


@types.coroutine
def sliced(work: Coroutine[Any, Any, _R]) -> Generator[Any, Any, _R]:
    """Run a coroutine whose steps, from one wait to the next, have a limit (see :func:`step_limit`).

    Raises:
        TooLong: one took more; the coroutine is closed.
    """
    error: BaseException | None = None
    try:
        while True:
            try:
                _Timer.ticks, _Timer.running = 0, True
                waited_for = work.send(None) if error is None else work.throw(error)
            except StopIteration as stop:
                result: _R = stop.value
                return result
            finally:
                _Timer.running = False
            try:
                error = None
                yield waited_for
            except BaseException as thrown:
                error = thrown
    finally:
        work.close()
