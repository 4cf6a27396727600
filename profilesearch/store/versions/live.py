"""Which versions are live: one for each model, and one of these by default.

``profiles:live`` names the version that is live by default, whatever its model. The hash ``profiles:live:models`` names those
of other models; an index of an earlier release has none. An entry of the default version's own model counts for nothing: an
earlier release may have moved the pointer, and knows of no hash.
"""

from dataclasses import dataclass, replace

from ...errors import DamagedVersion, NoLiveVersion, UnknownModel, UnknownVersion
from ...experiment import Experiment
from ..experiments import experiment_of
from ..fence import Fence
from ..keys import Keys
from ..server import Server
from ..wire.refusals import Refused, WrongType
from ..wire.replies import Words, pairs, text
from .records import VersionRecord
from .registry import WAY_OUT, Registry

_NO_VERSION = "no index has been published yet: run python -m indexer build FILE"


@dataclass(frozen=True)
class _Seen:
    """A live version as it was read last: its record, its counters as they came, and both together; and what was the default then."""

    stored: VersionRecord
    counters: list[bytes]
    record: VersionRecord
    default: str


_POINTERS = "return {redis.call('GET', KEYS[1]), redis.call('HGETALL', KEYS[2])}"
"""A script, since a transaction is refused where memory is full, and pruning must know what is live there, too."""


class LiveVersions(Registry):
    """The records of all versions, and which of them are live."""

    def __init__(self, server: Server, keys: Keys, fence: Fence) -> None:
        super().__init__(server, keys, fence)
        self._seen: dict[str, _Seen] = {}
        self._experiment: Experiment | None = None

    @property
    def experiment(self) -> Experiment | None:
        """The experiment that runs on the default, as of the moment when it was last read by :meth:`live`: it costs no round trip.

        One whose sides are not what is live, as an earlier release may leave it, counts for nothing: compare their versions.
        """
        return self._experiment

    def live_name(self) -> str | None:
        """The name of the version that is live by default, if there is one.

        Raises:
            DamagedVersion: something else stands there.
        """
        try:
            name = self._server.run("GET", self._keys.live)
        except WrongType as error:
            raise DamagedVersion(f"{self._keys.live} is damaged: expected the name of a version: {WAY_OUT}") from error
        return text(name) if name else None

    def live_names(self) -> dict[str, str]:
        """The live version's name of each model, by the model's name; the default comes first.

        Raises:
            NoLiveVersion: nothing has been published.
            DamagedVersion: it cannot be told which versions are live.
        """
        default, beside = self._pointers()
        if default is None:
            raise NoLiveVersion(_NO_VERSION)
        model = self._model_of(default)
        return {model: default} | {name: beside[name] for name in sorted(beside) if name != model}

    def _pointers(self) -> tuple[str | None, dict[str, str]]:
        """The default's version, and the others' by model, of one moment: a model that becomes the default is in either."""
        try:
            name, beside = self._server.script(_POINTERS, [self._keys.live, self._keys.live_beside], [])
        except Refused:  # which of them is damaged is said by itself
            return self.live_name(), self._beside()
        return text(name) if name else None, _names_by_model(beside)

    def _beside(self) -> dict[str, str]:
        try:
            found = self._server.ask([("HGETALL", self._keys.live_beside)])[0]
        except Refused as error:
            raise DamagedVersion(
                f"{self._keys.live_beside} is damaged: expected versions by models: build, prune and rollback mend it, "
                "and rollback --model brings back what was live of other models"
            ) from error
        return _names_by_model(found)

    def _model_of(self, version: str) -> str:
        try:
            model = self._server.run("HGET", self._keys.record(version), "model")
        except WrongType as error:
            raise DamagedVersion(f"version {version}: its record is damaged: {error}: {WAY_OUT}") from error
        if model is None:
            raise DamagedVersion(f"the live version {version} has no record: {WAY_OUT}")
        return text(model)

    def live_set(self) -> frozenset[str]:
        """The names of all live versions, whatever their models; none where nothing is live by default.

        Raises:
            DamagedVersion: it cannot be told which they are.
        """
        default, beside = self._pointers()
        return frozenset() if default is None else frozenset({default, *beside.values()})

    def is_live(self, version: str) -> bool:
        """Whether a version is live, by default or for another model, as far as that can be told."""
        try:
            default, beside = self._pointers()
        except DamagedVersion:
            return False
        return version == default or version in beside.values()

    def live(self, model: str = "") -> VersionRecord:
        """The version that searches are answered from; one round trip if it is the one of last time.

        Args:
            model: of this model; by default, of whichever is the default.

        Raises:
            NoLiveVersion: nothing has been published.
            UnknownModel: nothing of this model has.
            DamagedVersion: its record is missing or damaged.
        """
        if (record := self._still_live(model)) is not None:
            return record
        default, name = self._default_and(model)
        try:
            stored = self._stored(name)
        except UnknownVersion:
            raise DamagedVersion(f"the live version {name} has no record: {WAY_OUT}") from None
        counters = self._counters(name)
        record = stored.counted(pairs(counters))
        self._seen[model] = _Seen(stored, counters, record, default)
        if not model:
            self._experiment = self._read_experiment(name)
        return record

    def all_live(self) -> tuple[VersionRecord, ...]:
        """The live version of each model, the default first; a round trip for each, and two.

        Raises:
            NoLiveVersion: nothing has been published.
            DamagedVersion: one of them is damaged, or it cannot be told which they are.
            UnknownModel: a model was removed meanwhile.
        """
        default, *others = self.live_names()
        return (self.live(), *(self.live(model) for model in others if model != default))

    def _default_and(self, model: str) -> tuple[str, str]:
        """The default's version, and a model's; without a model the default's both times."""
        if model:
            names = self.live_names()
            if model not in names:
                raise UnknownModel(
                    "model", f"model: expected one with a live version ({', '.join(names)}), got {model[:200]!r}"
                )
            return next(iter(names.values())), names[model]
        if not (name := self.live_name()):
            raise NoLiveVersion(_NO_VERSION)
        return name, name

    def _read_experiment(self, default: str) -> Experiment | None:
        try:
            return _running(experiment_of(self._server.ask([("HGETALL", self._keys.experiment)])[0]), default)
        except Refused:
            return None

    def _still_live(self, model: str) -> VersionRecord | None:
        """The version that was live last time if it still is, with its counters as they are now; and with the default the experiment."""
        if (seen := self._seen.get(model)) is None:
            return None
        version = seen.stored.version
        asked: list[Words] = [
            ("GET", self._keys.live),
            ("HMGET", self._keys.record(version), "identity", "live_at"),
            ("HGETALL", self._keys.counters(version)),
            ("HGET", self._keys.live_beside, model) if model else ("HGETALL", self._keys.experiment),
        ]
        try:
            name, (identity, live_at), counters, beside = self._server.ask(asked)
        except Refused:
            return None  # one of them is damaged
        default = text(name or b"")
        # what stands beside counts only while the default is known to be of another model
        if version != default and not (model and default == seen.default and version == text(beside or b"")):
            return None
        if text(identity or b"") != seen.stored.identity or _seconds(live_at) != seen.stored.live_at:
            return None
        if counters != seen.counters:
            seen = self._seen[model] = replace(seen, counters=counters, record=seen.stored.counted(pairs(counters)))
        if not model:
            self._experiment = _running(experiment_of(beside), version)
        return seen.record


def _running(experiment: Experiment | None, default: str) -> Experiment | None:
    return None if experiment is None or experiment.ended or experiment.a.version != default else experiment


def _names_by_model(reply: list[bytes]) -> dict[str, str]:
    return {text(model): text(version) for model, version in pairs(reply).items()}


def _seconds(value: bytes | None) -> float | None:
    """A time as it is stored; None if it is no number."""
    try:
        return None if value is None else float(value)
    except ValueError:
        return None
