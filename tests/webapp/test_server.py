"""The HTTP server under clients that hold on to it; it stands on inner parts of waitress, which this holds."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import wait_until
from webapp.server import LARGEST_BODY, LARGEST_FILE, TAKES_FILES, Limits, make_server

HEALTHY = b'{"status":"ok"}\n'


class App:
    """Answers ``/wait`` once it is let go, everything else at once."""

    server: Any

    def __init__(self) -> None:
        self.go = threading.Event()
        self.working = threading.Semaphore(0)
        self.answered: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/wait":
            self.working.release()
            self.go.wait(60)
        body = environ["wsgi.input"].read() or b"hello"
        if environ["PATH_INFO"] == "/large":
            body *= 400_000
        self.answered.append(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]


@contextlib.contextmanager
def running(limits: Limits) -> Iterator[tuple[App, int]]:
    app = App()
    app.server = server = make_server(app, "127.0.0.1", 0, limits)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield app, int(server.effective_port)
    finally:
        app.go.set()
        server.task_dispatcher.shutdown(timeout=60)
        for channel in list(server.active_channels.values()):
            channel.will_close = True
        server.pull_trigger()
        wait_until(lambda: not server.active_channels)
        server.asyncore.close_all(server._map)
        thread.join(60)


def get(port: int, path: str, **options: Any) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request(options.pop("method", "GET"), path, **options)
        reply = connection.getresponse()
        return reply.status, reply.read(), dict(reply.headers)


def raw(port: int, data: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(data)
    return connection


def until_closed(connection: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(4096):
            data += part
    return data


def test_health_is_answered_while_all_workers_are_busy_and_the_rest_is_shed() -> None:
    with running(Limits(threads=2, queue=1, queue_seconds=60)) as (app, port), contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(raw(port, b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"))
            assert app.working.acquire(timeout=60)
        waiting = stack.enter_context(raw(port, b"GET /waits HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        wait_until(lambda: len(app.server.task_dispatcher.queue) == 1)
        assert get(port, "/")[0] == 503
        status, body, headers = get(port, "/api/search")
        assert status == 503 and headers["Retry-After"] and json.loads(body)["error"]["code"] == "service_unavailable"
        for _ in range(3):
            assert get(port, "/healthz")[:2] == (200, HEALTHY)
        app.go.set()
        assert until_closed(waiting).startswith(b"HTTP/1.1 200 OK")
        assert "/api/search" not in app.answered and "/" not in app.answered


def test_all_that_wait_to_be_connected_are_answered_in_one_turn_of_the_reading_thread() -> None:
    """Under load a turn takes long, and a health check waits for as many of them as connections are taken in before it."""
    server = make_server(App(), "127.0.0.1", 0, Limits(threads=1))
    with contextlib.ExitStack() as stack:
        stack.callback(server.asyncore.close_all, server._map)
        stack.callback(server.task_dispatcher.shutdown, timeout=60)
        request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        waiting = [stack.enter_context(raw(server.effective_port, request)) for _ in range(30)]
        server.asyncore.loop(timeout=60, map=server._map, use_poll=True, count=1)
        for connection in waiting:
            connection.settimeout(0)
            assert b"200 OK" in connection.recv(4096)


def test_what_waited_too_long_is_not_begun() -> None:
    with running(Limits(threads=1, queue=9, queue_seconds=0.01)) as (app, port):
        with raw(port, b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"):
            assert app.working.acquire(timeout=60)
            with raw(port, b"GET /late HTTP/1.1\r\nHost: x\r\n\r\n") as late:
                wait_until(lambda: get(port, "/healthz")[0] == 200)
                time.sleep(0.02)
                app.go.set()
                assert b" 503 " in until_closed(late)
        assert "/late" not in app.answered


def test_requests_that_follow_each_other_on_one_connection_are_all_answered_in_order() -> None:
    with running(Limits(threads=1, queue=1)) as (app, port):
        paths = ["/a", "/healthz", "/b", "/healthz", "/c"]
        sent = b"".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths)
        with raw(port, sent + b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as connection:
            replies = until_closed(connection).split(b"HTTP/1.1 ")[1:]
        assert [reply[:3] for reply in replies] == [b"200"] * 6
        assert [reply.endswith(HEALTHY) for reply in replies] == [False, True, False, True, False, False]
        with raw(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as connection:  # fmt: skip
            assert until_closed(connection).count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize("chunked", [False, True])
def test_large_bodies_are_refused_at_the_header(chunked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kind = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: 300000000"
    with running(Limits()) as (app, port), raw(port, b"POST /api/search HTTP/1.1\r\nHost: x\r\n" + kind + b"\r\n\r\n") as connection:  # fmt: skip
        if chunked:
            with contextlib.suppress(OSError):
                for _ in range(LARGEST_BODY // 1000 + 10):
                    connection.sendall(b"3e8\r\n" + 1000 * b"x" + b"\r\n")
            until_closed(connection)
        else:
            reply = until_closed(connection)
            assert b" 413 " in reply and b'"code": "request_entity_too_large"' in reply
        assert not app.answered and not list(tmp_path.iterdir())
        body = LARGEST_BODY * b"y"
        assert get(port, "/", method="POST", body=body)[:2] == (200, body)
        assert not list(tmp_path.iterdir())


def test_larger_files_are_taken_at_their_own_addresses_alone() -> None:
    with running(Limits()) as (_, port):
        body = 500_000 * b"y"
        for path in TAKES_FILES:
            assert get(port, path, method="POST", body=body)[:2] == (200, body)
        for path, size in (*((path, LARGEST_FILE + 1) for path in TAKES_FILES), ("/api/search", LARGEST_BODY + 1)):
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
            with raw(port, head.encode()) as connection:
                assert b" 413 " in until_closed(connection)


def test_a_request_must_arrive_whole_in_time_however_slowly_it_drips() -> None:
    with running(Limits(request_seconds=0.2)) as (_, port):
        for beginning in (b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx"):
            with raw(port, beginning) as connection:
                started = time.monotonic()
                with contextlib.suppress(OSError):
                    while time.monotonic() - started < 60:
                        connection.sendall(b"x")
                        connection.settimeout(0.05)
                        with contextlib.suppress(TimeoutError):
                            if not connection.recv(100):
                                break
                assert time.monotonic() - started < 60


def test_silent_connections_make_room_for_new_ones() -> None:
    """More of them than waitress accepts at all."""
    limits = Limits(connections=20, idle_seconds=3600, request_seconds=3600)  # nothing else ends them
    with running(limits) as (_, port), contextlib.ExitStack() as stack:
        for number in range(200):
            stack.enter_context(raw(port, b"GET / HTTP/1.1\r\n" if number % 2 else b""))
        for _ in range(30):
            assert get(port, "/")[:2] == (200, b"hello")
            assert get(port, "/healthz")[:2] == (200, HEALTHY)


@pytest.mark.parametrize(
    "data", [b"\x00\xff\r\n\r\n", b"GET / HTTP/9\r\nContent-Length: -1\r\n\r\n", b"GET /" + b"a" * 200_000]
)
def test_what_is_no_http_is_refused(data: bytes) -> None:
    with running(Limits()) as (app, port):
        with raw(port, data) as connection:
            assert b"HTTP/1." in until_closed(connection)
        assert get(port, "/healthz")[0] == 200 and not app.answered


def test_clients_that_ask_on_and_read_nothing_hold_no_worker() -> None:
    with running(Limits(threads=2, queue_seconds=60)) as (app, port), contextlib.ExitStack() as stack:
        greedy = [stack.enter_context(raw(port, 100 * b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")) for _ in range(4)]
        wait_until(lambda: app.answered.count("/large") >= 4)
        for _ in range(5):
            assert get(port, "/x")[0] == 200
        for connection in greedy:  # each has been cut off, long before the last of its answers
            received = 0
            with contextlib.suppress(ConnectionResetError):
                while part := connection.recv(1 << 20):
                    received += len(part)
            assert received < 50 * 2_000_000


def test_a_worker_leaves_what_follows_to_a_worker_while_more_bytes_are_read() -> None:
    """A request that is to be answered at once, put forward by a worker: nobody else would ever answer it."""
    with running(Limits(threads=2)) as (app, port):
        for _ in range(20):
            with raw(
                port, b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
            ) as connection:
                assert app.working.acquire(timeout=60)
                app.go.set()
                for _ in range(20):
                    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                connection.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert until_closed(connection).count(b"HTTP/1.1 200 OK") == 23
            app.go.clear()
