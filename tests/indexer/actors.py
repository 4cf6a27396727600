"""Jobs in threads of their own that stop before each exchange with Redis, so that a test decides what comes between."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import redis
from profilesearch.errors import ProfileSearchError
from profilesearch.settings import Settings
from profilesearch.store import BuildLock, Server, connect

_PATIENCE = 60.0


class Killed(BaseException):
    """The process ended: nothing of it reaches Redis any more."""


class Gate:
    """Where one thread waits until it may go on."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None
        self.killed = False
        self.go, self.reached = threading.Semaphore(0), threading.Semaphore(0)

    def wait(self) -> None:
        if threading.current_thread() is not self.thread:
            return
        if self.killed:
            raise Killed
        self.reached.release()
        if not self.go.acquire(timeout=_PATIENCE) or self.killed:
            raise Killed


def stepping(server: Server, gate: Gate) -> Server:
    """Let whatever is sent to a server wait at a gate before."""
    pool = server._client.connection_pool
    connection: Any = pool.connection_class

    def send_packed_command(self: Any, command: Any, check_health: bool = True) -> None:
        if self._parser is not None and getattr(self, "is_ready", True):
            gate.wait()
        connection.send_packed_command(self, command, check_health=check_health)

    pool.connection_class = type("Stepping", (connection,), {"send_packed_command": send_packed_command})
    return server


class QuietLock(BuildLock):
    """Renews itself only when asked."""

    def _beat(self) -> None:
        self._stop.wait()


class Actor:
    """A job that is advanced step by step.

    Attributes:
        error: the error of the domain that it ended with.
        crash: any other.
    """

    def __init__(self, kind: str, redis_url: str, job: Callable[[Server, "Actor"], None]) -> None:
        self.kind = kind
        self.done = False
        self.error: ProfileSearchError | None = None
        self.crash: BaseException | None = None
        self.token = ""
        self._gate = Gate()
        self._server = stepping(connect(Settings(redis_url=redis_url)), self._gate)
        self._job = job
        self._thread = self._gate.thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._reach()

    def _run(self) -> None:
        try:
            self._gate.wait()
            self._job(self._server, self)
        except Killed:
            pass
        except ProfileSearchError as error:
            self.error = error
        except BaseException as error:
            self.crash = error
        finally:
            self.done = True
            self._gate.reached.release()

    def _reach(self) -> None:
        assert self._gate.reached.acquire(timeout=_PATIENCE), f"{self.kind} does not get on"

    def step(self) -> None:
        """Advance it by one exchange."""
        if not self.done:
            self._gate.go.release()
            self._reach()

    def kill(self) -> None:
        """End it where it is."""
        self._gate.killed = True
        self._gate.go.release()
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive()
        self.done = True
        with contextlib.suppress(redis.RedisError):
            self._server._client.connection_pool.disconnect()
