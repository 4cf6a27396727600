"""Keys that are used together lie in one slot of a cluster, where their names have a hash tag."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from redis.crc import key_slot

import redis
from profilesearch.clusters.calibration import Calibration
from profilesearch.clusters.model import ClusterModel
from profilesearch.clusters.partition import Partition
from profilesearch.clusters.plane import Plane
from profilesearch.fields import Fields
from profilesearch.kept.saved_search import SavedSearch
from profilesearch.kept.shortlist import Shortlist
from profilesearch.labels import Label
from profilesearch.row import Row
from profilesearch.store import Batch, BuildLock, Keys, Rejection, Server, Store, Upsert, VersionRecord
from profilesearch.store.server import Progress
from profilesearch.store.wire.guard import Guard
from profilesearch.store.wire.replies import Words
from profilesearch.vector_index import VectorIndex
from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.fusion import WordWeights
from profilesearch.words.statistics import TermStatistics

EYE = np.eye(4, dtype=np.float32)
ROW = Row("p1", "h", "t")


class Recording(Server):
    """A server whose control keys carry a hash tag, and that remembers which keys were used together."""

    tagged = True

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.used_together: list[tuple[str, ...]] = []
        self.writes_profiles = False

    def run(self, *words: str | bytes | int | float) -> Any:
        if words[0] == "EVAL" and not self.writes_profiles:
            named = [word for word in words[2:] if isinstance(word, str) and word.startswith("profile:")]
            assert not named, "profiles are written by the methods for that alone"
        return super().run(*words)

    def script(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        self.used_together.append(tuple(keys))
        return super().script(script, keys, args)

    def change_profiles(self, commands: Sequence[Words], guard: Guard) -> list[Any]:
        with self.writing():
            return super().change_profiles(commands, guard)

    def change_live_profiles(self, script: str, keys: Sequence[str], args: Sequence[Any]) -> Any:
        with self.writing():
            return super().change_live_profiles(script, keys, args)

    @contextmanager
    def writing(self) -> Iterator[None]:
        self.writes_profiles = True
        yield
        self.writes_profiles = False

    def together(self, commands: Sequence[Words]) -> list[Any]:
        self.used_together.append(tuple(str(command[1]) for command in commands))
        return super().together(commands)

    def write_profiles(
        self, batches: Iterable[Sequence[Sequence[Words]]], guard: Guard, progress: Progress
    ) -> Iterator[int]:
        self.used_together.append((*guard.keys, guard.refused, progress.key))
        return super().write_profiles(batches, guard, progress)


def test_keys_of_everything_that_is_atomic_lie_in_one_slot(client: redis.Redis) -> None:
    server = Recording(client)
    store = Store(server)
    with BuildLock(server) as lock:
        ours = store.locked(lock)
        everything(ours, lock)
    store.texts.keep("a long text", 1)
    store.texts.get("a long text", 1)
    key = store.shortlists.add("local", Shortlist("Nurses")).key
    store.shortlists.share("local", key)
    store.searches.add("local", SavedSearch("nurses", ()))
    store.labels.add("local", [Label("a nurse", 1, "p1"), Label("a nurse", 0, "p2")])
    store.labels.forget("local", "p1")
    slots = {key_slot(key.encode()) for keys in server.used_together for key in keys}
    assert len(server.used_together) > 20 and slots == {key_slot(b"profiles")}
    assert {key for key in client.keys() if key_slot(key) not in slots} == {b"profile:v2:p1"}


def everything(store: Store, lock: BuildLock) -> None:
    """What builds, changes and removals do."""
    store.versions.repair()
    store.changes.pending.start(lock)
    for amount in (1, 0):
        record = VersionRecord(store.versions.new_name(), "m", "f", Fields(tags=("city",)), VectorIndex(4))
        store.create(record)
        model = ClusterModel(Partition(EYE[:1], EYE[:1], np.array([0])), ("a",), (1,), Plane(EYE[0], EYE[:2]))
        store.clusters.write(record, model, Calibration(np.ones(1), np.ones(1), np.ones(1), np.ones(1), 0.1, 1))
        store.words.write(record, FittedWords(TermStatistics.of([]), WordWeights()))
        sum(store.profiles.write(record, [(ROW, 0, EYE[0])] * amount))
        store.changes.pending.apply(record, Batch([Upsert(ROW, 0, EYE[0], "{}")], rejected=[Rejection("-", {}, "no")]))
        assert store.versions.publish(record, lock)
    rejected = [Rejection("1-0", {"op": "x"}, "no")]
    store.changes.stream.join("group")
    assert store.changes.apply(
        record, Batch([Upsert(ROW, 0, EYE[0], "{}")], ["p2"], {"p1": "1-0"}, ["1-0"], rejected, "group")
    )
    marks, _ = store.changes.pending.some()
    store.changes.pending.settle(marks)
    store.changes.stream.tidy()
    store.changes.pending.end()
    store.refresh_counts(record)
    store.drop("v1")


def test_names_are_as_they_were_on_a_single_server() -> None:
    keys = Keys()
    assert (keys.live, keys.record("v1"), keys.stream, keys.fence) == (
        "profiles:live", "profiles:record:v1", "profiles:changes", "profiles:build:fence"
    )  # fmt: skip
    assert Keys(tagged=True).record("v1") == "{profiles}:record:v1"
    for made in (keys, Keys(tagged=True)):
        for name in (made.record, made.counters, made.clusters, made.words):
            assert made.version_of(name("v12")) == "v12"
        assert (
            made.version_of(made.live) == made.version_of(made.text("v1")) == made.version_of("other:record:v1") == ""
        )
