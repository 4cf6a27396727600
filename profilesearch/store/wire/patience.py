"""How long Redis is waited for: deadlines in seconds, whatever stands still on the way.

A call of redis-py may connect, greet, check the connection's health, send, read, and try all of it again. All of that
shares one deadline here: :class:`Patience` gives it to the outermost call, and :class:`TimedConnection` keeps every single
wait on a socket within it. What no deadline here can end is the look-up of a host's name: the system's resolver has
limits of its own (``timeout`` and ``attempts`` in resolv.conf), so name Redis by an address where that matters. A budget
(:func:`waiting_at_most`) further limits the calls of, say, one web request together.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from redis.backoff import ExponentialBackoff
from redis.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import AuthenticationError, AuthorizationError
from redis.retry import Retry

import redis

T = TypeVar("T")

_LEAST_SECONDS = 0.001
"""A socket that may wait for 0 s would not wait but be non-blocking."""

_CHANGE_SECONDS = 0.02
"""A socket's limit may be so much later than the deadline."""


@dataclass
class _Budget:
    seconds: float
    left: float


_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Let the calls within wait for Redis for so many seconds together; those after that fail at once.

    Time between the calls, for example of the model, does not count.
    """
    token = _budget.set(_Budget(seconds, seconds))
    try:
        yield
    finally:
        _budget.reset(token)


class Patience(Retry):
    """Tries a call again until a deadline, instead of a number of times.

    Args:
        seconds: how long after its begin a call that failed is tried again.
        reply: how long a call may last at the most, if that is more: a reply may be slow though Redis is there.
    """

    _backoff: ExponentialBackoff
    _supported_errors: tuple[type[Exception], ...]

    def __init__(self, seconds: float, reply: float) -> None:
        super().__init__(ExponentialBackoff(cap=1.0, base=0.05), retries=-1)
        self._seconds = seconds
        self._longest = max(seconds, reply)

    def call_with_retry(
        self,
        do: Callable[[], T],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> T:
        """See redis-py's ``Retry``; a call within a call shares the outer one's deadline.

        Raises:
            redis.exceptions.TimeoutError: the budget was used up before.
        """
        last_try = time.monotonic() + self._seconds
        failures = 0
        with _deadline_in(self._longest):
            while True:
                try:
                    return do()
                except self._supported_errors as error:
                    failures += 1
                    fail(*((error, failures) if with_failure_count else (error,)))
                    if isinstance(error, AuthenticationError | AuthorizationError):
                        raise  # the same password will not do a second time
                    if is_retryable and not is_retryable(error):
                        raise
                    pause = self._backoff.compute(failures)
                    if time.monotonic() + pause >= min(last_try, _deadline.get() or last_try):
                        raise
                    time.sleep(pause)


@contextmanager
def _deadline_in(seconds: float) -> Iterator[None]:
    if _deadline.get() is not None:
        yield
        return
    budget, started = _budget.get(), time.monotonic()
    if budget is not None:
        if budget.left <= 0:
            raise redis.exceptions.TimeoutError(f"no answer within {budget.seconds:g} s")
        seconds = min(seconds, budget.left)
    token = _deadline.set(started + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)
        if budget is not None:
            budget.left -= time.monotonic() - started


def _within(seconds: float | None) -> float | None:
    """A socket's own limit, or what is left until the deadline."""
    deadline = _deadline.get()
    if deadline is None:
        return seconds
    left = max(_LEAST_SECONDS, deadline - time.monotonic())
    return left if seconds is None else min(seconds, left)


class TimedConnection:
    """Before a connection class of redis-py: no wait on its socket lasts longer than the deadline."""

    _sock: Any
    socket_timeout: float | None
    socket_connect_timeout: float | None
    _limited = 0.0  # when the socket was given its limit last

    def _connect(self) -> Any:
        reply, connect = self.socket_timeout, self.socket_connect_timeout
        self.socket_timeout, self.socket_connect_timeout = _within(reply), _within(connect)
        try:
            return super()._connect()  # type: ignore[misc]
        finally:
            self.socket_timeout, self.socket_connect_timeout = reply, connect

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        self._limit()
        super().send_packed_command(command, check_health)  # type: ignore[misc]

    def read_response(self, *args: Any, **options: Any) -> Any:
        if time.monotonic() - self._limited >= _CHANGE_SECONDS:  # not for each of many replies that came together
            self._limit()
        return super().read_response(*args, **options)  # type: ignore[misc]

    def _limit(self) -> None:
        """Give the socket what is left; a call for the system, so it is spared while little has changed."""
        if self._sock is None:
            return
        left, limit = _within(self.socket_timeout), self._sock.gettimeout()
        if left is None or limit is None or not 0 <= limit - left < _CHANGE_SECONDS:
            self._sock.settimeout(left)
        self._limited = time.monotonic()


class _Tcp(TimedConnection, Connection):
    """TCP."""


class _Tls(TimedConnection, SSLConnection):
    """TLS over TCP."""


class _Unix(TimedConnection, UnixDomainSocketConnection):
    """A Unix socket."""


CONNECTIONS = {Connection: _Tcp, SSLConnection: _Tls, UnixDomainSocketConnection: _Unix}
"""For each connection class of redis-py the one that keeps to deadlines."""
