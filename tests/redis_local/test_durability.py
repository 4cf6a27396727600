"""What was acknowledged outlives kill -9 of any of the processes."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import redis
from tests.servers import RedisLocal, wait_until

CREATE = ("FT.CREATE", "idx", "PREFIX", "1", "p:", "SCHEMA", "t", "TAG", "n", "NUMERIC")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisLocal]:
    server = RedisLocal(tmp_path / "data").start()
    yield server
    server.stop()


def count(client: redis.Redis) -> int:
    """How many documents are found, once the index is whole."""
    while True:
        try:
            return int(client.execute_command("FT.SEARCH", "idx", "*", "LIMIT", "0", "0")[0])
        except (redis.BusyLoadingError, redis.ConnectionError):
            time.sleep(0.02)


def fill(client: redis.Redis, amount: int) -> None:
    client.execute_command(*CREATE)
    client.execute_command("FT.ALIASADD", "live", "idx")
    with client.pipeline(transaction=False) as pipeline:
        for number in range(amount):
            pipeline.hset(f"p:{number}", mapping={"t": "a", "n": number})
        pipeline.execute()


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_kill_redis_local(server: RedisLocal) -> None:
    with server.client() as client:
        fill(client, 5000)
    behind = server.server_pid()
    server.kill()
    wait_until(lambda: gone(behind), what="redis-server ending with its parent")
    server.start()
    with server.client() as client:
        assert count(client) == 5000
        assert client.execute_command("FT.SEARCH", "live", "@n:[7 7]", "NOCONTENT") == [1, b"p:7"]


def test_kill_redis_server(server: RedisLocal) -> None:
    """It is started again; clients get errors meanwhile, and nobody waits for ever."""
    with server.client(socket_timeout=30) as client:
        fill(client, 2000)
        before = server.server_pid()
        os.kill(before, signal.SIGKILL)
        errors = 0
        deadline = time.monotonic() + 60
        while True:
            assert time.monotonic() < deadline
            try:
                if client.execute_command("FT.SEARCH", "idx", "*", "LIMIT", "0", "0")[0] == 2000:
                    break
            except redis.TimeoutError:
                pytest.fail("a client was left waiting")
            except (redis.ConnectionError, redis.BusyLoadingError):
                errors += 1
                time.sleep(0.01)
        assert errors
        assert server.server_pid() != before
        client.hset("p:new", "t", "a")
        assert count(client) == 2001


def test_kill_everything_in_the_middle_of_writing(server: RedisLocal) -> None:
    """Every write that was acknowledged is there afterwards, and so is the index of them."""
    acknowledged: list[int] = []

    def write() -> None:
        with server.client() as client:
            try:
                for number in range(1_000_000):
                    client.hset(f"p:{number}", "t", "a")
                    acknowledged.append(number)
            except redis.RedisError:
                return

    with server.client() as client:
        client.execute_command(*CREATE)
    behind = server.server_pid()
    writer = threading.Thread(target=write)
    writer.start()
    wait_until(lambda: len(acknowledged) > 500, what="500 writes")
    os.kill(behind, signal.SIGKILL)
    server.kill()
    writer.join()
    server.start()
    with server.client() as client:
        assert count(client) in (len(acknowledged), len(acknowledged) + 1)
        assert all(client.exists(f"p:{number}") for number in acknowledged[-50:])


def test_stopping_ends_the_child_and_keeps_the_data(server: RedisLocal) -> None:
    with server.client() as client:
        fill(client, 100)
    behind = server.server_pid()
    server.running.send_signal(signal.SIGINT)
    assert server.stop() == 0
    assert gone(behind)
    server.start()
    with server.client() as client:
        assert count(client) == 100


def test_dropped_indexes_and_flushes_stay_gone(server: RedisLocal) -> None:
    with server.client() as client:
        fill(client, 10)
        client.execute_command("FT.CREATE", "other", "PREFIX", "1", "q:", "SCHEMA", "t", "TAG")
        client.execute_command("FT.DROPINDEX", "other")
    server.kill()
    server.start()
    with server.client() as client:
        assert client.execute_command("FT._LIST") == [b"idx"]
        client.flushall()
        assert client.execute_command("FT._LIST") == []
    server.kill()
    server.start()
    with server.client() as client:
        assert client.execute_command("FT._LIST") == []


def test_searches_say_loading_until_the_index_is_whole(server: RedisLocal) -> None:
    """After a restart there is an error or the whole answer, never a part of it."""
    with server.client() as client:
        fill(client, 20_000)
    server.kill()
    server.start()
    answers: list[int | str] = []
    with server.client() as client:
        while not answers or answers[-1] != 20_000:
            try:
                answers.append(client.execute_command("FT.SEARCH", "idx", "*", "LIMIT", "0", "0")[0])
            except redis.BusyLoadingError as error:
                answers.append(str(error))
            assert client.ping()
    assert {answer for answer in answers if isinstance(answer, int)} == {20_000}
    assert any("is reading the documents of index idx" in answer for answer in answers if isinstance(answer, str))


def test_a_leftover_redis_server_is_taken_down_before_a_new_start(server: RedisLocal, tmp_path: Path) -> None:
    """Where the system cannot end the child with its parent, the next start does."""
    with server.client() as client:
        fill(client, 50)
    server.stop()
    import subprocess

    from redis_local.redis_server import find_executable

    data = tmp_path / "data"
    leftover = subprocess.Popen(
        [find_executable(), "--port", "0", "--unixsocket", str(data / "redis.sock"), "--dir", str(data), "--appendonly", "yes"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until((data / "redis.sock").exists, what="the leftover server")
    server.start()
    assert leftover.wait(60) == 0
    with server.client() as client:
        assert count(client) == 50
