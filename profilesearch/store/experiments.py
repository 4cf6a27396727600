"""The experiment that runs, or ran last, beside the live pointers; and a bounded log of what its sides answered.

The job that starts or ends it passes the fence, and so does whatever goes live: :mod:`.versions.publishing` ends an experiment, or goes
on with it, in the script that moves the pointers. The log has digests and ids, no text, and expires.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from ..errors import StoreError
from ..experiment import Entry, Experiment
from .fence import Fence
from .keys import Keys
from .server import Server
from .wire.refusals import Refused
from .wire.replies import pairs, text

MOST_ENTRIES = 20_000
"""Of the log; the oldest go first."""

LOG_SECONDS = 30 * 86_400
"""The log is removed so long after its last entry."""

_READ_AT_ONCE = 500

_START = """
local ended = redis.pcall('HGET', KEYS[2], 'ended')
if redis.call('EXISTS', KEYS[2]) == 1 and ended == false and redis.pcall('HGET', KEYS[2], 'identity') then return 'running' end
if redis.pcall('GET', KEYS[4]) ~= ARGV[2] or redis.pcall('HGET', KEYS[5], ARGV[3]) ~= ARGV[4] then return 'moved' end
redis.call('UNLINK', KEYS[2], KEYS[3])
redis.call('HSET', KEYS[2], unpack(ARGV, 5))
return 'started'
"""

_END = """
if redis.pcall('HGET', KEYS[2], 'identity') ~= ARGV[2] then return 0 end
return redis.call('HSETNX', KEYS[2], 'ended', ARGV[3])
"""

_RECORD = """
if redis.pcall('HGET', KEYS[1], 'identity') ~= ARGV[1] or redis.call('HEXISTS', KEYS[1], 'ended') == 1 then return 0 end
redis.call('HINCRBY', KEYS[1], ARGV[2], 1)
if ARGV[3] ~= '' then
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'entry', ARGV[3])
  redis.call('EXPIRE', KEYS[2], ARGV[5])
end
return 1
"""
"""Only while it runs: whoever answers a moment later must not bring a removed key back."""

_ENTRY = TypeAdapter(Entry)
_COUNTS = ("searches_a", "searches_b", "missed")


class Experiments:
    """Starts, reads and ends experiments; one at a time.

    Args:
        server: where they are.
        keys: the collection's.
        fence: what starting and ending must pass.
    """

    def __init__(self, server: Server, keys: Keys, fence: Fence) -> None:
        self._server = server
        self._keys = keys
        self._fence = fence

    def start(self, experiment: Experiment) -> None:
        """Begin, and forget the one before.

        Raises:
            StoreError: one runs, or other versions are live by now.
            BuildRunning: somebody else has the lock.
        """
        keys = [self._keys.experiment, self._keys.experiment_log, self._keys.live, self._keys.live_beside]
        a, b = experiment.a, experiment.b
        said = text(self._fence.call(_START, keys, [a.version, b.model, b.version, *_to_hash(experiment)]))
        if said == "running":
            raise StoreError("an experiment is running already: expected none; promote finish ends it")
        if said == "moved":
            raise StoreError("another version went live meanwhile: nothing was started; start again")

    def read(self) -> Experiment | None:
        """The one that runs, or ran last; None if there is none, or something else stands there."""
        try:
            return experiment_of(self._server.ask([("HGETALL", self._keys.experiment)])[0])
        except Refused:
            return None

    def end(self, identity: str, reason: str) -> bool:
        """End one, if it still runs; whether it did.

        Raises:
            BuildRunning: somebody else has the lock.
        """
        return bool(self._fence.call(_END, [self._keys.experiment], [identity, reason]))

    def forget(self) -> None:
        """Remove the experiment and its log; raises as :meth:`end`."""
        self._fence.run([("UNLINK", self._keys.experiment), ("UNLINK", self._keys.experiment_log)])

    # ------------------------------------------------------------ what its sides answered
    def record(self, experiment: Experiment, entry: Entry) -> bool:
        """Count a search, and keep its answers; whether the experiment still runs."""
        counted = "searches_a" if entry.b is None else "searches_b"
        return self._record(experiment, counted, json.dumps(asdict(entry), separators=(",", ":")))

    def missed(self, experiment: Experiment) -> bool:
        """Count a search that b should have answered and could not."""
        return self._record(experiment, "missed", "")

    def _record(self, experiment: Experiment, counted: str, entry: str) -> bool:
        keys = [self._keys.experiment, self._keys.experiment_log]
        args = [experiment.identity, counted, entry, MOST_ENTRIES, LOG_SECONDS]
        return bool(self._server.script(_RECORD, keys, args))

    def entries(self) -> Iterator[Entry]:
        """The log, oldest first; an entry that is damaged is left out."""
        after = "-"
        while True:
            (replies,) = self._server.ask([("XRANGE", self._keys.experiment_log, after, "+", "COUNT", _READ_AT_ONCE)])
            for _, fields in replies:
                try:
                    yield _ENTRY.validate_json(dict(zip(fields[::2], fields[1::2], strict=True))[b"entry"])
                except (KeyError, ValueError):
                    continue
            if len(replies) < _READ_AT_ONCE:
                return
            after = f"({text(replies[-1][0])}"


def experiment_of(reply: list[bytes]) -> Experiment | None:
    """An experiment from its hash; None where there is none, or it is damaged."""
    data = {text(name): text(value) for name, value in pairs(reply).items()}
    try:
        values: dict[str, Any] = {name: data[name] for name in ("identity", "kind", "share", "started_at")}
        sides = {side: _arm(data, side) for side in ("a", "b")}
        counts = [data.get(name, "0") for name in _COUNTS]
        return _EXPERIMENT.validate_python({**values, **sides, "ended": data.get("ended", ""), "searches": counts})
    except (KeyError, ValueError):
        return None


def _arm(data: Mapping[str, str], side: str) -> dict[str, Any]:
    return {
        "model": data[f"model_{side}"],
        "version": data[f"version_{side}"],
        "versions": data[f"versions_{side}"].split(),
    }


def _to_hash(experiment: Experiment) -> list[str]:
    values = {name: str(getattr(experiment, name)) for name in ("identity", "kind", "share", "started_at")}
    for side, arm in (("a", experiment.a), ("b", experiment.b)):
        values |= {
            f"model_{side}": arm.model,
            f"version_{side}": arm.version,
            f"versions_{side}": " ".join(arm.versions),
        }
    return [word for pair in values.items() for word in pair]


_EXPERIMENT = TypeAdapter(Experiment)
