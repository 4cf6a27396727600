"""Writes that only the owner of the lock can do.

A lock that ends by itself cannot keep out an owner that was cut off and comes back. So whoever takes the lock leaves a
token that stays, and every write is compared with it, in the same step: as a Lua script, or as a transaction that
watches the token (https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/, fencing tokens). Commands
of the Query Engine can be in neither; they come after a check of their own.
"""

from collections.abc import Callable, Sequence
from typing import Any

import redis

from ..errors import BuildRunning, VersionIsLive
from .bulk import Command
from .connection import Client, text, translated
from .keys import FENCE, LIVE

_LOST = "this job lost its lock while it was cut off from Redis, and another one began: it wrote nothing after that"
_REFUSED, _LIVE_BY_NOW = "FENCED", "LIVE"
_GUARD = """
if ARGV[1] ~= '' and redis.pcall('GET', KEYS[1]) ~= ARGV[1] then
  return redis.error_reply('FENCED somebody else has the lock')
end
"""
_RUN = """
if ARGV[2] ~= '' and redis.pcall('GET', KEYS[2]) == ARGV[2] then
  return redis.error_reply('LIVE this version is live')
end
local at, replies = 3, {}
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  replies[#replies + 1] = redis.call(unpack(ARGV, at + 1, at + words))
  at = at + words + 1
end
return replies
"""
_REFUSING = """
local function refuse(reason)
  redis.call('DEL', KEYS[3])
  redis.call('SET', KEYS[3], '1')
  redis.call('DEL', KEYS[3])
  return redis.error_reply(reason)
end
if ARGV[1] ~= '' and redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return refuse('FENCED somebody else has the lock') end
if ARGV[2] ~= '' and redis.pcall('GET', KEYS[2]) == ARGV[2] then return refuse('LIVE this version is live') end
return 'OK'
"""
"""The first DEL is there since a script that began with it may write where memory is full."""


class Fence:
    """Lets writes through while nobody else has taken the lock.

    Args:
        client: a client, as from ``connect``.
        token: the owner's; without one every write passes.
    """

    def __init__(self, client: Client, token: str = "") -> None:
        self._client = client
        self._token = token

    def transaction_of(self, commands: Sequence[Command], not_live: str = "") -> list[Command]:
        """Commands as a transaction that can be sent without waiting, and is cheaper than a script for many large ones.

        The key of whoever was refused is watched besides the token: the check writes it if the token is another one, so
        that EXEC does nothing then, and also if the token changes between the check and EXEC (WATCH,
        https://redis.io/docs/latest/develop/using-commands/transactions/).

        Args:
            commands: writes on plain keys.
            not_live: a version that must not be live.

        Returns:
            Commands of which the first error reply is what :meth:`refusal` reads; EXEC's reply is None if one of the
            watched keys changed.
        """
        refused = f"{FENCE}:refused:{self._token}"
        check: Command = ("EVAL", _REFUSING, 3, FENCE, LIVE, refused, self._token, not_live)
        return [("WATCH", FENCE, LIVE, refused), check, ("MULTI",), *commands, ("EXEC",)]

    def command(self, commands: Sequence[Command], not_live: str = "") -> Command:
        """Commands as one, all done or none, unless one of them is wrong.

        Args:
            commands: writes on plain keys.
            not_live: a version that must not be live.
        """
        words = [word for command in commands for word in (len(command), *command)]
        return ("EVAL", _GUARD + _RUN, 2, FENCE, LIVE, self._token, not_live, *words)

    def run(self, commands: Sequence[Command], not_live: str = "") -> list[Any]:
        """Do commands, and return their replies.

        Raises:
            BuildRunning: somebody else has the lock.
            VersionIsLive: ``not_live`` is live.
        """
        with translated():
            try:
                replies: list[Any] = self._client.execute_command(*self.command(commands, not_live))
            except redis.exceptions.ResponseError as error:
                raise self.refusal(error) from error
        return replies

    def call(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Run a script of its own, whose keys begin at ``KEYS[2]`` and arguments at ``ARGV[2]``; raises as :meth:`run`."""
        with translated():
            try:
                return self._client.eval(_GUARD + script, 1 + len(keys), FENCE, *keys, self._token, *args)
            except redis.exceptions.ResponseError as error:
                raise self.refusal(error) from error

    def transaction(self, fill: Callable[[Client], None]) -> None:
        """Do what ``fill`` puts into a pipeline, all of it or nothing; raises as :meth:`run`."""
        with translated():
            while True:
                pipeline = self._client.pipeline(transaction=True)
                try:
                    pipeline.watch(FENCE)
                    if self._token and text(pipeline.get(FENCE) or b"") != self._token:
                        raise BuildRunning(_LOST)
                    pipeline.multi()
                    fill(pipeline)
                    pipeline.execute()
                    return
                except redis.exceptions.WatchError:
                    continue
                finally:
                    pipeline.reset()

    def check(self) -> None:
        """Raise as :meth:`run` does, before a command that cannot be fenced."""
        self.run([])

    @staticmethod
    def refusal(error: redis.exceptions.ResponseError) -> Exception:
        """An error reply as the error that it means; another one as it is."""
        if str(error).startswith(_REFUSED):
            return BuildRunning(_LOST)
        if str(error).startswith(_LIVE_BY_NOW):
            return VersionIsLive("this version is live by now: it is not removed")
        return error
