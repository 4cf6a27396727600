"""One build at a time: a lock that its owner renews, and that says who the owner is and how far.

The lock is redis-py's (https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/): it ends by itself when
nobody renews it. An owner that died on this very machine is noticed at once.
"""

import contextlib
import getpass
import json
import os
import socket
import threading
import time
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from redis.lock import Lock

import redis

from ..errors import BuildRunning
from .connection import Client, text, translated

LOCK = "profiles:build"
_ABOUT = "profiles:build:about"


@dataclass(frozen=True)
class Owner:
    """Who builds, since when (seconds since 1970), and how far."""

    user: str
    host: str
    pid: int
    machine: str
    since: float
    stage: str = "starting"
    done: int = 0
    total: int = 0

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        far = f" {self.done:,} of {self.total:,} ({self.done / self.total:.0%})" if self.total else ""
        return f"{self.user}@{self.host} (pid {self.pid}) since {since}, now at: {self.stage}{far}"

    def is_dead(self) -> bool:
        """Whether its process ran in this process' own pid namespace and is gone; unknown counts as alive."""
        if not self.machine or self.machine != _machine():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


class BuildLock:
    """Held by the build that runs.

    Args:
        client: the connection, as from ``connect``.
        seconds: how long the lock lives without being renewed.

    Raises:
        BuildRunning: on entering, if another build holds it: who, since when, and how far.
    """

    def __init__(self, client: Client, seconds: float = 30.0) -> None:
        self._client = client
        self._seconds = seconds
        self._lock = Lock(client, LOCK, timeout=seconds, blocking=False, thread_local=False)
        self._about = Owner(_user(), socket.gethostname(), os.getpid(), _machine(), time.time())
        self._stop = threading.Event()
        self._lost = False
        self._heart = threading.Thread(target=self._beat, name="build lock", daemon=True)
        self.token = uuid.uuid4().hex

    def __enter__(self) -> "BuildLock":
        with translated():
            if not self._lock.acquire(token=self.token) and not self._take_from_the_dead():
                owner = self.owner(self._client)
                raise BuildRunning(f"another build is running: {owner or 'by somebody who did not say who'}")
            self._tell()
        self._heart.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:  # fmt: skip
        self._stop.set()
        self._heart.join()
        with contextlib.suppress(redis.exceptions.RedisError):
            self._lock.release()
            self._client.unlink(_ABOUT)

    @staticmethod
    def owner(client: Client) -> Owner | None:
        """Who builds at present."""
        with translated():
            if not client.exists(LOCK):
                return None
            about = client.get(_ABOUT)
        return Owner(**json.loads(about)) if about else None

    def progress(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say how far the build is.

        Raises:
            BuildRunning: the lock was lost, and somebody else has it.
        """
        self._about = replace(self._about, stage=stage, done=done, total=total)
        self.check()

    def check(self) -> None:
        """Raise if the lock was lost: Redis was away for longer than it lives, and another build began.

        Raises:
            BuildRunning: it was.
        """
        if self._lost:
            raise BuildRunning(
                "this build lost its lock while Redis was away, and another one began: "
                f"{self.owner(self._client) or 'it has ended since'}"
            )

    @property
    def name(self) -> str:
        """Who this owner is, for people."""
        return f"{self._about.user}@{self._about.host}"

    @property
    def held(self) -> tuple[str, str]:
        """The lock's key, and what it holds while it is ours."""
        return LOCK, self.token

    def _take_from_the_dead(self) -> bool:
        owner = self.owner(self._client)
        held = self._client.get(LOCK)
        if owner is None or held is None or not owner.is_dead():
            return False
        dead = Lock(self._client, LOCK, timeout=self._seconds, thread_local=False)
        dead.local.token = held
        with contextlib.suppress(redis.exceptions.LockError):
            dead.release()
        return bool(self._lock.acquire(token=self.token))

    def _tell(self) -> None:
        self._client.set(_ABOUT, json.dumps(asdict(self._about)), px=round(self._seconds * 1000))

    def _beat(self) -> None:
        while not self._stop.wait(min(1.0, self._seconds / 4)):
            try:
                if text(self._client.get(LOCK) or b"") == self.token:
                    self._lock.reacquire()
                elif not self._lock.acquire(token=self.token):
                    self._lost = True
                    return
                self._tell()
            except redis.exceptions.RedisError:
                continue


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"


def _machine() -> str:
    """Names this boot and this pid namespace; empty where the system does not tell."""
    try:
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115
    except OSError:
        return ""
