"""Checks of the limit that steps have: ``python -m tests.redis_local.step_limits NAME``; ends with an error if one fails.

The limit is for the work from one wait to the next.
"""

import asyncio
import contextlib
import itertools
import signal
import sys
import time
from collections.abc import Generator
from typing import Any

import pytest

from redis_local.query.cache import Cache
from redis_local.slices import TooLong, sliced, step_limit

LIMIT = 0.1
LONG = 60.0


def run_steps(work: Generator[Any, Any, Any]) -> Any:
    """Run to the end without an event loop."""
    while True:
        try:
            work.send(None)
        except StopIteration as stop:
            return stop.value


def spin() -> None:
    deadline = time.monotonic() + LONG
    while time.monotonic() < deadline:
        pass


def a_step_that_takes_long_is_ended_and_waiting_is_not() -> None:
    async def patient() -> str:
        for _ in range(20):
            deadline = time.process_time() + LIMIT / 10
            while time.process_time() < deadline:
                pass
            await asyncio.sleep(0)
        return "done"

    async def busy() -> None:
        await asyncio.sleep(0)
        spin()

    with step_limit(LIMIT):
        assert run_steps(sliced(patient())) == "done"
        with pytest.raises(TooLong):
            run_steps(sliced(busy()))
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


def an_end_that_a_destructor_swallows_comes_again() -> None:
    class Destroyed:
        def __del__(self) -> None:
            with contextlib.suppress(TooLong):
                spin()

    async def busy() -> None:
        Destroyed()
        spin()

    with step_limit(LIMIT), pytest.raises(TooLong):
        run_steps(sliced(busy()))


def a_cache_stays_true_to_its_size_however_it_is_interrupted() -> None:
    cache: Cache[int, str] = Cache(20)

    async def fill() -> None:
        for number in itertools.count():
            cache.put(number, 9, "x")

    with step_limit(0.004):
        for _ in range(40):
            with pytest.raises(TooLong):
                run_steps(sliced(fill()))
            cache.put(-1, 9, "x")
            assert cache._size == 10 * len(cache) <= 20


CHECKS = {
    check.__name__: check
    for check in (
        a_step_that_takes_long_is_ended_and_waiting_is_not,
        an_end_that_a_destructor_swallows_comes_again,
        a_cache_stays_true_to_its_size_however_it_is_interrupted,
    )
}

if __name__ == "__main__":
    CHECKS[sys.argv[1]]()
