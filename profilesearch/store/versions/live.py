"""Which version is live: the pointer, the alias that follows it, and the version itself."""

import time
from dataclasses import dataclass

from ...errors import DamagedVersion, NoLiveVersion, StoreError, UnknownVersion
from ..build_lock import BuildLock
from ..fence import Fence
from ..keys import Keys
from ..server import Server
from ..wire.refusals import Refused, WrongType
from ..wire.replies import pairs, text
from .records import VersionRecord, version_number
from .registry import WAY_OUT, Registry

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


@dataclass(frozen=True)
class _Live:
    """The live version as it was read last: its record, its counters as they came, and both together."""

    stored: VersionRecord
    counters: list[bytes]
    record: VersionRecord


class Versions(Registry):
    """The records of all versions, and which one is live."""

    def __init__(self, server: Server, keys: Keys, fence: Fence) -> None:
        super().__init__(server, keys, fence)
        self._seen: _Live | None = None

    def live_name(self) -> str | None:
        """The live version's name, if there is one.

        Raises:
            DamagedVersion: something else stands there.
        """
        try:
            name = self._server.run("GET", self._keys.live)
        except WrongType as error:
            raise DamagedVersion(f"{self._keys.live} is damaged: expected the name of a version: {WAY_OUT}") from error
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
        record = stored.counted(pairs(counters))
        self._seen = _Live(stored, counters, record)
        return record

    def _still_live(self) -> VersionRecord | None:
        """The version that was live last time if it still is, with its counters as they are now."""
        if (seen := self._seen) is None:
            return None
        version = seen.stored.version
        try:
            name, (identity, live_at), counters = self._server.ask(
                [
                    ("GET", self._keys.live),
                    ("HMGET", self._keys.record(version), "identity", "live_at"),
                    ("HGETALL", self._keys.counters(version)),
                ]
            )
        except Refused:
            return None  # one of them is damaged
        if text(name or b"") != version or text(identity or b"") != seen.stored.identity:
            return None
        if _seconds(live_at) != seen.stored.live_at:
            return None
        if counters != seen.counters:
            seen = self._seen = _Live(seen.stored, counters, seen.stored.counted(pairs(counters)))
        return seen.record

    def publish(self, record: VersionRecord, build: BuildLock | None = None) -> bool:
        """Move the pointer and then the alias to a version, and retire the one that was live.

        Args:
            record: the version.
            build: the lock of the build that made it: only if changes were remembered for it, and none waits.

        Returns:
            Whether it is live now; if not, changes wait.

        Raises:
            BuildRunning: somebody else has the lock.
            UnknownVersion: it was removed meanwhile.
            StoreError: changes were not remembered, because a key is damaged.
        """
        keys = [self._keys.live, self._keys.record(record.version), self._keys.changed, self._keys.building]
        args = [record.version, str(time.time()), self._keys.records, build.token if build is not None else ""]
        answer = text(self._fence.call(_GO_LIVE, keys, args))
        if answer == "removed":
            raise UnknownVersion(f"version {record.version} was removed meanwhile: nothing was published")
        if answer == "forgotten":
            raise StoreError(
                f"changes that came during the build were lost, since {self._keys.building} is damaged: build again"
            )
        if answer == "live":
            self.point_alias()
        return answer == "live"

    def point_alias(self) -> None:
        """Let the alias lead to the live version, also where somebody publishes another one meanwhile."""
        collection = self._keys.collection
        name = self.live_name()
        while name:
            self._server.run("FT.ALIASUPDATE", collection.name, collection.index(name))
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
        retired = [record for record in self.all() if record.state in ("retired", "live") and record.version != live]
        if not retired:
            raise UnknownVersion("there is no earlier version to go back to")
        return max(retired, key=lambda record: record.live_at)

    def _pointer(self) -> str:
        try:
            return self.live_name() or ""
        except DamagedVersion:
            return ""

    def _recorded(self) -> set[str]:
        return super()._recorded() | {name for name in [self._pointer()] if version_number(name)}


def _seconds(value: bytes | None) -> float | None:
    """A time as it is stored; None if it is no number."""
    try:
        return None if value is None else float(value)
    except ValueError:
        return None
