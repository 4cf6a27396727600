"""Redis Cluster is not supported, and says so."""

import contextlib
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import redis
from profilesearch.errors import StoreError
from profilesearch.settings import Settings
from profilesearch.store import Store, connect
from tests.servers import free_port, wait_until

_BUS = 10_000
"""How much higher than its port the nodes of a cluster talk to each other."""


def _is_free(port: int) -> bool:
    with socket.socket() as wanted:
        try:
            wanted.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@contextlib.contextmanager
def node(folder: Path) -> Iterator[redis.Redis]:
    """A plain redis-server in cluster mode."""
    program = shutil.which("redis-server", path=f"{Path(sys.executable).parent}") or shutil.which("redis-server")
    assert program is not None
    port = next(port for port in iter(free_port, None) if _is_free(port + _BUS))
    folder.mkdir()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--cluster-enabled", "yes", "--save", "", "--dir", str(folder)]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port, protocol=2) as client:

            def answers() -> bool:
                with contextlib.suppress(redis.ConnectionError):
                    return bool(client.ping())
                return False

            wait_until(answers, what="redis-server answering")
            yield client
    finally:
        process.terminate()
        process.wait(60)


def test_a_cluster_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with node(tmp_path / "a") as first, node(tmp_path / "b") as second:
        url = f"redis://127.0.0.1:{first.connection_pool.connection_kwargs['port']}/0"
        with pytest.raises(StoreError, match="Redis Cluster .* not supported.*single Redis 8"):
            Store(connect(Settings(redis_url=url))).versions.new_name()  # no slot is served yet
        first.execute_command("CLUSTER", "ADDSLOTS", *range(0, 8192))
        second.execute_command("CLUSTER", "ADDSLOTS", *range(8192, 16384))
        second.execute_command("CLUSTER", "MEET", "127.0.0.1", url.split(":")[2].removesuffix("/0"))

        def whole() -> bool:
            return bool(first.execute_command("CLUSTER INFO")["cluster_state"] == "ok")

        wait_until(whole, what="the cluster")
        store = Store(connect(Settings(redis_url=url)))
        moved = [key for key in (f"k{n}" for n in range(50)) if first.execute_command("CLUSTER", "KEYSLOT", key) > 8191]
        with pytest.raises(StoreError, match="Redis Cluster .* not supported"):
            for text in moved:
                store.texts.keep(text, 1)
