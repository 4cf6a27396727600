"""A query that takes long is answered, and keeps nobody else waiting."""

import asyncio
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

import redis
from redis_local.errors import CommandError
from redis_local.snapshot import AVAILABLE, answer_apart
from tests.servers import ROOT, RedisLocal, redis_local, wait_until

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="long queries get a process of their own on Linux alone")
ROWS = 20_000
SLOW = (
    "FT.AGGREGATE",
    "idx",
    "*",
    "LOAD",
    "1",
    "@words",
    "GROUPBY",
    "2",
    "@n",
    "@words",
    "REDUCE",
    "COUNT",
    "0",
    "AS",
    "c",
)
MOST_SECONDS = 0.1


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisLocal]:
    with redis_local(tmp_path_factory.mktemp("big")) as server, server.client() as client:
        client.execute_command("FT.CREATE", "idx", "PREFIX", "1", "p:", "SCHEMA", "n", "NUMERIC", "words", "TEXT")
        with client.pipeline(transaction=False) as pipeline:
            for number in range(ROWS):
                pipeline.hset(f"p:{number}", mapping={"n": number, "words": f"red green blue w{number % 500}"})
            pipeline.execute()
        assert client.execute_command("FT.SEARCH", "idx", "*", "LIMIT", "0", "0") == [ROWS]
        yield server


def children(server: RedisLocal) -> list[psutil.Process]:
    """The processes in which queries are answered."""
    return [child for child in psutil.Process(server.running.pid).children() if "redis-server" not in child.name()]


def test_others_are_answered_meanwhile(big: RedisLocal) -> None:
    """Writes, plain commands and other searches go on while a query that takes a second or more is answered."""
    results = []

    def ask() -> None:
        with big.client() as slow:
            results.append(slow.execute_command(*SLOW))

    asking = threading.Thread(target=ask)
    waits: list[float] = []
    with big.client() as client:
        asking.start()
        number = 0
        while asking.is_alive():
            number += 1
            started = time.perf_counter()
            client.hset("p:0", "words", f"purple{number}")
            assert client.execute_command("FT.SEARCH", "idx", f"purple{number}", "NOCONTENT") == [1, b"p:0"]
            waits.append(time.perf_counter() - started)
        client.hset("p:0", mapping={"words": "red green blue w0"})
    asking.join()
    assert results[0][0] == ROWS
    assert len(waits) > 5
    assert sorted(waits)[len(waits) // 2] < MOST_SECONDS
    wait_until(lambda: not children(big), what="the end of the processes of queries")


def test_the_answer_is_the_same_as_on_the_loop(big: RedisLocal) -> None:
    with big.client() as client:
        reply = client.execute_command(*SLOW, "SORTBY", "2", "@n", "ASC", "LIMIT", "0", "20000")
        rows = [dict(zip(row[::2], row[1::2], strict=True)) for row in reply[1:]]
        assert [int(row[b"n"]) for row in rows] == list(range(ROWS))
        assert all(row[b"words"] == b"red green blue w%d" % (int(row[b"n"]) % 500) for row in rows)
        with pytest.raises(redis.ResponseError, match="No such property"):
            client.execute_command("FT.AGGREGATE", "idx", "*", "GROUPBY", "1", "@nope")


def test_a_client_that_leaves_takes_its_query_along(big: RedisLocal) -> None:
    before = children(big)
    assert not before
    client = big.client(socket_timeout=60)
    client.connection_pool.get_connection().send_command(*SLOW)
    wait_until(lambda: bool(children(big)), what="a process for the query")
    client.close()
    wait_until(lambda: not children(big), what="the end of it")


def test_the_first_query_after_a_write_sees_it_however_long_it_takes(big: RedisLocal) -> None:
    with big.client() as client, big.client() as other:
        for number in range(3):
            client.hset("p:extra", mapping={"n": ROWS + number, "words": "extra"})
            assert other.execute_command(*SLOW)[0] == ROWS + 1
        client.delete("p:extra")
        assert other.execute_command(*SLOW)[0] == ROWS


def test_nothing_is_left_when_redis_local_is_killed(tmp_path: Path) -> None:
    with redis_local(tmp_path) as server, server.client() as client:
        client.execute_command("FT.CREATE", "idx", "PREFIX", "1", "p:", "SCHEMA", "n", "NUMERIC", "words", "TEXT")
        with client.pipeline(transaction=False) as pipeline:
            for number in range(ROWS):
                pipeline.hset(f"p:{number}", mapping={"n": number, "words": "red"})
            pipeline.execute()
        client.execute_command("FT.SEARCH", "idx", "*", "LIMIT", "0", "0")
        client.connection_pool.get_connection().send_command(*SLOW)
        left = wait_until(lambda: children(server), what="a process for the query")
        server.running.kill()
        wait_until(lambda: all(not child.is_running() or child.status() == "zombie" for child in left), what="its end")


@pytest.mark.parametrize(
    "check",
    [
        "a_step_that_takes_long_is_ended_and_waiting_is_not",
        "an_end_that_a_destructor_swallows_comes_again",
        "a_cache_stays_true_to_its_size_however_it_is_interrupted",
    ],
)
def test_the_limit_of_a_step(check: str) -> None:
    """In a process of its own: its timer interrupts every thread of a process, those of libraries too."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.redis_local.step_limits", check],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_without_a_descriptor_left_a_long_command_is_refused() -> None:
    """The system's limit is the cause; the client is told, and others go on."""

    async def ask() -> None:
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
        try:
            with pytest.raises(CommandError, match="no process could be started for a long command"):
                await answer_apart(never)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    async def never() -> bytes:
        raise AssertionError

    with ThreadPoolExecutor(1) as aside:  # another test's event loop may run in this thread
        aside.submit(asyncio.run, ask()).result()


def test_a_process_that_is_stuck_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot hear that its time is over: its client is answered, and it is killed."""
    monkeypatch.setattr("redis_local.snapshot.SECONDS", 1)
    monkeypatch.setattr("redis_local.snapshot._GRACE_SECONDS", 0)
    before = psutil.Process().children()

    async def stuck() -> bytes:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM, signal.SIGTERM})
        time.sleep(600)
        return b""

    async def ask() -> None:
        with pytest.raises(CommandError, match="Timeout limit was reached"):
            await answer_apart(stuck)

    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, ask()).result(60)
    assert psutil.Process().children() == before


def test_a_long_command_for_an_index_that_is_gone(tmp_path: Path) -> None:
    """It is refused in its own words, and so is one that was answered apart before."""
    with redis_local(tmp_path) as server, server.client() as client:
        client.execute_command("FT.CREATE", "idx", "PREFIX", "1", "p:", "SCHEMA", "n", "NUMERIC", "words", "TEXT")
        with client.pipeline(transaction=False) as pipeline:
            for number in range(ROWS):
                pipeline.hset(f"p:{number}", mapping={"n": number, "words": "red"})
            pipeline.execute()
        assert client.execute_command(*SLOW)[0] == ROWS
        client.execute_command("FT.DROPINDEX", "idx")
        with pytest.raises(redis.ResponseError, match="No such index idx"):
            client.execute_command(*SLOW)
