"""One Redis: all that is asked of it, and the one place that knows how commands get there.

What must be done as a whole is a script, a transaction, or one of the three ways to write profiles here. The keys of a
script lie in one slot where their names have a hash tag (:attr:`Server.tagged`), so that another kind of server, such as a
cluster, needs other ways for the profiles' own keys alone: a check for each key in place of a script or a transaction.
docs/architecture.md says what that would give up.
"""

import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

import redis

from ..settings import Settings
from .wire.bulk import BulkWriter, Client, ask
from .wire.guard import RUN, Guard
from .wire.patience import CONNECTIONS, Patience
from .wire.refusals import Refused, UnknownCommand, translated
from .wire.replies import Words

_SCANNED_AT_ONCE = 1000
_GLOB = str.maketrans({character: f"\\{character}" for character in "*?[]\\"})


@dataclass(frozen=True)
class Progress:
    """Where it is counted how many profiles are surely written: a field of a hash, and what it says at the beginning."""

    key: str
    field: str
    start: int


class Server:
    """A single Redis.

    Args:
        client: a redis-py client for RESP2 that returns bytes.

    Attributes:
        tagged: whether keys that are used together must carry a hash tag.

    Every method raises:
        RedisUnavailable: it cannot be reached, or is still loading its data.
        StoreError: it refused; see :mod:`.wire.refusals`.
    """

    tagged = False

    def __init__(self, client: Client) -> None:
        self._client = client
        self._has_hybrid: bool | None = None

    def run(self, *words: str | bytes | int | float) -> Any:
        """The reply to one command, as redis-py reads it."""
        with translated():
            return self._client.execute_command(*words)

    def ask(self, commands: Sequence[Words]) -> list[Any]:
        """The replies to commands, in their order and as they came: one round trip, and no transaction.

        They are sent again when the connection is lost.
        """
        with translated():
            return ask(self._client, commands)

    def together(self, commands: Sequence[Words]) -> list[Any]:
        """The replies to commands that nobody else's come between (MULTI)."""
        with translated():
            replies: list[Any] = ask(self._client, [("MULTI",), *commands, ("EXEC",)])[-1]
            for reply in replies:
                if isinstance(reply, Exception):
                    raise reply
        return replies

    def script(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """What a Lua script returns: all that it does is done at once.

        Args:
            script: the script.
            keys: those that it uses, but for keys of profiles.
            args: its arguments.
        """
        return self.run("EVAL", script, len(keys), *keys, *args)

    def scan(self, prefix: str) -> Iterator[bytes]:
        """Every key that begins so, in no order; one may come twice."""
        with translated():
            yield from self._client.scan_iter(match=f"{prefix.translate(_GLOB)}*", count=_SCANNED_AT_ONCE)

    def scan_fields(self, key: str) -> Iterator[bytes]:
        """Every field of a hash, in no order; one may come twice."""
        with translated():
            for name, _ in self._client.hscan_iter(key, count=_SCANNED_AT_ONCE):
                yield name

    # ------------------------------------------------------------ profiles, whose keys are all over a cluster
    def change_profiles(self, commands: Sequence[Words], guard: Guard) -> list[Any]:
        """Write or remove some profiles, all or none, and return the replies.

        Raises:
            BuildRunning, VersionIsLive: the guard does not hold; nothing was done.
        """
        replies: list[Any] = self.script(RUN, guard.keys, guard.arguments(commands))
        return replies

    def change_live_profiles(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """What a script returns that writes profiles of live versions, with all that belongs to it, as one.

        Args:
            script: the script; it makes the keys of profiles itself.
            keys: the others that it uses.
            args: its arguments.
        """
        return self.script(script, keys, args)

    def write_profiles(
        self, batches: Iterable[Sequence[Sequence[Words]]], guard: Guard, progress: Progress
    ) -> Iterator[int]:
        """Write many profiles, each batch all or nothing, and count what is surely written.

        While batches are on their way the next one is made.

        Args:
            batches: for each profile, the commands that write it.
            guard: what must hold for each batch.
            progress: where the count is kept.

        Yields:
            How many further profiles are written, from time to time.

        Raises:
            BuildRunning, VersionIsLive: the guard does not hold; the batch that was sent last, and all after it, were not
                written.
        """
        written, yielded = [progress.start], progress.start  # after each batch
        with translated(), BulkWriter(self._client) as writer:
            for batch in batches:
                count: Words = ("HSET", progress.key, progress.field, written[writer.done])
                writer.send(guard.transaction([count, *chain.from_iterable(batch)]))
                written.append(written[-1] + len(batch))
                yield written[writer.done] - yielded
                yielded = written[writer.done]
            writer.finish()
        self.change_profiles([("HSET", progress.key, progress.field, written[-1])], guard)
        yield written[-1] - yielded

    # ------------------------------------------------------------ the server itself
    def has_hybrid(self) -> bool:
        """Whether it has FT.HYBRID (Redis 8.4 and later); asked once, see :meth:`lacks_hybrid`."""
        if self._has_hybrid is None:
            try:
                self.run("FT.HYBRID")
            except UnknownCommand:
                self._has_hybrid = False
            except Refused:  # it misses the arguments
                self._has_hybrid = True
        return bool(self._has_hybrid)

    def lacks_hybrid(self) -> None:
        """Remember that FT.HYBRID is unknown here by now: an older Redis has taken the server's place."""
        self._has_hybrid = False

    @property
    def shell_arguments(self) -> list[str]:
        """Where it is, as redis-cli's arguments say it."""
        where = self._client.connection_pool.connection_kwargs
        if where.get("path"):
            return ["-s", str(where["path"])]
        return ["-h", str(where.get("host", "127.0.0.1")), "-p", str(where.get("port", 6379))]


def connect(settings: Settings, patience: float = 1.0) -> Server:
    """The Redis that the settings name; it is waited for and asked again when the connection is lost.

    Its connections are closed when it is no longer used.

    Args:
        settings: where Redis is.
        patience: seconds that a call is tried again while Redis is away or loading its data. One that Redis does not
            answer ends after this time too, or after the settings' ``redis_timeout`` if that is more.
    """
    pool = redis.ConnectionPool.from_url(
        settings.redis_url,
        protocol=2,
        socket_timeout=settings.redis_timeout,
        socket_connect_timeout=min(5.0, settings.redis_timeout),
        health_check_interval=30,
        retry=Patience(patience, settings.redis_timeout),
        retry_on_error=[redis.exceptions.ConnectionError, redis.exceptions.BusyLoadingError],
    )
    pool.connection_class = CONNECTIONS[pool.connection_class]
    server = Server(cast(Any, redis.Redis).from_pool(pool))
    weakref.finalize(server, pool.disconnect)
    return server
