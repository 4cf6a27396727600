"""redis-server may die at any moment: searches say so meanwhile, and are whole again soon after, without a restart.

``RECOVERIES`` says how often it is killed.
"""

import contextlib
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from redis.backoff import NoBackoff
from redis.retry import Retry

import redis
from redis_local.redis_server import find_executable
from tests.servers import RedisLocal, free_port, redis_local, wait_until

RECOVERIES = int(os.environ.get("RECOVERIES", "4"))
STABLE = 6000
SOON = 10.0 if "RECOVERIES" in os.environ else 60.0
"""Seconds within which a search is whole again; a busy machine gets more, unless recoveries are what is measured."""

CREATE = ("SCHEMA", "t", "TAG", "n", "NUMERIC", "words", "TEXT")
AWAY = (redis.ConnectionError, redis.BusyLoadingError, redis.TimeoutError)


def fill(client: redis.Redis, prefix: str, amount: int) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for number in range(amount):
            pipeline.hset(f"{prefix}{number}", mapping={"t": "a", "n": number, "words": f"red green w{number}"})
        pipeline.execute()


class Load:
    """Clients that search, write and build until they are stopped; what they get must be right or an error that says so."""

    def __init__(self, server: RedisLocal) -> None:
        self.server = server
        self.stopped = threading.Event()
        self.wrong: list[object] = []
        self.acknowledged = 0
        self.answers = 0
        self.errors = 0
        self.threads = [threading.Thread(target=self._until_stopped, args=(step,)) for step in
                        (self.search, self.aggregate, self.write, self.build)]  # fmt: skip

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def _until_stopped(self, step: Callable[[redis.Redis, int], None]) -> None:
        number = 0
        with self.server.client(socket_timeout=60) as client:
            while not self.stopped.is_set():
                number += 1
                try:
                    step(client, number)
                    self.answers += 1
                except redis.TimeoutError as error:
                    self.wrong.append(error)
                except AWAY:
                    self.errors += 1
                    self.stopped.wait(0.01)
                except Exception as error:
                    self.wrong.append((step.__name__, type(error).__name__, error.args))

    def search(self, client: redis.Redis, number: int) -> None:
        reply = client.execute_command(
            "FT.SEARCH", "idx", "@n:[10 19]", "SORTBY", "n", "LIMIT", "0", "3", "RETURN", "1", "t"
        )
        if reply != [10, b"p:10", [b"t", b"a"], b"p:11", [b"t", b"a"], b"p:12", [b"t", b"a"]]:
            self.wrong.append(reply)

    def aggregate(self, client: redis.Redis, number: int) -> None:
        reply = client.execute_command(
            "FT.AGGREGATE", "idx", "*", "GROUPBY", "1", "@t", "REDUCE", "COUNT", "0", "AS", "c"
        )
        if reply != [1, [b"t", b"a", b"c", b"%d" % STABLE]]:
            self.wrong.append(reply)

    def write(self, client: redis.Redis, number: int) -> None:
        client.hset(f"w:{number}", mapping={"t": "b", "n": number})
        self.acknowledged += 1
        if client.execute_command("FT.SEARCH", "written", f"@n:[{number} {number}]", "NOCONTENT") != [
            1,
            b"w:%d" % number,
        ]:
            self.wrong.append(number)

    def build(self, client: redis.Redis, number: int) -> None:
        for left in client.execute_command("FT._LIST"):  # by a build that the redis-server's death ended
            if left.startswith(b"b"):
                client.execute_command("FT.DROPINDEX", left)
        fill(client, f"b{number % 3}:", 200)
        try:
            client.execute_command("FT.CREATE", f"b{number}", "PREFIX", "1", f"b{number % 3}:", *CREATE)
            client.execute_command("FT.ALIASUPDATE", "built", f"b{number}")
            client.execute_command("FT.DROPINDEX", f"b{number}", "DD")
        except redis.ResponseError as error:
            if "already exists" not in str(error) and "no such index" not in str(error).lower():
                raise


def recovered(server: RedisLocal) -> bool:
    try:
        with server.client(socket_timeout=60) as client:
            return all(
                client.execute_command("FT.SEARCH", name, "*", "LIMIT", "0", "0")[0] >= least
                for name, least in (("idx", STABLE), ("written", 1))
            )
    except AWAY:
        return False


def test_killed_again_and_again_under_load(tmp_path: Path) -> None:
    """At random moments, LOADING included: a second kill hits the one that is just starting."""
    chance = random.Random(7)
    took = []
    with redis_local(tmp_path) as server:
        with server.client() as client:
            client.execute_command("FT.CREATE", "idx", "PREFIX", "1", "p:", *CREATE)
            client.execute_command("FT.CREATE", "written", "PREFIX", "1", "w:", *CREATE)
            fill(client, "p:", STABLE)
            client.hset("w:0", mapping={"t": "b", "n": 0})
        wait_until(lambda: recovered(server), what="the first search")
        with Load(server) as load:
            for number in range(RECOVERIES):
                seen = load.answers
                wait_until(lambda seen=seen: load.answers > seen + 20, what="traffic")
                kill(server, twice=chance.random() < 0.5, after=chance.random() * 0.3)
                started = time.monotonic()
                wait_until(lambda: recovered(server), SOON, what=f"recovery {number}")
                took.append(time.monotonic() - started)
                assert not load.wrong, load.wrong[:5]
        assert not load.wrong, load.wrong[:5]
        assert load.errors
        with server.client() as client:
            assert set(client.execute_command("FT._LIST")) >= {b"idx", b"written"}
            assert client.execute_command("FT.SEARCH", "written", "*", "LIMIT", "0", "0")[0] >= load.acknowledged
    print(
        f"\nrecovered {RECOVERIES} times, p50 {sorted(took)[len(took) // 2]:.1f} s, at most {max(took):.1f} s, {load.answers} answers, {load.errors} errors"
    )


def kill(server: RedisLocal, *, twice: bool, after: float) -> None:
    """End redis-server at once, and its successor too, a moment after it started."""
    for _ in range(2 if twice else 1):
        behind = wait_until(lambda: running(server), what="a redis-server")
        threading.Event().wait(after)
        for process in behind:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        after /= 4


def running(server: RedisLocal) -> list[psutil.Process]:
    """The redis-server behind, if it runs."""
    alive: list[psutil.Process] = []
    for child in psutil.Process(server.running.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "redis-server" in child.name() and child.status() != psutil.STATUS_ZOMBIE:
                alive.append(child)
    return alive


def test_a_flush_of_long_ago_is_not_heard_again(tmp_path: Path) -> None:
    """redis-server replays FLUSHALL when it reads its data; indexes that were made after it stay."""
    with redis_local(tmp_path) as server, server.client() as client:
        client.config_set("auto-aof-rewrite-percentage", "0")
        for _ in range(3):
            fill(client, "old:", 3000)
            client.flushall()
        client.execute_command("FT.CREATE", "idx", "PREFIX", "1", "p:", *CREATE)
        client.execute_command("FT.CREATE", "written", "PREFIX", "1", "w:", *CREATE)
        fill(client, "p:", STABLE)
        client.hset("w:1", mapping={"t": "b", "n": 1})
        for _ in range(3):
            kill(server, twice=True, after=0.0)
            wait_until(lambda: recovered(server), what="recovery")


class Behind:
    """A plain redis-server that redis_local is told of, and that it therefore does not start again by itself."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._directory = directory
        directory.mkdir()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str, ready: bool = True) -> None:
        command = [find_executable(), "--port", str(self.port), "--dir", str(self._directory), "--save", "", *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        if ready:
            wait_until(self._answers, what="the Redis behind")

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except AWAY:
            return False

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, protocol=2, retry=Retry(NoBackoff(), 0))

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(60)


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[Behind]:
    behind = Behind(tmp_path / "behind")
    yield behind
    behind.kill()


@pytest.mark.parametrize("met", ["nobody there", "LOADING"])
def test_an_upstream_that_comes_back(tmp_path: Path, behind: Behind, met: str) -> None:
    """Whatever redis_local meets while it looks for it: it goes on looking."""
    behind.start()
    with redis_local(tmp_path / "ours", "--upstream", f"redis://127.0.0.1:{behind.port}") as server:
        with server.client() as client, behind.client() as plain:
            for name, prefix in (("idx", "p:"), ("written", "w:")):
                client.execute_command("FT.CREATE", name, "PREFIX", "1", prefix, *CREATE)
            fill(client, "p:", STABLE)
            client.hset("w:1", mapping={"t": "b", "n": 1})
            for number in range(20):  # every two megabytes a server that is loading looks up
                plain.set(f"large{number}", os.urandom(2 << 20))
            plain.save()
        for _ in range(1 if met == "LOADING" else 2):
            behind.kill()
            with pytest.raises(redis.RedisError), server.client() as client:
                client.execute_command("FT.SEARCH", "idx", "*")
            if met == "LOADING":
                behind.start("--key-load-delay", "500", ready=False)
                wait_until(lambda: refused_as_loading(behind) >= 4, what="redis_local being told of LOADING")
            else:
                behind.start()
            wait_until(lambda: recovered(server), what="recovery")


def refused_as_loading(behind: Behind) -> int:
    """How many commands were refused since it started because it is still loading; its own are none of them."""
    try:
        with behind.client() as client:
            return int(client.info("errorstats").get("errorstat_LOADING", {}).get("count", 0))
    except AWAY:
        return 0
