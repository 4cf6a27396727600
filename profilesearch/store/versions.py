"""Versions of the index: their records, and which one is live."""

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from redis_om import Field, HashModel, NotFoundError

import redis

from ..errors import DamagedVersion, NoLiveVersion, RedisUnavailable, StoreError, UnknownVersion
from .bulk import ask
from .connection import Client, close_with, decoding, text, translated
from .fence import Fence
from .keys import ALIAS, BUILDING, CHANGED, COUNT, LIVE, RECORD, VERSIONS, counters_key, record_key
from .record import State, VersionRecord, read_record, version_number

log = logging.getLogger(__name__)

FORMAT = 2
"""Of what a version consists of; one of another format must be built anew."""

WAY_OUT = "build the index again, or go back with python -m indexer rollback"
"""What helps when a version cannot be read."""

_NO_VERSION = "no index has been published yet: run python -m indexer build FILE"
_GO_LIVE = """
local state = redis.pcall('HGET', KEYS[3], 'state')
if type(state) ~= 'string' or state == 'removing' or state == 'failed' then return 'removed' end
if ARGV[5] ~= '' then
  if redis.pcall('GET', KEYS[5]) ~= ARGV[5] then return 'forgotten' end
  local changed = redis.pcall('ZCARD', KEYS[4])
  if type(changed) ~= 'number' then return 'forgotten' end
  if changed > 0 then return 'changed' end
end
redis.call('HDEL', KEYS[3], '')
local before = redis.pcall('GET', KEYS[2])
if type(before) == 'string' and before ~= ARGV[2] then
  local record = ARGV[4] .. ':' .. before
  if type(redis.pcall('HGET', record, 'state')) == 'string' then redis.call('HSET', record, 'state', 'retired') end
end
redis.call('HSET', KEYS[3], 'state', 'live', 'live_at', ARGV[3])
redis.call('SET', KEYS[2], ARGV[2])
return 'live'
"""
"""The HDEL changes nothing: a script that began with it may write where memory is full, so that one can go back."""


class _Version(HashModel):  # type: ignore[misc]  # redis-om has no types
    """How a version is stored: ``profiles:record:{version}``."""

    state: str = Field(index=True)
    format: int = 0
    model: str
    fingerprint: str
    fields: str
    vectors: str
    inputs: str = ""
    clustered: str = ""
    source: str = ""
    source_digest: str = ""
    profiles: int = 0
    written: int = 0
    changed: int = 0
    far: float = 0.0
    built_by: str = ""
    started_at: float = 0.0
    built_at: float = 0.0
    live_at: float = 0.0
    built_sizes: str = "[]"
    seconds: str = "{}"
    checks: str = "{}"
    identity: str = ""


@dataclass(frozen=True)
class _Live:
    """The live version as it was read last: its record, its counters as they came, and both together."""

    stored: VersionRecord
    counters: list[bytes]
    record: VersionRecord


@dataclass(frozen=True)
class Survey:
    """All versions that are known, oldest first.

    Attributes:
        records: those that can be read.
        damaged: the names of the others, and what is wrong with each.
        newer: those of ``damaged`` that a newer release wrote.
    """

    records: tuple[VersionRecord, ...]
    damaged: Mapping[str, str]
    newer: frozenset[str]


class _NewerRelease(DamagedVersion):
    pass


class Versions:
    """The records of all versions.

    Args:
        client: a client for RESP2 that returns bytes, as from ``connect``.
        fence: what writes must pass.
    """

    def __init__(self, client: Client, fence: Fence) -> None:
        self._client = client
        self._fence = fence
        database = decoding(client)
        close_with(self, database)  # redis-om keeps the model, and with it its client
        meta = type("Meta", (), {"database": database, "global_key_prefix": "profiles", "model_key_prefix": "record"})
        self._model: Any = type("Version", (_Version,), {"Meta": meta, "__module__": __name__}, index=True)  # type: ignore[call-overload]
        self._seen: _Live | None = None

    def new_name(self) -> str:
        """A name that no version has: v1, v2, …"""
        try:
            (number,) = self._fence.run([("INCR", COUNT)])
        except StoreError as error:
            if not any(word in str(error) for word in ("WRONGTYPE", "not an integer", "overflow")):
                raise
            number = 1  # what stood there was no number
        with translated():
            taken = self._client.exists(record_key(f"v{number}"))
        if number == 1 or taken:  # the first, or the count is lost
            number = 1 + max((version_number(name) for name in self._traced()), default=0)
            self._fence.run([("SET", COUNT, number)])
        return f"v{number}"

    def save(self, record: VersionRecord) -> None:
        """Store what is known of a version; its counters begin anew.

        Raises:
            BuildRunning: somebody else has the lock.
        """
        values: dict[str, Any] = {
            name: value for name, value in vars(record).items() if name in self._model.model_fields
        }
        values |= {
            "fields": json.dumps(record.fields.to_json()),
            "vectors": json.dumps(record.vectors.to_json()),
            "seconds": json.dumps(dict(record.seconds)),
            "checks": json.dumps(dict(record.checks)),
            "built_sizes": json.dumps(list(record.built_sizes)),
            "format": FORMAT,
        }

        def fill(pipeline: Client) -> None:
            self._model(pk=record.version, **values).save(pipeline=pipeline)
            pipeline.unlink(counters_key(record.version))
            pipeline.zadd(VERSIONS, {record.version: record.number})

        self._fence.transaction(fill)

    def get(self, name: str) -> VersionRecord:
        """One version, with what its counters say.

        Raises:
            UnknownVersion: there is none of this name.
            DamagedVersion: its record is damaged, or another release wrote it.
        """
        return self._stored(name).counted(_pairs(self._counters(name)))

    def _stored(self, name: str) -> VersionRecord:
        try:
            with translated():
                stored = self._model.get(name)
        except NotFoundError:
            known = ", ".join(self.names()) or "none"
            raise UnknownVersion(f"there is no version {name!r}; there are: {known}") from None
        except RedisUnavailable:
            raise
        except StoreError as error:
            raise DamagedVersion(f"version {name}: its record is damaged: {error}: {WAY_OUT}") from error
        except (ValueError, TypeError) as error:
            reason = " ".join(str(error).splitlines()[:2])
            raise DamagedVersion(f"version {name}: its record is damaged: {reason}: {WAY_OUT}") from error
        if stored.format > FORMAT:
            raise _NewerRelease(f"version {name} was written by a newer release: use that one, or {WAY_OUT}")
        if stored.format != FORMAT:
            raise DamagedVersion(f"version {name} was written by another release: {WAY_OUT}")
        values = {name: getattr(stored, name) for name in self._model.model_fields if name not in ("pk", "format")}
        try:
            return read_record(name, values)
        except ValueError as error:
            raise DamagedVersion(f"version {name}: its record is damaged: {error}: {WAY_OUT}") from error

    def _counters(self, name: str) -> list[bytes]:
        try:
            with translated():
                counters: list[bytes] = ask(self._client, [("HGETALL", counters_key(name))])[0]
                return counters
        except RedisUnavailable:
            raise
        except StoreError:
            return []  # damaged: the record has what was counted when it was built

    def names(self) -> list[str]:
        """All versions' names, oldest first."""
        with translated():
            try:
                return [text(name) for name in self._client.zrange(VERSIONS, 0, -1)]
            except redis.exceptions.ResponseError as error:
                if "WRONGTYPE" not in str(error):
                    raise
        return sorted(self._traced(), key=version_number)

    def _traced(self) -> set[str]:
        """Names of the versions that have a record or are live, by a SCAN over everything."""
        with translated():
            keys = [text(key) for key in self._client.scan_iter(match=f"{RECORD}:*", count=1000)]
        names = {key.removeprefix(f"{RECORD}:") for key in keys}
        return {name for name in names | {self._pointer()} if version_number(name)}

    def _pointer(self) -> str:
        try:
            return self.live_name() or ""
        except DamagedVersion:
            return ""

    def repair(self) -> None:
        """Make the list of versions anew from their records, if it is gone or damaged."""
        with translated():
            kind = self._client.type(VERSIONS)
        if text(kind) != "zset":
            adding = [("ZADD", VERSIONS, version_number(name), name) for name in self._traced()]
            self._fence.run([("UNLINK", VERSIONS), *adding])

    def survey(self) -> Survey:
        """Every version that is known: those that can be read, and what is wrong with the others."""
        records, damaged, newer = [], {}, set()
        for name in self.names():
            try:
                records.append(self.get(name))
            except UnknownVersion:
                continue  # removed meanwhile
            except DamagedVersion as error:
                damaged[name] = str(error)
                newer |= {name} if isinstance(error, _NewerRelease) else set()
        return Survey(tuple(records), damaged, frozenset(newer))

    def all(self) -> list[VersionRecord]:
        """Every version that can be read, oldest first; a warning for each of the others."""
        survey = self.survey()
        for reason in survey.damaged.values():
            log.warning("%s", reason)
        return list(survey.records)

    def live_name(self) -> str | None:
        """The live version's name, if there is one.

        Raises:
            DamagedVersion: something else stands there.
        """
        with translated():
            try:
                name = self._client.get(LIVE)
            except redis.exceptions.ResponseError as error:
                if "WRONGTYPE" not in str(error):
                    raise
                raise DamagedVersion(f"{LIVE} is damaged: expected the name of a version: {WAY_OUT}") from error
        return text(name) if name else None

    def live(self) -> VersionRecord:
        """The version that searches are answered from; one round trip if it is the one of last time.

        Raises:
            NoLiveVersion: nothing has been published.
            DamagedVersion: its record is missing or damaged.
        """
        if (record := self._still_live()) is not None:
            return record
        if not (name := self.live_name()):
            raise NoLiveVersion(_NO_VERSION)
        try:
            stored = self._stored(name)
        except UnknownVersion:
            raise DamagedVersion(f"the live version {name} has no record: {WAY_OUT}") from None
        counters = self._counters(name)
        record = stored.counted(_pairs(counters))
        self._seen = _Live(stored, counters, record)
        return record

    def _still_live(self) -> VersionRecord | None:
        """The version that was live last time if it still is, with its counters as they are now."""
        if (seen := self._seen) is None:
            return None
        version = seen.stored.version
        commands = [
            ("GET", LIVE),
            ("HMGET", record_key(version), "identity", "live_at"),
            ("HGETALL", counters_key(version)),
        ]
        with translated():
            try:
                name, (identity, live_at), counters = ask(self._client, commands)
            except redis.exceptions.ResponseError:
                return None  # one of them is damaged
        if text(name or b"") != version or text(identity or b"") != seen.stored.identity:
            return None
        if _seconds(live_at) != seen.stored.live_at:
            return None
        if counters != seen.counters:
            seen = self._seen = _Live(seen.stored, counters, seen.stored.counted(_pairs(counters)))
        return seen.record

    def make_live(self, record: VersionRecord, *, build: str = "") -> bool:
        """Move the pointer and then the alias to a version, and retire the one that was live.

        Args:
            record: the version.
            build: the token of the build that made it: only if changes were remembered for it, and none waits.

        Returns:
            Whether it is live now; if not, changes wait.

        Raises:
            BuildRunning: somebody else has the lock.
            UnknownVersion: it was removed meanwhile.
            StoreError: changes were not remembered, because a key is damaged.
        """
        keys = [LIVE, record_key(record.version), CHANGED, BUILDING]
        args = [record.version, str(time.time()), RECORD, build]
        answer = text(self._fence.call(_GO_LIVE, keys, args))
        if answer == "removed":
            raise UnknownVersion(f"version {record.version} was removed meanwhile: nothing was published")
        if answer == "forgotten":
            raise StoreError(f"changes that came during the build were lost, since {BUILDING} is damaged: build again")
        if answer == "live":
            self.point_alias()
        return answer == "live"

    def point_alias(self) -> None:
        """Let the alias lead to the live version, also where somebody publishes another one meanwhile."""
        name = self.live_name()
        while name:
            with translated():
                self._client.execute_command("FT.ALIASUPDATE", ALIAS, f"profiles:{name}")
            before, name = name, self.live_name()
            if name == before:
                return

    def previous(self) -> VersionRecord:
        """The version that was live before the present one.

        Raises:
            UnknownVersion: no other version is left.
        """
        live = self._pointer()
        # one that says it is live and is not: the pointer was lost
        retired = [each for each in self.all() if each.state in ("retired", "live") and each.version != live]
        if not retired:
            raise UnknownVersion("there is no earlier version to go back to")
        return max(retired, key=lambda record: record.live_at)

    def forget(self, name: str) -> None:
        """Remove a record.

        Raises:
            BuildRunning: somebody else has the lock.
            VersionIsLive: it is live.
        """
        self._fence.run([("UNLINK", record_key(name), counters_key(name)), ("ZREM", VERSIONS, name)], name)

    def set_state(self, record: VersionRecord, state: State) -> VersionRecord:
        """Store a version with another state."""
        record = replace(record, state=state)
        self.save(record)
        return record


def _seconds(value: bytes | None) -> float | None:
    """A time as it is stored; None if it is no number."""
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def _pairs(reply: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(reply[::2], reply[1::2], strict=True))
