"""Writes that only the owner of the lock can do.

A lock that ends by itself cannot keep out an owner that was cut off and comes back. So whoever takes the lock leaves a
token that stays, and every write is compared with it, in the same step: as a Lua script, or as a transaction that
watches the token (https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/, fencing tokens). Commands
of the Query Engine can be in neither; they come after a check of their own.
"""

from collections.abc import Sequence
from typing import Any

from .keys import Keys
from .server import Server
from .wire.guard import CHECK, RUN, Guard
from .wire.replies import Words


class Fence:
    """Lets writes through while nobody else has taken the lock.

    Args:
        server: where they go.
        keys: the collection's.
        token: the owner's; without one every write passes.
    """

    def __init__(self, server: Server, keys: Keys, token: str = "") -> None:
        self._server = server
        self._keys = keys
        self._token = token

    def guard(self, not_live: str = "") -> Guard:
        """What must hold for a write of profiles; a version that is named must not be live either."""
        keys = self._keys
        return Guard(keys.fence, keys.live, keys.live_beside, keys.refused(self._token), self._token, not_live)

    def run(self, commands: Sequence[Words], not_live: str = "") -> list[Any]:
        """Do commands as one, and return their replies: all are done or none, unless one of them is wrong.

        Args:
            commands: writes on the collection's own keys, each named by the second word; none on profiles.
            not_live: a version that must not be live.

        Raises:
            BuildRunning: somebody else has the lock.
            VersionIsLive: ``not_live`` is live.
        """
        guard = self.guard(not_live)
        keys = dict.fromkeys([*guard.keys, *(str(command[1]) for command in commands)])
        replies: list[Any] = self._server.script(RUN, list(keys), guard.arguments(commands))
        return replies

    def call(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        """Run a script of its own, whose keys begin at ``KEYS[2]`` and arguments at ``ARGV[2]``; raises as :meth:`run`."""
        return self._server.script(CHECK + script, [self._keys.fence, *keys], [self._token, *args])

    def check(self) -> None:
        """Raise as :meth:`run` does, before a command that cannot be fenced."""
        self.run([])
