"""A redis_local of a benchmark's own, on a port that nobody else has."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis


@dataclass(frozen=True)
class OwnRedis:
    """Where it is, and its process."""

    url: str
    process: "subprocess.Popen[bytes]"


@contextmanager
def own_redis() -> Iterator[OwnRedis]:
    """Start it empty, and end it with all that it holds.

    Raises:
        RuntimeError: it ended by itself.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "redis_local", "--port", str(port), "--dir", folder]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port, process)
            yield OwnRedis(f"redis://127.0.0.1:{port}/0", process)
        finally:
            process.terminate()
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    while True:
        try:
            redis.Redis(port=port).ping()
            return
        except redis.ConnectionError:
            if process.poll() is not None:
                raise RuntimeError(f"redis_local ended with {process.returncode}") from None
            time.sleep(0.02)
