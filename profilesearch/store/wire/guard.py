"""Scripts and transactions that do nothing unless the lock is still the writer's own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .replies import Words

FENCED = "FENCED"
"""What the error reply begins with if somebody else has the lock."""

LIVE = "LIVE"
"""What it begins with if a version is live that must not be."""

CHECK = """
if ARGV[1] ~= '' and redis.pcall('GET', KEYS[1]) ~= ARGV[1] then
  return redis.error_reply('FENCED somebody else has the lock')
end
"""
"""The beginning of a script: KEYS[1] is the fence, ARGV[1] the writer's token."""

_LIVE = """
local function live(version)
  if version == '' then return false end
  if redis.pcall('GET', KEYS[2]) == version then return true end
  local beside = redis.pcall('HVALS', KEYS[3])
  for _, other in ipairs(beside) do
    if other == version then return true end
  end
  return false
end
"""
"""Whether a version is live, by default (KEYS[2]) or for another model (KEYS[3]); an error reply has no members."""

RUN = (
    CHECK
    + _LIVE
    + """
if live(ARGV[2]) then return redis.error_reply('LIVE this version is live') end
local at, replies = 3, {}
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  replies[#replies + 1] = redis.call(unpack(ARGV, at + 1, at + words))
  at = at + words + 1
end
return replies
"""
)
"""Commands, each with the number of its words before it; ARGV[2] names a version that must not be live."""

_REFUSE = (
    _LIVE
    + """
local function refuse(reason)
  redis.call('DEL', KEYS[4])
  redis.call('SET', KEYS[4], '1')
  redis.call('DEL', KEYS[4])
  return redis.error_reply(reason)
end
if ARGV[1] ~= '' and redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return refuse('FENCED somebody else has the lock') end
if live(ARGV[2]) then return refuse('LIVE this version is live') end
return 'OK'
"""
)
"""The first DEL is there since a script that began with it may write where memory is full."""


@dataclass(frozen=True)
class Guard:
    """What must hold for a write.

    Attributes:
        fence: the key with the token of whoever had the lock last.
        live: the key with the name of the version that is live by default.
        beside: the hash with the live versions of other models.
        refused: a key of the writer's own, which is never there for long.
        token: what the fence must hold; empty if it does not matter.
        not_live: a version that must not be live; empty if it does not matter.
    """

    fence: str
    live: str
    beside: str
    refused: str
    token: str = ""
    not_live: str = ""

    @property
    def keys(self) -> tuple[str, str, str]:
        """The first keys of :data:`RUN`."""
        return self.fence, self.live, self.beside

    def arguments(self, commands: Iterable[Words]) -> list[str | bytes | int | float]:
        """The arguments of :data:`RUN`."""
        return [self.token, self.not_live, *(word for command in commands for word in (len(command), *command))]

    def transaction(self, commands: Sequence[Words]) -> list[Words]:
        """Commands as a transaction that can be sent without waiting, and is cheaper than a script for many large ones.

        The key of whoever was refused is watched besides the token: the check writes it if the token is another one, so
        that EXEC does nothing then, and also if the token changes between the check and EXEC (WATCH,
        https://redis.io/docs/latest/develop/using-commands/transactions/).

        Returns:
            Commands of which the first error reply says why nothing was done; EXEC's reply is None if a watched key
            changed.
        """
        keys = (*self.keys, self.refused)
        check: Words = ("EVAL", _REFUSE, len(keys), *keys, self.token, self.not_live)
        return [("WATCH", *keys), check, ("MULTI",), *commands, ("EXEC",)]
