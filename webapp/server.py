"""The HTTP server: waitress, with bounds on everything that a client can hold on to.

One thread reads and writes all connections; worker threads run the application. What waitress leaves open is closed here:

- ``GET /healthz`` is answered by the reading thread, so that a process whose workers are all busy is not taken for dead;
- all that wait to be connected are taken in at once, read and, where no worker is needed, answered, before older connections;
- requests that find too many others waiting, or that have waited too long, get 503 with ``Retry-After``;
- a request must arrive whole within some seconds, however slowly it drips;
- when connections run out, those that have been silent for longest make room;
- no worker waits until a client reads: who asks on without reading the answers is cut off.

It stands on inner parts of waitress (``HTTPChannel``, ``HTTPRequestParser``, ``BaseWSGIServer``): ``tests/webapp/test_server.py`` holds them.
"""

import copy
import functools
import json
import resource
import select
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import waitress
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer
from waitress.task import ErrorTask, Task, ThreadedTaskDispatcher, WSGITask

LARGEST_BODY = 128 * 1024
"""Bytes of a request's body, and of its header: room for 8,000 characters however they are encoded."""

LARGEST_FILE = 16 * 1024 * 1024
"""Bytes of a body that is sent to one of :data:`TAKES_FILES`."""

TAKES_FILES = ("/api/kept", "/shortlists/file")
"""Where all that somebody keeps is read in."""

_TAKEN_AT_ONCE = 200
"""New connections that are taken in before other connections are looked at again; waitress takes one."""

_MOST_UNREAD = 4 * 1024 * 1024
"""Bytes of answers that may wait for a client to read them before it gets another one."""

RETRY_AFTER = 2
"""Seconds after which whoever was turned away may ask again."""


@dataclass(frozen=True)
class Limits:
    """What clients may hold on to at most.

    Attributes:
        threads: requests that are worked on at once.
        queue: requests that wait for a thread.
        queue_seconds: how long one may wait.
        connections: open connections.
        request_seconds: how long a request may take to arrive.
        idle_seconds: how long a connection may be silent between requests.
    """

    threads: int = 8
    queue: int = 64
    queue_seconds: float = 2.0
    connections: int = 900
    request_seconds: float = 10.0
    idle_seconds: int = 30


def make_server(app: Callable[..., Any], host: str, port: int, limits: Limits) -> Any:
    """A server that listens; ``run()`` serves until it is interrupted, ``close()`` ends it.

    Raises:
        OSError: the address cannot be listened on.
    """
    _allow_open_files(2 * limits.connections)
    dispatcher = _Queue(limits)
    dispatcher.set_thread_count(limits.threads)
    server = waitress.create_server(
        app,
        host=host,
        port=port,
        _dispatcher=dispatcher,
        ident=None,
        connection_limit=limits.connections + 100,
        channel_timeout=limits.idle_seconds,
        cleanup_interval=1,
        max_request_body_size=LARGEST_BODY + 1,
        max_request_header_size=LARGEST_BODY,
        inbuf_overflow=2 * LARGEST_BODY,
        outbuf_high_watermark=_MOST_UNREAD,
        asyncore_use_poll=True,
        log_socket_errors=False,
    )
    sockets = server.map if hasattr(server, "map") else server._map
    for listener in list(sockets.values()):
        if isinstance(listener, BaseWSGIServer):
            listener.channel_class = _channel_class(limits)
            listener.handle_accept = functools.partial(_accept_all, listener, listener.handle_accept)
    return server


def _accept_all(listener: BaseWSGIServer, accept: Callable[[], None]) -> None:
    """Take in whoever waits, and read what they have sent: under load, one turn of the reading thread takes long."""
    newest: list[_Channel] = []
    known = len(listener.active_channels)
    for _ in range(_TAKEN_AT_ONCE):
        accept()
        if len(listener.active_channels) <= known:
            break
        known = len(listener.active_channels)
        newest.append(next(reversed(listener.active_channels.values())))
    poll = select.poll()
    for channel in newest:
        poll.register(channel.socket, select.POLLIN)
    ready = {descriptor for descriptor, _ in poll.poll(0)}
    for channel in newest:
        if channel.socket.fileno() in ready:
            channel.handle_read_event()


class _Queue(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress has no types
    """Worker threads, and a bounded queue before them."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._limits = limits

    def add_task(self, task: "_Channel") -> None:
        """Queue a connection's first request, or leave it to the reading thread if it needs no worker."""
        task.queued_at = time.monotonic()
        if task.reader == threading.get_ident():  # which must not wait
            idle = len(self.threads) - self.stop_count - self.active_count
            if len(self.queue) - idle >= self._limits.queue and not _is_health_check(task.requests[0]):
                task.requests[0].error = _Overloaded()
            if task.requests[0].error or _is_health_check(task.requests[0]):
                task.answer_at_once = True
                return
        super().add_task(task)


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """A request, whose body may be larger where files are taken; from 256 KiB on it lies on disk."""

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if self.path in TAKES_FILES:
            roomy = copy.copy(self.adj)
            roomy.max_request_body_size = LARGEST_FILE + 1
            self.adj: Any = roomy


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection.

    Attributes:
        reader: the thread that reads, once it has read; it answers some requests, but holds a lock while it reads.
        answer_at_once: the first request is to be answered by the reading thread. Nobody else touches this.
        queued_at: when the first request began to wait for a worker.
    """

    limits = Limits()
    parser_class = _Parser

    def __init__(self, server: Any, *args: Any, **options: Any) -> None:
        self.reader, self.answer_at_once = 0, False
        self.queued_at = self.waiting_since = time.monotonic()
        self._partial: object = None
        self._partial_since = 0.0
        super().__init__(server, *args, **options)
        if len(server.active_channels) > self.limits.connections:
            _make_room(server.active_channels.values(), self)

    def received(self, data: bytes) -> bool:
        self.reader = threading.get_ident()
        result = bool(super().received(data))
        if self.request is not self._partial:
            self._partial, self._partial_since = self.request, time.monotonic()
        while self.answer_at_once:  # a request that follows in the same bytes may be of this kind, too
            self.answer_at_once = False
            self.service()
            self.handle_write()
        return result

    def readable(self) -> bool:
        late = time.monotonic() - self._partial_since > self.limits.request_seconds
        if self._partial is not None and late and not self.requests:
            self.will_close = True
        return bool(super().readable())

    def service(self) -> None:
        request = self.requests[0]
        waited = time.monotonic() - self.queued_at
        if waited > self.limits.queue_seconds and not request.error and not _is_health_check(request):
            request.error = _Overloaded()
        super().service()
        self.waiting_since = time.monotonic()

    def _flush_outbufs_below_high_watermark(self) -> None:
        """In waitress a worker waits here, for ever if need be. No answer comes in so many parts that one had to."""
        if self.total_outbufs_len <= self.adj.outbuf_high_watermark:
            return
        with self.outbuf_lock:
            self._flush_exception(self._flush_some, do_close=False)
        if self.total_outbufs_len > self.adj.outbuf_high_watermark:
            self.will_close = True
            self.server.pull_trigger()

    def task_class(self, channel: HTTPChannel, request: Any) -> Task:
        return (_Alive if _is_health_check(request) else WSGITask)(channel, request)

    def error_task_class(self, channel: HTTPChannel, request: Any) -> Task:
        return _Refusal(channel, request)


def _channel_class(limits: Limits) -> type[_Channel]:
    return type("_Channel", (_Channel,), {"limits": limits})


def _make_room(channels: Iterable[_Channel], newest: _Channel) -> None:
    idle = [
        channel for channel in channels if not channel.requests and not channel.will_close and channel is not newest
    ]
    if idle:
        min(idle, key=lambda channel: channel.waiting_since).will_close = True


def _is_health_check(request: Any) -> bool:
    return not request.error and request.command == "GET" and request.path == "/healthz"


class _Overloaded:
    """Takes the place of an error of waitress's own: too much to do."""

    code = 503
    reason = "Service Unavailable"
    body = "too many requests at once; ask again in a moment"


class _Alive(Task):  # type: ignore[misc]
    """The answer to ``/healthz``."""

    complete = True

    def execute(self) -> None:
        _write(self, "200 OK", "application/json", b'{"status":"ok"}\n')


class _Refusal(ErrorTask):  # type: ignore[misc]
    """What waitress refuses by itself, in the API's form where a program asked."""

    def execute(self) -> None:
        error = self.request.error
        if error.code == 503:
            self.response_headers.append(("Retry-After", str(RETRY_AFTER)))
        self.set_close_on_finish()
        status = f"{error.code} {error.reason}"
        if str(getattr(self.request, "path", "")).startswith(("/api/", "/readyz", "/metrics")):
            code = error.reason.lower().replace(" ", "_")
            body = json.dumps({"error": {"code": code, "message": error.body, "field": None}})
            _write(self, status, "application/json", body.encode())
        else:
            _write(self, status, "text/plain; charset=utf-8", f"{error.reason}: {error.body}\n".encode())


def _write(task: Task, status: str, content_type: str, body: bytes) -> None:
    task.status = status
    task.response_headers += [("Content-Type", content_type), ("Cache-Control", "no-store")]
    task.content_length = len(body)
    task.write(body)


def _allow_open_files(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
