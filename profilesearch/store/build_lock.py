"""One job at a time that makes or removes versions: a lock that its owner renews, and that says who and how far.

A key that ends by itself when nobody renews it (https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/),
taken in one step with the fence, which does not end: an owner whose key ended may take it again only while the fence is
still its own, which is while nobody else had the lock. An owner that died on this very machine is noticed at once.
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

from pydantic import TypeAdapter

from ..collection import PROFILES, Collection
from ..errors import BuildRunning, StoreError
from .keys import Keys
from .server import Server
from .wire.patience import waiting_at_most
from .wire.refusals import WrongType
from .wire.replies import text

_PATIENCE_SECONDS = 3.0
"""How long renewing waits for Redis before it tries anew, and letting go at all: whoever ends a job need not wait."""

_TAKE = """
local owner = redis.pcall('GET', KEYS[1])
if type(owner) == 'string' and owner ~= ARGV[1] and owner ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[1])
return 1
"""
"""The DEL comes first: a script that began with it may write where memory is full, so that prune can make room."""

_RENEW = """
if redis.pcall('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local owner = redis.pcall('GET', KEYS[1])
if type(owner) == 'string' and owner ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[2])
return 1
"""
_RELEASE = """
if redis.pcall('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1], KEYS[3]) end
if redis.pcall('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
"""


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


_OWNER = TypeAdapter(Owner)


class BuildLock:
    """The lock of the job that makes or removes versions.

    Args:
        server: where it is, as from ``connect``.
        seconds: how long the lock lives without being renewed.
        collection: whose versions the job makes or removes.

    Attributes:
        token: the owner's, which :class:`Fence` compares.

    Raises:
        BuildRunning: on entering, if somebody else has it: who, since when, and how far.
    """

    def __init__(self, server: Server, seconds: float = 30.0, collection: Collection = PROFILES) -> None:
        self._server = server
        self._keys = Keys(collection, server.tagged)
        self._seconds = seconds
        self._about = Owner(_user(), socket.gethostname(), os.getpid(), _machine(), time.time())
        self._stop = threading.Event()
        self._lost = False
        self._heart = threading.Thread(target=self._beat, name="build lock", daemon=True)
        self.token = uuid.uuid4().hex

    def __enter__(self) -> "BuildLock":
        if not self._take() and not self._take_from_the_dead():
            owner = self.owner(self._server, self._keys.collection)
            raise BuildRunning(f"another build is running: {owner or 'by somebody who did not say who'}")
        self.renew()
        self._heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._heart.join()
        with contextlib.suppress(StoreError), waiting_at_most(_PATIENCE_SECONDS):
            self._server.script(_RELEASE, self._own_keys, [self.token])

    @staticmethod
    def owner(server: Server, collection: Collection = PROFILES) -> Owner | None:
        """Who has the lock at present, if that can be read."""
        keys = Keys(collection, server.tagged)
        if not server.run("EXISTS", keys.lock):
            return None
        try:
            return _OWNER.validate_json(server.run("GET", keys.about) or b"")
        except (ValueError, WrongType):
            return None  # nothing, or something else, stands there

    def progress(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say how far the build is.

        Raises:
            BuildRunning: the lock was lost, and somebody else has it.
        """
        self._about = replace(self._about, stage=stage, done=done, total=total)
        self.check()

    def check(self) -> None:
        """Raise if the lock was lost: this process was cut off for longer than it lives, and another one took it.

        Raises:
            BuildRunning: it was.
        """
        if self._lost:
            raise BuildRunning(
                "this job lost its lock while it was cut off from Redis, and another one began: "
                f"{self.owner(self._server, self._keys.collection) or 'it has ended since'}"
            )

    @property
    def name(self) -> str:
        """Who this owner is, for people."""
        return f"{self._about.user}@{self._about.host}"

    def renew(self) -> bool:
        """Keep the lock, or take it again after it ended, if nobody else has had it since.

        Returns:
            False once it is lost for good.
        """
        about = json.dumps(asdict(self._about))
        kept = self._server.script(_RENEW, self._own_keys, [self.token, self._milliseconds, about])
        self._lost = self._lost or not kept
        return not self._lost

    @property
    def _own_keys(self) -> list[str]:
        return [self._keys.lock, self._keys.fence, self._keys.about]

    @property
    def _milliseconds(self) -> int:
        return round(self._seconds * 1000)

    def _take(self, dead: str = "") -> bool:
        """Take the lock if it is free, or a dead owner's."""
        return bool(self._server.script(_TAKE, self._own_keys, [self.token, self._milliseconds, dead]))

    def _take_from_the_dead(self) -> bool:
        token = text(self._server.run("GET", self._keys.lock) or b"")  # first: the owner asked next may be a later one
        owner = self.owner(self._server, self._keys.collection)
        return owner is not None and owner.is_dead() and self._take(token)

    def _beat(self) -> None:
        while not self._stop.wait(min(1.0, self._seconds / 4)):
            with contextlib.suppress(StoreError), waiting_at_most(_PATIENCE_SECONDS):
                if not self.renew():
                    return


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
