"""Redis is waited for so many seconds and no longer, whatever stands still."""

import contextlib
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from profilesearch.errors import RedisUnavailable
from profilesearch.settings import Settings
from profilesearch.store import Store, connect, waiting_at_most
from tests.servers import redis_local, wait_until

SLACK = 5.0
"""Seconds that a busy machine may be late. What is tested lasted for 16 s and more when tries were counted."""


def answers(store: Store) -> bool:
    try:
        store.ping()
    except RedisUnavailable:
        return False
    return True


@contextlib.contextmanager
def listening(reply: bytes = b"") -> Iterator[str]:
    """A server that takes every connection, and gives the same answer to whatever comes: by default none."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
                while True:
                    connection = stack.enter_context(server.accept()[0])
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

        def answer(connection: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while data := connection.recv(4096):
                    connection.sendall(reply * data.count(b"*"))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@contextlib.contextmanager
def lasting(least: float, most: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    took = time.monotonic() - started
    assert least * 0.9 <= took <= most + SLACK, took


def test_a_redis_that_never_answers_costs_the_reply_timeout_once() -> None:
    with listening() as url, lasting(1, 1), pytest.raises(RedisUnavailable):
        Store(connect(Settings(redis_url=url, redis_timeout=1))).ping()


def test_a_job_waits_for_its_patience() -> None:
    with listening() as url, lasting(2, 2), pytest.raises(RedisUnavailable):
        Store(connect(Settings(redis_url=url, redis_timeout=0.5), patience=2)).ping()


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis://127.0.0.1:1/3"])
def test_refused_connections_are_tried_until_the_patience_ends(url: str) -> None:
    with lasting(0.7, 1.5), pytest.raises(RedisUnavailable):
        Store(connect(Settings(redis_url=url, redis_timeout=30), patience=1.5)).ping()


def test_dropped_packets() -> None:
    """A listener whose queue is full drops every further greeting, as a firewall does."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        with lasting(1, 1), pytest.raises(RedisUnavailable):
            Store(connect(Settings(redis_url=url, redis_timeout=1))).ping()


def test_loading_is_waited_for_and_no_longer() -> None:
    with (
        listening(b"-LOADING Redis is loading the dataset in memory\r\n") as url,
        lasting(0.7, 1.5),
        pytest.raises(RedisUnavailable, match="loading the dataset"),
    ):
        Store(connect(Settings(redis_url=url, redis_timeout=30), patience=1.5)).ping()


def test_a_wrong_password_is_not_tried_again() -> None:
    with (
        listening(b"-WRONGPASS invalid username-password pair or user is disabled.\r\n") as url,
        lasting(0, 0),
        pytest.raises(RedisUnavailable, match="other credentials"),
    ):
        url = url.replace("127.0.0.1", ":secret@127.0.0.1")
        Store(connect(Settings(redis_url=url, redis_timeout=30), patience=30)).ping()


def test_a_budget_holds_for_many_calls_together() -> None:
    with listening() as url, lasting(1, 1), waiting_at_most(1):
        store = Store(connect(Settings(redis_url=url)))
        for _ in range(20):
            with pytest.raises(RedisUnavailable):
                store.versions.live()


def test_a_budget_counts_waiting_alone(store: Store) -> None:
    with waiting_at_most(1):
        time.sleep(1.1)  # the model, say
        store.ping()


def test_a_server_that_stands_still_and_goes_on(tmp_path: Path) -> None:
    """A connection that was in use when redis-server stopped, then new ones; afterwards all is well again."""
    with redis_local(tmp_path) as server:
        store = Store(connect(Settings(redis_url=f"redis://127.0.0.1:{server.port}/0", redis_timeout=1)))
        store.ping()
        stopped = server.server_pid()
        os.kill(stopped, signal.SIGSTOP)
        try:
            for _ in range(2):
                with lasting(1, 1), pytest.raises(RedisUnavailable):
                    store.ping()
        finally:
            os.kill(stopped, signal.SIGCONT)
        wait_until(lambda: answers(store), what="the server that goes on")
