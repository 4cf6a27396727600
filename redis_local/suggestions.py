"""FT.SUG*: dictionaries of suggestions, and the ones that complete a prefix.

A dictionary is a hash of redis-server under its own key: so it lasts as other keys do, and DEL, EXPIRE or RENAME hold for it.
A field of a name that no client needs marks it, its fields are suggestions, each with a score and perhaps a payload.
Scripts make each change whole. Source: https://redis.io/docs/latest/commands/ft.sugadd/
"""

import heapq
import math
from dataclasses import dataclass
from typing import Any

import hiredis
import numpy as np

from .errors import CommandError
from .link import Address, Link
from .numerals import parse_number

MAX_SUGGESTIONS = 100_000
"""Suggestions of one dictionary."""

MAX_BYTES = 256
"""Bytes of a suggestion."""

MAX_PAYLOAD = 1024
"""Bytes of a payload."""

MARK = b"\0suggestions"
"""The field that says of a hash that it is a dictionary of suggestions."""

_EXACT = float(2**31)
_SCAN_COUNT = b"500"
_CHECKED = """
if redis.call('EXISTS', KEYS[1]) == 1 and (redis.call('TYPE', KEYS[1]).ok ~= 'hash' or redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0) then
    return redis.error_reply('WRONGTYPE Operation against a key holding the wrong kind of value')
end
"""
_ADD = (
    _CHECKED
    + """
local old = redis.call('HGET', KEYS[1], ARGV[2])
local size = redis.call('HLEN', KEYS[1])
if size == 0 then
    size = 1
    redis.call('HSET', KEYS[1], ARGV[1], '')
end
if not old and size > tonumber(ARGV[6]) then
    return redis.error_reply('ERR redis_local keeps at most ' .. ARGV[6] .. ' suggestions under a key')
end
local score = ARGV[3]
if old and ARGV[4] == '1' then
    score = string.format('%.17g', tonumber(score) + tonumber(string.match(old, '^%S+')))
end
redis.call('HSET', KEYS[1], ARGV[2], score .. ' ' .. ARGV[5])
return old and size - 1 or size
"""
)
_DELETE = _CHECKED + "return redis.call('HDEL', KEYS[1], ARGV[2])"
_LENGTH = _CHECKED + "return math.max(0, redis.call('HLEN', KEYS[1]) - 1)"
_KNOWN = _CHECKED + "return redis.call('EXISTS', KEYS[1])"


@dataclass(frozen=True)
class Suggestion:
    """A suggestion for a prefix; the higher its score the better."""

    score: float
    text: bytes
    payload: bytes | None = None


class Suggestions:
    """The dictionaries of one redis-server, over a connection of its own for each command."""

    def __init__(self, address: Address) -> None:
        self._address = address

    async def add(self, key: bytes, added: Suggestion, *, increment: bool) -> int:
        """Add a suggestion, or replace it, or add to its score.

        Returns:
            How many there are then.

        Raises:
            CommandError: the key holds something else, or the dictionary is full.
        """
        payload = b"" if added.payload is None else added.payload
        score = b"%.17g" % added.score
        limit = b"%d" % MAX_SUGGESTIONS
        return int(await self._run(_ADD, key, added.text, score, b"%d" % increment, payload, limit))

    async def remove(self, key: bytes, text: bytes) -> int:
        """Remove a suggestion; 1 if there was one."""
        return int(await self._run(_DELETE, key, text))

    async def count(self, key: bytes) -> int:
        """How many suggestions there are."""
        return int(await self._run(_LENGTH, key))

    async def completing(self, key: bytes, prefix: bytes, most: int, *, fuzzy: bool) -> list[Suggestion] | None:
        """The best suggestions that begin with a prefix, best first; ``fuzzy`` allows one letter to be wrong.

        Returns:
            None if there is no such dictionary.
        """
        if not await self._run(_KNOWN, key):
            return None
        matches: dict[bytes, Suggestion] = {}
        link, cursor = await Link.open(self._address), b"0"
        try:
            while True:
                cursor, flat = await link.call(b"HSCAN", key, cursor, b"COUNT", _SCAN_COUNT)
                for text, value in zip(flat[::2], flat[1::2], strict=True):
                    if text != MARK and (scored := _scored(text, value, prefix, fuzzy)) is not None:
                        matches[text] = scored
                if len(matches) > 2 * most + 1000:
                    matches = {each.text: each for each in _best(matches, most)}
                if cursor == b"0":
                    return _best(matches, most)
        finally:
            link.close()

    async def _run(self, script: str, key: bytes, *arguments: bytes) -> Any:
        link = await Link.open(self._address)
        try:
            return await link.call(b"EVAL", script.encode(), b"1", key, MARK, *arguments)
        except hiredis.ReplyError as error:
            raise CommandError(str(error)) from None
        finally:
            link.close()


def _best(matches: dict[bytes, Suggestion], most: int) -> list[Suggestion]:
    return heapq.nsmallest(most, matches.values(), key=lambda each: (-each.score, each.text))


def _scored(text: bytes, value: bytes, prefix: bytes, fuzzy: bool) -> Suggestion | None:
    """A suggestion with its score for a prefix, None if it does not complete it.

    What is longer scores lower, what differs in a letter much lower, and what is all of it highest.
    """
    score, _, payload = value.partition(b" ")
    letters, wanted = _letters(text), _letters(prefix)
    distance = _prefix_distance(letters, wanted, fuzzy)
    if distance is None:
        return None
    if letters == wanted:
        return Suggestion(_EXACT, text, payload or None)
    rest = np.float32(1 / math.sqrt(1 + abs(len(letters) - len(wanted))))  # as Redis: in single precision
    weighted = np.float32(parse_number(score)) * np.float32(math.exp(-2 * distance)) * rest
    return Suggestion(float(weighted), text, payload or None)


def _letters(text: bytes) -> str:
    return text.decode(errors="surrogateescape").lower()


def _prefix_distance(letters: str, wanted: str, fuzzy: bool) -> int | None:
    """In how many letters, 0 or 1, some beginning of a text differs from what is asked for; None for more."""
    if letters.startswith(wanted):
        return 0
    if not fuzzy:
        return None
    same = next((at for at, (a, b) in enumerate(zip(letters, wanted, strict=False)) if a != b), len(letters))
    after = letters[same + 1 :]
    one_off = after.startswith((wanted[same + 1 :], wanted[same:])) or letters[same:].startswith(wanted[same + 1 :])
    return 1 if one_off else None
