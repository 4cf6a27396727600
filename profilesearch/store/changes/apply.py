"""A batch applied to the live version: profiles, counters, what a build must hear of, and acknowledgements, as a whole."""

from typing import Any

from ..keys import Keys
from ..server import Server
from ..versions.records import VersionRecord
from ..wire.replies import Words
from ..writer import write_words
from .batch import Batch
from .order import ORDER
from .rejected import reject_words

_ACKNOWLEDGED_AT_ONCE = 500

_APPLY = (
    ORDER
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
local function unlink(key)
  if ARGV[6] ~= '' then
    local count = redis.pcall('HGET', key, '_passages')
    for number = 1, math.min(type(count) == 'string' and tonumber(count) or 0, 10000) do
      redis.call('UNLINK', ARGV[6] .. '{' .. key .. '}:' .. number)
    end
  end
  redis.call('UNLINK', key)
end
local at, done, mark = 7, 0, false
for _ = 1, tonumber(ARGV[3]) do
  local id, entry, source, hashes = ARGV[at], ARGV[at + 1], ARGV[at + 3], tonumber(ARGV[at + 4])
  local upsert = ARGV[at + 2] == 'upsert'
  local key = ARGV[5] .. id
  at = at + 5
  local known = entry ~= '' and redis.call('HGET', KEYS[8], id)
  local newer = not known or not older(entry, known)
  if newer then unlink(key) end
  for number = 0, hashes - 1 do
    local words = tonumber(ARGV[at])
    local hash = number == 0 and key or ARGV[6] .. '{' .. key .. '}:' .. number
    if newer then redis.call('HSET', hash, unpack(ARGV, at + 1, at + words)) end
    at = at + words + 1
  end
  if newer then
    if entry ~= '' then redis.call('HSET', KEYS[8], id, entry) end
    if building then
      mark = mark or redis.call('INCR', KEYS[7])
      redis.call('ZADD', KEYS[5], mark, id)
      if upsert then redis.call('HSET', KEYS[6], id, source) else redis.call('HDEL', KEYS[6], id) end
    end
    done = done + 1
  end
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


def apply_changes(server: Server, keys: Keys, record: VersionRecord, batch: Batch) -> bool:
    """Apply a batch to a version, all or nothing, and only while it is live.

    The keys of profiles are made within the script, so that this needs a single server.

    Returns:
        Whether the version was live.
    """
    control = [
        keys.live,
        keys.record(record.version),
        keys.counters(record.version),
        keys.building,
        keys.changed,
        keys.changed_rows,
        keys.changed_count,
        keys.applied,
        keys.rejected,
        keys.stream,
    ]
    count = len(batch.upserts) + len(batch.deletes)
    passage_keys = record.collection.passage_keys(record.version) if record.passages else ""
    words: list[Any] = [record.version, record.identity, count, int(bool(batch.upserts)), record.key(""), passage_keys]
    for upsert in batch.upserts:
        hashes = write_words(record, upsert.profile)
        words += [upsert.row.id, batch.entries.get(upsert.row.id, ""), "upsert", upsert.source, len(hashes)]
        for _, _, *values in hashes:
            words += [len(values), *values]
    for id_ in batch.deletes:
        words += [id_, batch.entries.get(id_, ""), "delete", "", 0]
    for command in (*reject_words(keys, batch.rejected), *_acknowledge_words(keys, batch)):
        words += [len(command), *command]
    return int(server.script(_APPLY, control, words)) >= 0


def _acknowledge_words(keys: Keys, batch: Batch) -> list[Words]:
    return [
        ("XACK", keys.stream, batch.group, *batch.done[start : start + _ACKNOWLEDGED_AT_ONCE])
        for start in range(0, len(batch.done), _ACKNOWLEDGED_AT_ONCE)
    ]
