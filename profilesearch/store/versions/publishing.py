"""Versions going live, beside others or by default, and models that are given up: each in one step, behind the fence."""

import time

from ...errors import DamagedVersion, NoLiveVersion, StoreError, UnknownModel, UnknownVersion, VersionIsLive
from ..build_lock import BuildLock
from ..wire.replies import text
from .live import LiveVersions
from .records import VersionRecord, version_number

_RETIRE = """
local function retire(version)
  local record = ARGV[2] .. ':' .. version
  if type(redis.pcall('HGET', record, 'state')) == 'string' then redis.call('HSET', record, 'state', 'retired') end
end
"""
_END_EXPERIMENT = """
local function end_experiment(key, reason)
  if type(redis.pcall('HGET', key, 'identity')) == 'string' then redis.call('HSETNX', key, 'ended', reason) end
end
"""
_FOLLOW = (
    _END_EXPERIMENT
    + """
local function follow(side, version, model)
  local present = redis.pcall('HGET', KEYS[7], 'version_' .. side)
  if redis.pcall('HGET', KEYS[7], 'model_' .. side) ~= model or present == version then return end
  if type(present) ~= 'string' then return end_experiment(KEYS[7], 'it is damaged') end
  local before = redis.pcall('HGET', ARGV[2] .. ':' .. present, 'fingerprint')
  if ARGV[6] == '' or before ~= redis.call('HGET', KEYS[4], 'fingerprint') then
    return end_experiment(KEYS[7], version .. ' went live for ' .. model)
  end
  local versions = redis.call('HGET', KEYS[7], 'versions_' .. side) or ''
  redis.call('HSET', KEYS[7], 'version_' .. side, version, 'versions_' .. side, versions .. ' ' .. version)
end
local function follow_both(version, model)
  if type(redis.pcall('HGET', KEYS[7], 'identity')) ~= 'string' then return end
  if redis.call('HEXISTS', KEYS[7], 'ended') == 1 then return end
  follow('a', version, model)
  follow('b', version, model)
  local default = redis.pcall('GET', KEYS[2])
  if default ~= redis.call('HGET', KEYS[7], 'version_a') then
    end_experiment(KEYS[7], tostring(default) .. ' became the default')
  end
end
"""
)
"""An experiment goes on with what a build makes of the same model (ARGV[6] is its token); whatever else goes live ends it."""

_GO_LIVE = (
    _RETIRE
    + _FOLLOW
    + """
local version, model = ARGV[3], ARGV[5]
local state = redis.pcall('HGET', KEYS[4], 'state')
if type(state) ~= 'string' or state == 'removing' or state == 'failed' then return 'removed' end
if ARGV[6] ~= '' then
  if redis.pcall('GET', KEYS[6]) ~= ARGV[6] then return 'forgotten' end
  local changed = redis.pcall('ZCARD', KEYS[5])
  if type(changed) ~= 'number' then return 'forgotten' end
  if changed > 0 then return 'changed' end
end
redis.call('HDEL', KEYS[4], '')
local kind = redis.call('TYPE', KEYS[3]).ok
if kind ~= 'hash' and kind ~= 'none' then redis.call('UNLINK', KEYS[3]) end
local default = redis.pcall('GET', KEYS[2])
if type(default) ~= 'string' then default = version end
local others = redis.pcall('HGET', ARGV[2] .. ':' .. default, 'model')
local same = default == version or others == model or type(others) ~= 'string'
local beside = redis.call('HGET', KEYS[3], model)
if beside and beside ~= version and beside ~= default then retire(beside) end
if same or ARGV[7] == '1' then
  if default ~= version then
    if same then retire(default) else redis.call('HSET', KEYS[3], others, default) end
  end
  redis.call('HDEL', KEYS[3], model)
  redis.call('SET', KEYS[2], version)
else
  redis.call('HSET', KEYS[3], model, version)
end
if state ~= 'live' then redis.call('HSET', KEYS[4], 'state', 'live', 'live_at', ARGV[4]) end
follow_both(version, model)
return 'live'
"""
)
"""The HDEL changes nothing: a script that began with it may write where memory is full, so that one can go back."""

_GIVE_UP = (
    _RETIRE
    + _END_EXPERIMENT
    + """
local version = redis.pcall('HGET', KEYS[3], ARGV[3])
if type(version) ~= 'string' then return '' end
if redis.pcall('GET', KEYS[2]) ~= version then retire(version) end
redis.call('HDEL', KEYS[3], ARGV[3])
if redis.pcall('HGET', KEYS[4], 'model_b') == ARGV[3] then end_experiment(KEYS[4], ARGV[3] .. ' was removed') end
return version
"""
)


class Versions(LiveVersions):
    """The records of all versions, and what makes them live. Every method that writes raises as :class:`Registry` says."""

    def publish(self, record: VersionRecord, build: BuildLock | None = None, *, default: bool = False) -> bool:
        """Make a version live for its model, and retire the one that was.

        The default stays what it is if it is of another model, and readable. An experiment goes on with a build of the same weights,
        and is ended by whatever else takes the place of one of its sides.

        Args:
            record: the version.
            build: the lock of the build that made it: only if changes were remembered for it, and none waits.
            default: make it the default, whatever that is; what was the default stays live for its own model.

        Returns:
            Whether it is live now; if not, changes wait.

        Raises:
            BuildRunning: somebody else has the lock.
            UnknownVersion: it was removed meanwhile.
            StoreError: changes were not remembered, because a key is damaged.
        """
        keys = self._keys
        names = [keys.live, keys.live_beside, keys.record(record.version), keys.changed, keys.building, keys.experiment]
        token = build.token if build is not None else ""
        args = [keys.records, record.version, str(time.time()), record.model, token, int(default)]
        answer = text(self._fence.call(_GO_LIVE, names, args))
        if answer == "removed":
            raise UnknownVersion(f"version {record.version} was removed meanwhile: nothing was published")
        if answer == "forgotten":
            raise StoreError(
                f"changes that came during the build were lost, since {self._keys.building} is damaged: build again"
            )
        if answer == "live":
            self.point_alias()
        return answer == "live"

    def give_up(self, model: str) -> str:
        """Let no version of a model be live any more, and return the one that was.

        Raises:
            VersionIsLive: it is the default.
            UnknownModel: none is live.
            BuildRunning: somebody else has the lock.
        """
        names = self.live_names()
        if next(iter(names)) == model:
            raise VersionIsLive(
                f"{model} is the default: expected another model; choose another default first, with "
                "python -m indexer models default NAME",
            )
        keys = [self._keys.live, self._keys.live_beside, self._keys.experiment]
        if not (version := text(self._fence.call(_GIVE_UP, keys, [self._keys.records, model]))):
            raise UnknownModel(
                "model", f"model: expected one with a live version ({', '.join(names)}), got {model[:200]!r}"
            )
        return version

    def point_alias(self) -> None:
        """Let the alias lead to the version that is live by default, also where somebody publishes another one meanwhile."""
        collection = self._keys.collection
        name = self.live_name()
        while name:
            self._server.run("FT.ALIASUPDATE", collection.name, collection.index(name))
            before, name = name, self.live_name()
            if name == before:
                return

    def previous(self, model: str = "") -> VersionRecord:
        """The version of a model that was live before its present one.

        Args:
            model: by default, the one that is the default; any, where that cannot be told.

        Raises:
            UnknownVersion: no other version is left.
        """
        live = self._names()
        model = model or next(iter(live), "")
        # one that says it is live and is not: the pointer was lost
        records = self.all()
        retired = [
            record
            for record in records
            if record.state in ("retired", "live")
            and record.version not in live.values()
            and model in ("", record.model)
        ]
        if not retired:
            of = f" of {model}" if model and len({record.model for record in records}) > 1 else ""
            raise UnknownVersion(f"there is no earlier version{of} to go back to")
        return max(retired, key=lambda record: record.live_at)

    def repair(self) -> None:
        """Make the list of versions anew from their records if it is damaged, and take away what names no version of a model.

        Where the names of other models' versions are damaged as a whole, these are live no more: changes may have passed
        them by, so that only a rollback makes them live again.
        """
        super().repair()
        kind = text(self._server.run("TYPE", self._keys.live_beside))
        if kind != "hash":
            self._fence.run([("UNLINK", self._keys.live_beside)] if kind != "none" else [])
            return
        survey, default = self.survey(), self._pointer()
        models = {record.version: record.model for record in survey.records}
        stale = [
            model
            for model, version in self._beside().items()
            if model == models.get(default) or (version not in models and version not in survey.damaged)
        ]
        if stale:
            self._fence.run([("HDEL", self._keys.live_beside, *stale)])

    def _names(self) -> dict[str, str]:
        try:
            return self.live_names()
        except NoLiveVersion:
            return {}
        except DamagedVersion:
            return {"": name} if (name := self._pointer()) else {}

    def _pointer(self) -> str:
        try:
            return self.live_name() or ""
        except DamagedVersion:
            return ""

    def _recorded(self) -> set[str]:
        return super()._recorded() | {name for name in [self._pointer()] if version_number(name)}
