"""Many commands in one write, packed by hiredis.

Several times cheaper for this side than pipelines of redis-py, which pack and parse command by command (mass insertion,
https://redis.io/docs/latest/develop/clients/patterns/bulk-loading/).
"""

from collections import deque
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, TypeAlias, cast

import hiredis

import redis

from .replies import Words

Client: TypeAlias = Any
"""A redis-py client. Untyped, because the stubs that redis-om brings describe a redis-py of years ago."""

_pack = cast(Callable[[Words], bytes], hiredis.pack_command)  # its stub takes no numbers

_ON_THEIR_WAY = 8
"""Batches that may be unanswered when the next one is made; small and many keep both sides at work."""


def ask(client: Client, commands: Sequence[Words]) -> list[Any]:
    """The replies to commands, in their order.

    They are not a transaction, and are sent again when the connection is lost.

    Raises:
        redis.exceptions.ResponseError: the first error among the replies; the commands after it were still done.
        redis.exceptions.ConnectionError: Redis stayed away for longer than the client is patient.
    """
    pool = client.connection_pool
    packed, connection = _packed(commands), pool.get_connection()

    def exchange() -> list[Any]:
        connection.send_packed_command([packed])
        return _replies(connection, len(commands))

    try:
        replies: list[Any] = connection.retry.call_with_retry(exchange, lambda error: connection.disconnect())
        return replies
    finally:
        pool.release(connection)


class BulkWriter:
    """Sends batches of commands over a connection of its own; the next one is made while Redis works on the last.

    A batch is a transaction only if it says so itself. When the connection is lost, or a watched key ends a transaction
    that is the last of its batch, what is unanswered is sent again, so doing a command twice must be the same as once.

    Args:
        client: a client, as from ``connect``.

    Attributes:
        done: batches that Redis has answered.
    """

    def __init__(self, client: Client) -> None:
        self._pool = client.connection_pool
        self._unanswered: deque[tuple[bytes, int]] = deque()
        self._sent = 0
        self.done = 0

    def __enter__(self) -> "BulkWriter":
        self._connection = self._pool.get_connection()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._unanswered:
            self._connection.disconnect()
        self._pool.release(self._connection)

    def send(self, commands: Sequence[Words]) -> None:
        """Send a batch, and wait until at most eight are unanswered.

        Raises:
            redis.exceptions.ResponseError: the first error in an earlier batch's answers; its other commands were done.
            redis.exceptions.ConnectionError: Redis stayed away for longer than the client is patient.
        """
        self._unanswered.append((_packed(commands), len(commands)))
        self._wait(_ON_THEIR_WAY)

    def finish(self) -> None:
        """Wait until everything is answered; raises what :meth:`send` raises."""
        self._wait(0)

    def _wait(self, unanswered: int) -> None:
        self._connection.retry.call_with_retry(lambda: self._exchange(unanswered), self._lost)

    def _exchange(self, unanswered: int) -> None:
        self._send()
        while len(self._unanswered) > unanswered:
            if _replies(self._connection, self._unanswered[0][1])[-1] is None:
                self._lost()  # a watched key changed, and EXEC did nothing
                self._send()
                continue
            self._unanswered.popleft()
            self._sent -= 1
            self.done += 1

    def _send(self) -> None:
        for packed, _ in list(self._unanswered)[self._sent :]:
            self._connection.send_packed_command([packed])
            self._sent += 1

    def _lost(self, error: Exception | None = None) -> None:
        self._connection.disconnect()
        self._sent = 0


def _packed(commands: Sequence[Words]) -> bytes:
    return b"".join(map(_pack, commands))


def _replies(connection: Any, count: int) -> list[Any]:
    replies: list[Any] = []
    first: redis.exceptions.ResponseError | None = None
    for _ in range(count):
        try:
            replies.append(connection.read_response())
        except redis.exceptions.ResponseError as error:
            first = first or error
    if first is not None:
        raise first
    return replies
