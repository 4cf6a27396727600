"""Starts the servers that tests run on: real processes on free ports."""

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from redis.backoff import NoBackoff
from redis.retry import Retry

import redis

T = TypeVar("T")

ROOT = Path(__file__).parents[1]


# Below those that systems give to outgoing connections, and apart for tests that run side by side: a port that was free
# is still free when its server has started.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = [20_000 + 2_000 * (_WORKER % 6) + (os.getpid() + n) % 2_000 for n in range(2_000)]
_ports = itertools.cycle(_PORTS)


def free_port() -> int:
    """A TCP port that nobody listens on."""
    for port in itertools.islice(_ports, len(_PORTS)):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def wait_until(true: Callable[..., T], seconds: float = 60.0, what: str = "a condition") -> T:
    """Ask again until it holds, and return what it said then."""
    deadline = time.monotonic() + seconds
    while not (told := true()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(0.02)
    return told


@dataclass
class RedisLocal:
    """A redis_local process."""

    directory: Path
    port: int = field(default_factory=free_port)
    args: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None

    def start(self, wait: bool = True) -> "RedisLocal":
        command = [
            sys.executable,
            "-m",
            "redis_local",
            "--port",
            str(self.port),
            "--dir",
            str(self.directory),
            *self.args,
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        if wait:
            wait_until(self.answers, what="redis_local answering")
        return self

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """Its process, once it has been started."""
        assert self.process is not None
        return self.process

    def answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"redis_local ended: {self.stderr()}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as probe:
            probe.sendall(b"PING\r\n")
            return bool(probe.recv(100))
        return False

    def stderr(self) -> str:
        """What it said; only once it has ended."""
        assert self.process is not None and self.process.stderr is not None
        return self.process.stderr.read().decode()

    def client(self, **options: Any) -> redis.Redis:
        """A client that never tries a second time, so that tests see every error."""
        return redis.Redis(port=self.port, **{"protocol": 2, "retry": Retry(NoBackoff(), 0), **options})

    def server_pid(self) -> int:
        """The pid of the redis-server behind."""
        with self.client() as client:
            return int(client.info("server")["process_id"])

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self._close()

    def stop(self) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(60)
        self._close()
        return code

    def _close(self) -> None:
        if self.process is not None and self.process.stderr is not None:
            self.process.stderr.close()


@contextlib.contextmanager
def redis_local(directory: Path, *args: str) -> Iterator[RedisLocal]:
    """A running redis_local that is ended afterwards."""
    server = RedisLocal(directory, args=args).start()
    try:
        yield server
    finally:
        server.stop()


def environment(redis_url: str) -> dict[str, str]:
    """The environment for a process of ours that works on this Redis; all share one embedding cache."""
    return os.environ | {"REDIS_URL": redis_url, "PYTHONPATH": str(ROOT)}


def run_indexer(redis_url: str, *args: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the batch job's command line to its end."""
    return subprocess.run(
        [sys.executable, "-m", "indexer", *args], cwd=ROOT, env=environment(redis_url), capture_output=True, timeout=300,
        check=False, **options,
    )  # fmt: skip


@contextlib.contextmanager
def serving(redis_url: str, ready: bool = True) -> Iterator[str]:
    """A web app on a Redis, and its address; ready to search, or just up."""
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "webapp", "--port", str(port)], cwd=ROOT, env=environment(redis_url),
                              stderr=subprocess.DEVNULL)  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(url, "/readyz" if ready else "/healthz"), 120, "the web app answering")
        yield url
    finally:
        server.terminate()
        server.wait(60)


def answers(url: str, path: str) -> bool:
    """Whether a web app answers 200 there."""
    try:
        with urllib.request.urlopen(url + path, timeout=5) as reply:
            return bool(reply.status == 200)
    except OSError:  # refused, timed out, cut off
        return False
