"""Records of versions, and which one is live."""

from collections.abc import Callable
from typing import Any

import pytest

import redis
from profilesearch.errors import BuildRunning, DamagedVersion, StoreError, UnknownVersion, VersionIsLive
from profilesearch.fields import Fields
from profilesearch.store import BuildLock, Server, Store, VersionRecord
from profilesearch.store.versions import FORMAT
from profilesearch.vector_index import VectorIndex
from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.fusion import WordWeights
from profilesearch.words.statistics import TermStatistics


def begin(store: Store, **more: Any) -> VersionRecord:
    record = VersionRecord(store.versions.new_name(), "model", "print", Fields(tags=("city",)), VectorIndex(4), **more)
    store.create(record)
    return record


def test_a_record_is_read_as_it_was_written(store: Store, client: redis.Redis) -> None:
    record = begin(
        store, source="/a/b.jsonl", profiles=7, seconds={"read": 0.25}, checks={"profiles": "7"}, built_sizes=[3, 4],
        far=0.75, built_by="me@here",
    )  # fmt: skip
    assert store.versions.get("v1") == record
    assert client.type("profiles:record:v1") == b"hash"
    assert client.hget("profiles:record:v1", "state") == b"building"
    assert store.versions.all() == [record]


def test_unknown_damaged_and_foreign_records(store: Store, client: redis.Redis) -> None:
    begin(store)
    with pytest.raises(UnknownVersion, match="no version 'v9'; there are: v1"):
        store.versions.get("v9")
    client.hset("profiles:record:v1", "format", 1)
    with pytest.raises(StoreError, match="an earlier release"):
        store.versions.get("v1")
    client.hset("profiles:record:v1", mapping={"format": FORMAT, "profiles": "many"})
    with pytest.raises(StoreError, match="v1: its record is damaged"):
        store.versions.get("v1")


def test_going_live_retires_the_one_before(store: Store) -> None:
    first, second, third = begin(store), begin(store), begin(store)
    for record in (first, second, third, second):
        assert store.versions.publish(record)
    assert [each.state for each in store.versions.all()] == ["retired", "live", "retired"]
    assert store.versions.previous().version == "v3"
    store.versions.forget("v3")
    store.versions.forget("v1")
    with pytest.raises(UnknownVersion, match="no earlier version"):
        store.versions.previous()


def test_it_does_not_go_live_if_its_conditions_do_not_hold(store: Store, server: Server, client: redis.Redis) -> None:
    record = begin(store)
    with BuildLock(server, seconds=600) as lock:
        ours = store.locked(lock)
        ours.changes.pending.start(lock)
        client.zadd("profiles:changed", {"p1": 1})
        assert not ours.versions.publish(record, lock)
        client.delete("profiles:changed")
        with pytest.raises(BuildRunning, match="lost its lock"):
            store.locked(BuildLock(server)).versions.publish(record)
        client.delete("profiles:building")
        with pytest.raises(StoreError, match="changes that came during the build were lost"):
            ours.versions.publish(record, lock)
        assert store.versions.live_name() is None
        ours.changes.pending.start(lock)
        assert ours.versions.publish(record, lock)
    assert store.versions.live_name() == "v1"


def test_what_is_being_removed_does_not_go_live(store: Store, client: redis.Redis) -> None:
    first, second = begin(store), begin(store)
    client.hset("profiles:record:v1", "state", "removing")
    store.drop("v2")
    for record in (first, second):
        with pytest.raises(UnknownVersion, match="was removed meanwhile"):
            store.versions.publish(record)
    assert store.versions.live_name() is None


def test_what_is_live_is_not_removed(store: Store, client: redis.Redis) -> None:
    record = begin(store)
    client.hset(record.key("p1"), "id", "p1")
    store.versions.publish(record)
    for remove in (store.drop, store.versions.forget):
        with pytest.raises(VersionIsLive):
            remove("v1")
    assert client.exists(record.key("p1")) and store.indexes.exists("v1") and store.versions.get("v1").state == "live"


def test_counters_are_seen_at_once_and_stand_beside_the_record(store: Store, client: redis.Redis) -> None:
    record = begin(store, profiles=2)
    store.versions.publish(record)
    live = store.versions.live()
    assert store.versions.live() is live and (live.profiles, live.changed) == (2, 0)
    stored = client.hgetall("profiles:record:v1")
    client.hset("profiles:counters:v1", mapping={"profiles": 5, "changed": 3, "sizes": "[2, 3]"})
    live = store.versions.live()
    assert (live.profiles, live.changed, live.sizes) == (5, 3, [2, 3]) and store.versions.live() is live
    assert store.versions.get("v1") == live and client.hgetall("profiles:record:v1") == stored
    client.hset("profiles:counters:v1", "sizes", "[")
    assert store.versions.live().profiles == 2, "what cannot be read is not believed"


def test_a_version_of_the_same_name_is_another_one(store: Store, client: redis.Redis) -> None:
    """After FLUSHALL names begin again."""
    store.versions.publish(begin(store, profiles=1))
    before = store.versions.live()
    client.flushall()
    store.versions.publish(begin(store, profiles=2))
    assert store.versions.live().identity != before.identity and store.versions.live().profiles == 2


def test_the_live_version_is_asked_for_in_one_round_trip(store: Store, client: redis.Redis) -> None:
    store.versions.publish(begin(store))
    store.versions.live()
    client.config_resetstat()
    store.versions.live()
    commands = {name: stats["calls"] for name, stats in client.info("commandstats").items()}
    assert commands.pop("cmdstat_get") == 1 and commands.pop("cmdstat_hmget") == 1
    assert commands.pop("cmdstat_hgetall") == 2, "the counters, and the experiment"
    assert not set(commands) - {"cmdstat_info", "cmdstat_ping", "cmdstat_config|resetstat", "cmdstat_config"}


DAMAGE: dict[str, tuple[Any, ...]] = {
    "text for a number": ("hset", "profiles", "many"),
    "no JSON": ("hset", "seconds", "garbage"),
    "another kind of JSON": ("hset", "checks", "[1]"),
    "a field of JSON of another kind": ("hset", "fields", '{"id": 1}'),
    "a field name that is not allowed": ("hset", "fields", '{"id": "id", "tags": ["a b)"]}'),
    "no time": ("hset", "live_at", "garbage"),
    "no dimension": ("hset", "vectors", '{"dimension": 0}'),
    "an unknown state": ("hset", "state", "resting"),
    "negative": ("hset", "written", "-5"),
    "not UTF-8": ("hset", "source", b"\xff"),
    "a field is missing": ("hdel", "vectors"),
    "a newer release": ("hset", "format", "99"),
    "an older release": ("hset", "format", "1"),
    "deep": ("hset", "checks", "[" * 5000),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_record_is_told_with_the_way_out(store: Store, client: redis.Redis, damage: str) -> None:
    store.versions.publish(begin(store))
    other = begin(store)
    command, *args = DAMAGE[damage]
    getattr(client, command)("profiles:record:v1", *args)
    reads: list[Callable[[], VersionRecord]] = [lambda: store.versions.get("v1"), store.versions.live]
    for read in reads:
        with pytest.raises(DamagedVersion, match=r"version v1.*(build the index again|use that one)"):
            read()
    assert [each.version for each in store.versions.all()] == [other.version]
    assert set(store.versions.survey().damaged) == {"v1"}


def test_a_time_that_is_damaged_after_the_version_was_read(store: Store, client: redis.Redis) -> None:
    store.versions.publish(begin(store))
    store.versions.live()
    client.hset("profiles:record:v1", "live_at", "garbage")
    with pytest.raises(DamagedVersion, match="version v1: its record is damaged.*build the index again"):
        store.versions.live()


def test_a_version_whose_field_has_a_name_that_is_taken_by_now_is_read(store: Store, client: redis.Redis) -> None:
    """Whoever builds chooses another name; what was built before a release took it goes on."""
    store.versions.publish(begin(store))
    client.hset("profiles:record:v1", "fields", '{"id": "id", "tags": ["facets"]}')
    assert store.versions.live().fields.tags == ("facets",)


@pytest.mark.parametrize("key", ["profiles:record:v1", "profiles:live", "profiles:versions", "profiles:count"])
def test_a_key_of_another_type(store: Store, client: redis.Redis, key: str) -> None:
    store.versions.publish(begin(store))
    client.delete(key)
    client.rpush(key, "something else")
    if key in ("profiles:record:v1", "profiles:live"):
        with pytest.raises(DamagedVersion, match="build the index again"):
            store.versions.live()
    else:
        assert store.versions.live().version == "v1"
    store.versions.repair()
    second = begin(store)
    assert second.version == "v2"
    store.versions.publish(second)
    assert store.versions.live().version == "v2"
    assert "v2" in [record.version for record in store.versions.all()]


def test_a_count_that_is_lost_gives_no_name_twice(store: Store, client: redis.Redis) -> None:
    for _ in range(3):
        begin(store)
    client.delete("profiles:count")
    assert begin(store).version == "v4"
    client.set("profiles:count", 1)
    assert begin(store).version == "v5"


def test_what_another_application_keeps_under_the_same_prefix_is_left_alone(store: Store, client: redis.Redis) -> None:
    """Its names are not given to a version, and no version is thought to have left them."""
    client.hset("profile:v2:theirs", mapping={"id": "theirs", "digest": "0", "cluster": "0"})
    client.set("profile:v1", "no profile of ours")
    assert [begin(store).version for _ in range(2)] == ["v1", "v3"]
    assert store.versions.traces() == {"v1", "v3"}
    for name in ("v1", "v3"):
        store.drop(name)
    assert sorted(client.keys("profile:*")) == [b"profile:v1", b"profile:v2:theirs"]


def test_a_version_of_the_format_without_words_is_read_and_searched_by_meaning(
    store: Store, client: redis.Redis
) -> None:
    record = begin(store)
    store.words.write(record, FittedWords(TermStatistics.of(["a nurse"]), WordWeights()))
    client.hset("profiles:record:v1", mapping={"format": "2", "fields": '{"id": "id", "headline": "heading"}'})
    client.hdel("profiles:record:v1", "words", "language")
    old = store.versions.get("v1")
    assert not old.words and old.fields.title == "heading"
    assert store.words.read(old) is None
    store.versions.save(old)
    assert store.versions.get("v1") == old


def test_a_word_model_is_read_as_it_was_written_and_damage_is_told(store: Store, client: redis.Redis) -> None:
    record = begin(store)
    assert store.words.read(record) is None
    fitted = FittedWords(TermStatistics.of(["a nurse", "a ward nurse"]), WordWeights())
    store.words.write(record, fitted)
    model = store.words.read(record)
    assert model is not None and model.terms("nurse ward") == fitted.terms("nurse ward") != ()
    for damage in ({"weights": b"x"}, {"counts": b""}, {"documents": b"many"}):
        client.hset("profiles:words:v1", mapping=damage)
        with pytest.raises(DamagedVersion, match="version v1: its word model is damaged.*build the index again"):
            store.words.read(record)
    client.delete("profiles:words:v1")
    client.rpush("profiles:words:v1", "x")
    with pytest.raises(DamagedVersion, match="word model is damaged"):
        store.words.read(record)
    store.drop("v1")
    assert not client.keys("profiles:*v1")
