"""Changes between builds, applied to the live version and remembered for the one that is being built.

A batch is one transaction that holds only while the live version is the one it was made for. While a build runs, the ids
that changed are kept in a sorted set with the latest row of each; the build applies them to its version before it goes
live, and going live fails if one more has come in between. So neither side can miss the other. Where changes cannot be
remembered, because a key is damaged, :data:`~.keys.BUILDING` goes, and the build that needs it is not published.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import redis

from ..row import Row
from ..vectors import Vectors
from .bulk import Command, in_parts
from .connection import Client, as_bytes, exact, text, translated
from .fence import Fence
from .keys import (
    APPLIED,
    BUILDING,
    CHANGED,
    CHANGED_COUNT,
    CHANGED_ROWS,
    FENCE,
    LIVE,
    REJECTED,
    STREAM,
    counters_key,
    record_key,
)
from .record import VersionRecord

_MOST_REJECTED = 100_000
_LONGEST_REASON = 500
_MOST_FIELDS = 100
"""Of an entry that is kept as rejected: a Lua script cannot pass on a command of some thousand words."""

_MOST_BYTES = 4_000_000
"""Of an entry that is kept as rejected."""

_PENDING_AT_ONCE = 200
_AT_ONCE = 500
_MEANING = ("op", "id", "profile")

_ORDER = """
local function parts(entry)
  return string.match(entry or '', '^(%d+)%-(%d+)$')
end
local function compare(a, b)
  if #a ~= #b then return #a < #b and -1 or 1 end
  if a == b then return 0 end
  return a < b and -1 or 1
end
local function older(entry, than)
  local ms, number = parts(entry)
  local than_ms, than_number = parts(than)
  if not ms or not than_ms then return false end
  local order = compare(ms, than_ms)
  return order < 0 or (order == 0 and compare(number, than_number) < 0)
end
"""
"""Entries of a stream in their order; as text, since their numbers have more digits than Lua's."""

_APPLY = (
    _ORDER
    + """
local version, identity = ARGV[1], ARGV[2]
if redis.pcall('GET', KEYS[1]) ~= version then return -1 end
local stored = redis.pcall('HGET', KEYS[2], 'identity')
if type(stored) == 'table' or (stored or '') ~= identity then return -1 end
if ARGV[4] == '1' then redis.call('SETRANGE', KEYS[1], 0, '') end
local function whole(number)
  return #number < 16 and string.match(number, '^%d+$')
end
local function damaged(key, kind)
  local found = redis.call('TYPE', key).ok
  return found ~= kind and found ~= 'none'
end
for _, key in ipairs({KEYS[3], KEYS[8]}) do
  if damaged(key, 'hash') then redis.call('UNLINK', key) end
end
local building = redis.call('EXISTS', KEYS[4]) == 1
local count = building and redis.pcall('GET', KEYS[7])
if type(count) == 'table' then count = 'damaged' end
if building and (damaged(KEYS[5], 'zset') or damaged(KEYS[6], 'hash') or (count and not whole(count))) then
  redis.call('UNLINK', KEYS[4], KEYS[5], KEYS[6], KEYS[7])
  building = false
end
local at, done, mark = 5, 0, false
for _ = 1, tonumber(ARGV[3]) do
  local id, entry, source, words = ARGV[at], ARGV[at + 1], ARGV[at + 3], tonumber(ARGV[at + 4])
  local upsert = ARGV[at + 2] == 'upsert'
  local key = 'profile:' .. version .. ':' .. id
  local known = entry ~= '' and redis.call('HGET', KEYS[8], id)
  if not known or not older(entry, known) then
    redis.call('UNLINK', key)
    if upsert then redis.call('HSET', key, unpack(ARGV, at + 5, at + 4 + words)) end
    if entry ~= '' then redis.call('HSET', KEYS[8], id, entry) end
    if building then
      mark = mark or redis.call('INCR', KEYS[7])
      redis.call('ZADD', KEYS[5], mark, id)
      if upsert then redis.call('HSET', KEYS[6], id, source) else redis.call('HDEL', KEYS[6], id) end
    end
    done = done + 1
  end
  at = at + 5 + words
end
if done > 0 then
  if not whole(redis.call('HGET', KEYS[3], 'changed') or '0') then redis.call('HDEL', KEYS[3], 'changed') end
  redis.call('HINCRBY', KEYS[3], 'changed', done)
end
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  redis.call(unpack(ARGV, at + 1, at + words))
  at = at + words + 1
end
return done
"""
)
"""SETRANGE changes nothing, but is refused where memory is full: UNLINK would let all that comes after it through."""

_SETTLE = """
for at = 2, #ARGV, 2 do
  local mark = redis.call('ZSCORE', KEYS[2], ARGV[at])
  if mark and tonumber(mark) == tonumber(ARGV[at + 1]) then
    redis.call('ZREM', KEYS[2], ARGV[at])
    redis.call('HDEL', KEYS[3], ARGV[at])
  end
end
"""
_FORGET = (
    _ORDER
    + """
for at = 2, #ARGV do
  if not older(ARGV[1], redis.call('HGET', KEYS[1], ARGV[at])) then redis.call('HDEL', KEYS[1], ARGV[at]) end
end
"""
)


@dataclass(frozen=True)
class Upsert:
    """A profile to write: checked, with its cluster and its ``(dim,)`` vector, and as it came."""

    row: Row
    cluster: int
    vector: Vectors
    source: str


@dataclass(frozen=True)
class Rejection:
    """An entry of the stream that cannot be applied, and why."""

    entry: str
    fields: Mapping[str, str]
    reason: str


@dataclass(frozen=True)
class Batch:
    """Changes that are applied at once.

    Attributes:
        upserts: profiles to write.
        deletes: ids to remove.
        entries: for each id, the entry of the stream that it comes from.
        done: entries that need no more work once this is applied, rejected ones included.
        rejected: entries that cannot be applied.
        group: the consumer group that the entries belong to.
    """

    upserts: Sequence[Upsert] = ()
    deletes: Sequence[str] = ()
    entries: Mapping[str, str] = field(default_factory=dict)
    done: Sequence[str] = ()
    rejected: Sequence[Rejection] = ()
    group: str = ""


class Changes:
    """Applies changes, and hands them to builds.

    Args:
        client: a client, as from ``connect``.
        fence: what a build's own writes must pass.
    """

    def __init__(self, client: Client, fence: Fence) -> None:
        self._client = client
        self._fence = fence

    def apply(self, record: VersionRecord, batch: Batch) -> bool:
        """Apply a batch to the live version, all or nothing; an older entry never undoes a newer one.

        Returns:
            False if ``record`` is not live any more: make the batch anew.
        """
        keys = [
            LIVE, record_key(record.version), counters_key(record.version), BUILDING, CHANGED, CHANGED_ROWS,
            CHANGED_COUNT, APPLIED,
        ]  # fmt: skip
        count = len(batch.upserts) + len(batch.deletes)
        words: list[Any] = [record.version, record.identity, count, int(bool(batch.upserts))]
        for upsert in batch.upserts:
            values = list(chain.from_iterable(upsert.row.to_hash(upsert.cluster, upsert.vector).items()))
            entry = batch.entries.get(upsert.row.id, "")
            words += [upsert.row.id, entry, "upsert", upsert.source, len(values), *values]
        for id_ in batch.deletes:
            words += [id_, batch.entries.get(id_, ""), "delete", "", 0]
        for command in (*_rejecting(batch.rejected), *_acknowledging(batch)):
            words += [len(command), *command]
        with translated():
            return int(self._client.eval(_APPLY, len(keys), *keys, *words)) >= 0

    # ------------------------------------------------------------ for a build
    def start_build(self, token: str) -> dict[str, float]:
        """From now on, changes are remembered for this build.

        Returns:
            What is remembered from a build that did not end, to forget with :meth:`settle` or to apply.

        Raises:
            BuildRunning: somebody else has the lock; so do all methods of a build.
        """
        for key, kind in ((CHANGED, "zset"), (CHANGED_ROWS, "hash"), (CHANGED_COUNT, "string")):
            with translated():
                found = text(self._client.type(key))
            if found not in (kind, "none"):
                self._fence.run([("UNLINK", key)])
        self._fence.run([("SET", BUILDING, token)])
        return self._pending()

    def _pending(self, most: int = 0) -> dict[str, float]:
        with translated():
            return {text(id_): score for id_, score in self._client.zrange(CHANGED, 0, most - 1, withscores=True)}

    def pending(self) -> tuple[dict[str, float], dict[str, str | None]]:
        """Some hundred of the changes that the version being built lacks, oldest first.

        Returns:
            Marks for :meth:`settle`, and each id's latest row, or None if it was deleted.
        """
        marks = self._pending(_PENDING_AT_ONCE)
        if not marks:
            return {}, {}
        with translated():
            rows = self._client.hmget(CHANGED_ROWS, list(marks))
        return marks, {id_: None if row is None else exact(row) for id_, row in zip(marks, rows, strict=True)}

    def apply_to_built(self, record: VersionRecord, batch: Batch) -> None:
        """Apply a batch to a version that is not live yet."""
        commands: list[Command] = []
        for upsert in batch.upserts:
            key, values = record.key(upsert.row.id), upsert.row.to_hash(upsert.cluster, upsert.vector)
            commands += [("UNLINK", key), ("HSET", key, *chain.from_iterable(values.items()))]
        commands += [("UNLINK", record.key(id_)) for id_ in batch.deletes]
        commands += _rejecting(batch.rejected)
        # SETRANGE changes nothing, but is refused where memory is full: UNLINK would let all that comes after it through
        full: list[Command] = [("SETRANGE", FENCE, 0, "")] if batch.upserts else []
        for part in in_parts(commands, _AT_ONCE, _size):
            self._fence.run([*full, *part], record.version)

    def settle(self, marks: Mapping[str, float]) -> None:
        """Forget changes, but for those that changed again meanwhile."""
        known = list(marks.items())
        for start in range(0, len(known), _AT_ONCE):
            part = [word for pair in known[start : start + _AT_ONCE] for word in pair]
            self._fence.call(_SETTLE, [CHANGED, CHANGED_ROWS], part)

    def end_build(self) -> None:
        """No build needs to hear of changes any more."""
        self._fence.run([("UNLINK", BUILDING, CHANGED, CHANGED_ROWS)])

    # ------------------------------------------------------------ the stream
    def join(self, group: str) -> None:
        """Make the consumer group, at the stream's beginning, if there is none."""
        with translated():
            try:
                self._client.xgroup_create(STREAM, group, id="0", mkstream=True)
            except redis.exceptions.ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise

    def take(self, group: str, consumer: str, most: int, wait_seconds: float) -> list[tuple[str, dict[str, str]]]:
        """New entries for this consumer, waiting for the first of them."""
        with translated():
            reply = self._client.xreadgroup(group, consumer, {STREAM: ">"}, most, max(1, round(wait_seconds * 1000)))
        return [_entry(id_, fields) for _, entries in reply or [] for id_, fields in entries]

    def take_over(self, group: str, consumer: str, most: int, idle_seconds: float) -> list[tuple[str, dict[str, str]]]:
        """Entries that were handed to a consumer so long ago and are not done, this consumer's own included."""
        cursor: str | bytes = "0-0"
        while True:
            with translated():
                reply = self._client.xautoclaim(STREAM, group, consumer, round(idle_seconds * 1000), cursor, most)
            cursor, entries = reply[0], reply[1]
            present = [_entry(id_, fields) for id_, fields in entries if fields]
            if len(present) < len(entries):
                self.forget_removed(group, consumer, most)
            if present or text(cursor) == "0-0":
                return present

    def own_pending(self, group: str, consumer: str, most: int) -> list[tuple[str, dict[str, str]]]:
        """Entries that this consumer's name was handed before and that are not done; see :meth:`forget_removed`."""
        with translated():
            reply = self._client.xreadgroup(group, consumer, {STREAM: "0"}, most)
        return [_entry(id_, fields) for _, entries in reply or [] for id_, fields in entries if fields]

    def forget_removed(self, group: str, consumer: str, most: int) -> None:
        """Acknowledge what this consumer was handed and is not in the stream any more: nobody can ever do it."""
        after = "0"
        while True:
            with translated():
                reply = self._client.xreadgroup(group, consumer, {STREAM: after}, most)
                entries = [entry for _, entries in reply or [] for entry in entries]
                if removed := [id_ for id_, fields in entries if not fields]:
                    self._client.xack(STREAM, group, *removed)
            if not entries:
                return
            after = text(entries[-1][0])

    def tidy(self) -> bool:
        """Trim what every group has done, and forget which entry each id had last where no older one can come.

        Returns:
            Whether all is tidy: False while entries are pending.
        """
        with translated():
            try:
                groups = self._client.xinfo_groups(STREAM)
                done = [self._done(text(group["name"]), text(group["last-delivered-id"])) for group in groups]
                if not done:
                    return True
                least = min(done, key=_order)
                self._client.xtrim(STREAM, minid=least, approximate=False)
            except redis.exceptions.ResponseError as error:
                if "no such key" not in str(error) and "NOGROUP" not in str(error):
                    raise
                return True  # somebody removed the stream
            for ids in self._applied():
                self._client.eval(_FORGET, 1, APPLIED, least, *ids)
        return not any(group["pending"] for group in groups)

    def _done(self, group: str, delivered: str) -> str:
        """The entry up to which a group needs no older one any more."""
        pending = self._client.xpending(STREAM, group)
        return text(pending["min"]) if pending["pending"] else delivered

    def _applied(self) -> Iterator[list[bytes]]:
        """Ids of :data:`APPLIED`, some hundred at a time."""
        batch: list[bytes] = []
        for id_, _ in self._client.hscan_iter(APPLIED, count=_AT_ONCE):
            batch.append(id_)
            if len(batch) == _AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch


def _size(command: Command) -> int:
    return sum(len(word) for word in command if isinstance(word, str | bytes))


def _rejecting(rejected: Iterable[Rejection]) -> list[Command]:
    return [("XADD", REJECTED, "MAXLEN", "~", _MOST_REJECTED, "*", *_words(rejection)) for rejection in rejected]


def _words(rejection: Rejection) -> list[bytes]:
    """The rejected entry as it came, with its reason; of one that is very large the beginning, and how much was cut."""
    words = [b"entry", as_bytes(rejection.entry), b"reason", as_bytes(rejection.reason[:_LONGEST_REASON])]
    fields, room, whole = _prefixed(rejection.fields), _MOST_BYTES, 0
    for name in sorted(fields, key=lambda name: name not in _MEANING)[:_MOST_FIELDS]:
        pair = as_bytes(name), as_bytes(fields[name])
        size = len(pair[0]) + len(pair[1])
        words += [pair[0][:room], pair[1][: max(0, room - len(pair[0]))]]
        whole += size <= room
        room = max(0, room - size)
        if not room:
            break
    return words if whole == len(fields) else [*words, b"cut_fields", b"%d" % (len(fields) - whole)]


def _acknowledging(batch: Batch) -> list[Command]:
    return [
        ("XACK", STREAM, batch.group, *batch.done[start : start + _AT_ONCE])
        for start in range(0, len(batch.done), _AT_ONCE)
    ]


def _entry(id_: bytes, fields: Mapping[bytes, bytes]) -> tuple[str, dict[str, str]]:
    return text(id_), {exact(name): exact(value) for name, value in (fields or {}).items()}


def _prefixed(fields: Mapping[str, str]) -> dict[str, str]:
    return {name if name in _MEANING else f"field:{name}": value for name, value in fields.items()}


def _order(entry: str) -> tuple[int, ...]:
    return tuple(int(part) for part in entry.split("-"))
