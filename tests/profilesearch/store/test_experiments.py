"""An experiment beside the live pointers: who begins and ends it, and what becomes of it when versions come and go."""

from collections.abc import Callable

import pytest

import redis
from profilesearch.errors import BuildRunning, StoreError
from profilesearch.experiment import Answer, Arm, Entry, Experiment
from profilesearch.fields import Fields
from profilesearch.store import BuildLock, Server, Store, VersionRecord
from profilesearch.store.experiments import MOST_ENTRIES
from profilesearch.vector_index import VectorIndex

ENTRY = Entry("digest", Answer(["p1", "p2"], 3.5), None)


def begin(store: Store, model: str, fingerprint: str = "print") -> VersionRecord:
    record = VersionRecord(store.versions.new_name(), model, f"{model} {fingerprint}", Fields(), VectorIndex(4))
    store.create(record)
    return record


def live(store: Store, model: str, fingerprint: str = "print") -> VersionRecord:
    record = begin(store, model, fingerprint)
    store.versions.publish(record)
    return record


def built(store: Store, server: Server, model: str, fingerprint: str = "print") -> VersionRecord:
    """A version that a build publishes, with its lock."""
    with BuildLock(server) as lock:
        ours = store.locked(lock)
        ours.changes.pending.start(lock)
        record = begin(ours, model, fingerprint)
        assert ours.versions.publish(record, lock)
        ours.changes.pending.end()
    return record


@pytest.fixture
def running(store: Store) -> Experiment:
    a, b = live(store, "base"), live(store, "tuned")
    experiment = Experiment("one", "share", 0.25, Arm.of("base", a.version), Arm.of("tuned", b.version), 12.5)
    store.experiments.start(experiment)
    return experiment


def test_it_is_read_as_it_was_begun_and_with_the_default(store: Store, running: Experiment) -> None:
    assert store.experiments.read() == running
    store.versions.live()
    assert store.versions.experiment == running
    assert store.versions.live() and store.versions.experiment == running, "in the same round trip, too"


def test_one_at_a_time_and_only_of_what_is_live(store: Store, running: Experiment) -> None:
    with pytest.raises(StoreError, match="running already"):
        store.experiments.start(running)
    assert store.experiments.end("one", "dropped") and not store.experiments.end("one", "again")
    ended = store.experiments.read()
    assert ended is not None and ended.ended == "dropped"
    live(store, "tuned")
    with pytest.raises(StoreError, match="went live meanwhile"):
        store.experiments.start(running)
    store.experiments.forget()
    assert store.experiments.read() is None


def test_whoever_lost_the_lock_neither_begins_nor_ends_one(store: Store, server: Server, running: Experiment) -> None:
    with BuildLock(server) as lock:
        late = store.locked(lock)
    with BuildLock(server):
        for attempt in (
            lambda: late.experiments.end("one", "x"),
            lambda: late.experiments.start(running),
            late.experiments.forget,
        ):
            with pytest.raises(BuildRunning):
                attempt()
    assert store.experiments.read() == running


@pytest.mark.parametrize("side", ["base", "tuned"])
def test_a_rebuild_of_the_same_weights_goes_on_with_it(
    store: Store, server: Server, running: Experiment, side: str
) -> None:
    record = built(store, server, side)
    after = store.experiments.read()
    assert after is not None and not after.ended
    arm = after.a if side == "base" else after.b
    assert (arm.version, arm.versions[-1], len(arm.versions)) == (record.version, record.version, 2)
    store.versions.live()
    assert store.versions.experiment == after
    assert after.side_of("v1") == "a" and after.side_of("v2") == "b"


ENDINGS: dict[str, Callable[[Store, Server], object]] = {
    "a rollback of the default": lambda store, server: store.versions.publish(begin(store, "base")),
    "a rollback of the other": lambda store, server: store.versions.publish(begin(store, "tuned")),
    "other weights": lambda store, server: built(store, server, "tuned", "another print"),
    "the other is the default": lambda store, server: store.versions.publish(store.versions.get("v2"), default=True),
    "a third is the default": lambda store, server: store.versions.publish(begin(store, "third"), default=True),
    "the other is given up": lambda store, server: store.versions.give_up("tuned"),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_it_ends_when_something_else_takes_the_place_of_a_side(
    store: Store, server: Server, running: Experiment, ending: str
) -> None:
    ENDINGS[ending](store, server)
    ended = store.experiments.read()
    assert ended is not None and ended.ended
    store.versions.live()
    assert store.versions.experiment is None
    assert not store.experiments.record(running, ENTRY), "nothing is counted any more"
    assert list(store.experiments.entries()) == []


def test_a_version_of_a_third_model_is_no_concern_of_it(store: Store, server: Server, running: Experiment) -> None:
    live(store, "third")
    built(store, server, "third")
    store.versions.give_up("third")
    store.versions.publish(store.versions.get("v1"))
    assert store.experiments.read() == running


def test_its_versions_are_never_removed(store: Store, running: Experiment) -> None:
    for arm in (running.a, running.b):
        with pytest.raises(StoreError, match="live"):
            store.drop(arm.version)
    assert store.experiments.read() == running


def test_pointers_that_an_earlier_release_moved_leave_nothing_to_compare(
    store: Store, client: redis.Redis, running: Experiment
) -> None:
    record = begin(store, "base")
    client.set("profiles:live", record.version)
    store.versions.live()
    assert store.versions.experiment is None


def test_answers_are_counted_and_kept_without_text(store: Store, client: redis.Redis, running: Experiment) -> None:
    unseen = Entry("other", Answer(["p1"], 1.0), Answer(["p2"], 2.0))
    assert store.experiments.record(running, ENTRY) and store.experiments.record(running, unseen)
    assert store.experiments.missed(running)
    after = store.experiments.read()
    assert after is not None and after.searches == (1, 1, 1)
    assert list(store.experiments.entries()) == [ENTRY, unseen]
    assert 0 < int(client.ttl("profiles:experiment:log")) <= 30 * 86_400  # type: ignore[arg-type]


def test_the_log_is_bounded_and_read_in_batches(store: Store, client: redis.Redis, running: Experiment) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for _ in range(MOST_ENTRIES + 500):
            pipeline.xadd("profiles:experiment:log", {"entry": '{"digest":"d","a":null,"b":null}'})
        pipeline.execute()
    client.xadd("profiles:experiment:log", {"entry": "{"})
    store.experiments.record(running, ENTRY)
    entries = list(store.experiments.entries())
    assert MOST_ENTRIES - 1 <= len(entries) < MOST_ENTRIES + 500 and entries[-1] == ENTRY, "what is damaged is left out"


@pytest.mark.parametrize("damage", ["a text", "another kind", "half of it"])
def test_a_damaged_one_harms_nothing_but_itself(
    store: Store, client: redis.Redis, running: Experiment, damage: str
) -> None:
    if damage == "half of it":
        client.hdel("profiles:experiment", "version_b")
    else:
        client.delete("profiles:experiment")
        if damage == "a text":
            client.set("profiles:experiment", "x")
        else:
            client.hset("profiles:experiment", mapping={"identity": "x", "share": "many"})
    assert store.versions.live().version == store.versions.live().version == "v1"
    assert store.versions.experiment is None and store.experiments.read() is None
    live(store, "tuned")
    store.versions.publish(begin(store, "base"))
    if damage == "a text":
        fresh = Experiment("two", "shadow", 1.0, Arm.of("base", "v4"), Arm.of("tuned", "v3"), 1.0)
        store.experiments.start(fresh)
        assert store.experiments.read() == fresh
