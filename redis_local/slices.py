"""Ends work on the event loop that takes too long.

The loop relays every client's commands, so a command that is answered on it may keep it for a short time only. A timer
(setitimer(2), of processor time, so that a busy machine changes nothing) runs while a step of the command does; when it fires, :class:`TooLong` is raised in the middle of that
step. So no cost need be guessed beforehand. Only commands that change nothing may be run so.
"""

import signal
import types
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

_R = TypeVar("_R")
_AGAIN = 0.005


class TooLong(BaseException):
    """A step took longer than it may. No ``Exception``, so that nothing on the way takes it for a failure."""


class _Timer:
    running = False
    masked = False


def install() -> None:
    """Take over SIGPROF. Call once, on the main thread."""
    signal.signal(signal.SIGPROF, _fire)


def _fire(number: int, frame: types.FrameType | None) -> None:
    if not _Timer.running:
        signal.setitimer(signal.ITIMER_PROF, 0)
    elif not _Timer.masked:
        _Timer.running = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        raise TooLong


@contextmanager
def unbroken() -> Iterator[None]:
    """A section that is not ended half-way, since it changes what others rely on."""
    before, _Timer.masked = _Timer.masked, True
    try:
        yield
    finally:
        _Timer.masked = before


@types.coroutine
def sliced(work: Coroutine[Any, Any, _R], seconds: float) -> Generator[Any, Any, _R]:
    """Run a coroutine whose steps, from one wait to the next, may each take so much processor time.

    Raises:
        TooLong: one took more; the coroutine is closed.
    """
    error: BaseException | None = None
    try:
        while True:
            try:
                _Timer.running = True
                signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)
                waited_for = work.send(None) if error is None else work.throw(error)
            except StopIteration as stop:
                result: _R = stop.value
                return result
            finally:
                _Timer.running = False
                signal.setitimer(signal.ITIMER_PROF, 0)
            try:
                error = None
                yield waited_for
            except BaseException as thrown:
                error = thrown
    finally:
        work.close()
