"""A batch applied to every live version: profiles, counters, what a build must hear of, and acknowledgements, as a whole."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from ..keys import Keys
from ..server import Server
from ..versions.records import VersionRecord
from ..wire.replies import Words
from ..writer import write_words
from .batch import Batch, Upsert
from .order import ORDER
from .rejected import reject_words

_ACKNOWLEDGED_AT_ONCE = 500
_APPLY = (
    ORDER
    + """
local count, default = tonumber(ARGV[1]), redis.pcall('GET', KEYS[1])
local beside = redis.pcall('HGETALL', KEYS[2])
if default ~= ARGV[5] or beside.err then return -1 end
local live, others = {[default] = true}, 0
for place = 1, #beside, 2 do
  if beside[place] ~= ARGV[4] then
    live[beside[place + 1]] = true
    others = others + 1
  end
end
if others ~= count - 1 then return -1 end
local prefixes, passages = {}, {}
for n = 1, count do
  local place = 1 + 4 * n
  local stored = redis.pcall('HGET', KEYS[8 + 2 * n], 'identity')
  if not live[ARGV[place]] or type(stored) == 'table' or (stored or '') ~= ARGV[place + 1] then return -1 end
  prefixes[n], passages[n] = ARGV[place + 2], ARGV[place + 3]
end
if ARGV[3] == '1' then redis.call('SETRANGE', KEYS[1], 0, '') end
local function whole(number)
  return #number < 16 and string.match(number, '^%d+$')
end
local function damaged(key, kind)
  local found = redis.call('TYPE', key).ok
  return found ~= kind and found ~= 'none'
end
if damaged(KEYS[7], 'hash') then redis.call('UNLINK', KEYS[7]) end
local building = redis.call('EXISTS', KEYS[3]) == 1
local batches = building and redis.pcall('GET', KEYS[6])
if type(batches) == 'table' then batches = 'damaged' end
if building and (damaged(KEYS[4], 'zset') or damaged(KEYS[5], 'hash') or (batches and not whole(batches))) then
  redis.call('UNLINK', KEYS[3], KEYS[4], KEYS[5], KEYS[6])
  building = false
end
local function unlink(n, key)
  if passages[n] ~= '' then
    local parts = redis.pcall('HGET', key, '_passages')
    for part = 1, math.min(type(parts) == 'string' and tonumber(parts) or 0, 10000) do
      redis.call('UNLINK', passages[n] .. '{' .. key .. '}:' .. part)
    end
  end
  redis.call('UNLINK', key)
end
local at, done, mark = 5 + 4 * count, 0, false
for _ = 1, tonumber(ARGV[2]) do
  local id, entry, upsert, source = ARGV[at], ARGV[at + 1], ARGV[at + 2] == 'upsert', ARGV[at + 3]
  local known = entry ~= '' and redis.call('HGET', KEYS[7], id)
  local newest = not known or not older(entry, known)
  at = at + 4
  for n = 1, count do
    local key, hashes = prefixes[n] .. id, tonumber(ARGV[at])
    if newest then unlink(n, key) end
    at = at + 1
    for part = 0, hashes - 1 do
      local words = tonumber(ARGV[at])
      local hash = part == 0 and key or passages[n] .. '{' .. key .. '}:' .. part
      if newest then redis.call('HSET', hash, unpack(ARGV, at + 1, at + words)) end
      at = at + words + 1
    end
  end
  if newest then
    if entry ~= '' then redis.call('HSET', KEYS[7], id, entry) end
    if building then
      mark = mark or redis.call('INCR', KEYS[6])
      redis.call('ZADD', KEYS[4], mark, id)
      if upsert then redis.call('HSET', KEYS[5], id, source) else redis.call('HDEL', KEYS[5], id) end
    end
    done = done + 1
  end
end
for n = 1, count do
  local counters = KEYS[9 + 2 * n]
  if damaged(counters, 'hash') then redis.call('UNLINK', counters) end
  if done > 0 then
    if not whole(redis.call('HGET', counters, 'changed') or '0') then redis.call('HDEL', counters, 'changed') end
    redis.call('HINCRBY', counters, 'changed', done)
  end
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


def apply_changes(
    server: Server,
    keys: Keys,
    record: VersionRecord,
    batch: Batch,
    beside: Sequence[tuple[VersionRecord, Sequence[Upsert]]],
) -> bool:
    """Apply a batch to all live versions, all or nothing, and only while these are all that are live.

    The keys of profiles are made within the script.

    Args:
        server: where they are.
        keys: the collection's.
        record: the version that is live by default.
        batch: the changes, with the profiles as that version has them.
        beside: each other live version with the same profiles, in the same order, as it has them.

    Returns:
        Whether they were.
    """
    versions = [(record, batch.upserts), *beside]
    control = [
        keys.live,
        keys.live_beside,
        keys.building,
        keys.changed,
        keys.changed_rows,
        keys.changed_count,
        keys.applied,
        keys.rejected,
        keys.stream,
        *(key(version.version) for version, _ in versions for key in (keys.record, keys.counters)),
    ]
    words: list[Any] = [len(versions), len(batch.upserts) + len(batch.deletes), int(bool(batch.upserts)), record.model]
    for version, _ in versions:
        passages = version.collection.passage_keys(version.version) if version.passages else ""
        words += [version.version, version.identity, version.key(""), passages]
    for number, upsert in enumerate(batch.upserts):
        words += [upsert.row.id, batch.entries.get(upsert.row.id, ""), "upsert", upsert.source]
        for version, upserts in versions:
            words += _counted(version, upserts[number])
    for id_ in batch.deletes:
        words += [id_, batch.entries.get(id_, ""), "delete", "", *[0] * len(versions)]
    for command in (*reject_words(keys, batch.rejected), *_acknowledge_words(keys, batch)):
        words += [len(command), *command]
    return int(server.change_live_profiles(_APPLY, control, words)) >= 0


def _counted(version: VersionRecord, upsert: Upsert) -> list[Any]:
    """The fields of a profile's hash and of those of its passages: how many hashes, and before each how many words."""
    hashes = write_words(version, upsert.profile)
    return [len(hashes), *chain.from_iterable((len(values), *values) for _, _, *values in hashes)]


def _acknowledge_words(keys: Keys, batch: Batch) -> list[Words]:
    return [
        ("XACK", keys.stream, batch.group, *batch.done[start : start + _ACKNOWLEDGED_AT_ONCE])
        for start in range(0, len(batch.done), _ACKNOWLEDGED_AT_ONCE)
    ]
