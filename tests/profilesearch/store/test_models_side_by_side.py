"""A live version for each model, and one of them by default."""

from typing import Any

import pytest

import redis
from profilesearch.errors import (
    BuildRunning,
    DamagedVersion,
    NoLiveVersion,
    UnknownModel,
    UnknownVersion,
    VersionIsLive,
)
from profilesearch.fields import Fields
from profilesearch.store import BuildLock, Server, Store, VersionRecord
from profilesearch.vector_index import VectorIndex


def begin(store: Store, model: str, **more: Any) -> VersionRecord:
    record = VersionRecord(store.versions.new_name(), model, f"print of {model}", Fields(), VectorIndex(4), **more)
    store.create(record)
    return record


def live(store: Store, model: str, *, default: bool = False) -> VersionRecord:
    record = begin(store, model)
    assert store.versions.publish(record, default=default)
    return record


def states(store: Store) -> dict[str, str]:
    return {record.version: record.state for record in store.versions.all()}


def test_another_model_goes_live_beside_the_default(store: Store, client: redis.Redis) -> None:
    live(store, "large")
    assert not client.exists("profiles:live:models"), "one model alone needs no further key"
    live(store, "small")
    assert store.versions.live_names() == {"large": "v1", "small": "v2"}
    assert client.get("profiles:live") == b"v1" and client.hgetall("profiles:live:models") == {b"small": b"v2"}
    assert [store.versions.live(model).version for model in ("", "large", "small")] == ["v1", "v1", "v2"]
    assert [record.version for record in store.versions.all_live()] == ["v1", "v2"]
    assert states(store) == {"v1": "live", "v2": "live"}
    assert b"v1" in client.execute_command("FT.INFO", "profiles")[1]


def test_a_version_retires_the_one_of_its_own_model_alone(store: Store) -> None:
    for model in ("large", "small", "small", "large"):
        live(store, model)
    assert store.versions.live_names() == {"large": "v4", "small": "v3"}
    assert states(store) == {"v1": "retired", "v2": "retired", "v3": "live", "v4": "live"}
    assert store.versions.previous().version == "v1" and store.versions.previous("small").version == "v2"
    store.drop("v1")
    with pytest.raises(UnknownVersion, match="no earlier version of large"):
        store.versions.previous()


def test_the_default_changes_hands_and_both_stay_live(store: Store, client: redis.Redis) -> None:
    first, second = live(store, "large"), live(store, "small")
    seen = store.versions.live("small")
    for record, names in ((second, {"small": "v2", "large": "v1"}), (first, {"large": "v1", "small": "v2"})):
        store.versions.publish(record, default=True)
        assert list(store.versions.live_names().items()) == list(names.items())
        assert store.versions.live().version == record.version
    assert states(store) == {"v1": "live", "v2": "live"}
    assert store.versions.live("small") is seen, "what is known of a version needs not be read again"


def test_a_build_can_take_the_default(store: Store) -> None:
    live(store, "large")
    live(store, "small")
    live(store, "small", default=True)
    assert list(store.versions.live_names().items()) == [("small", "v3"), ("large", "v1")]
    assert states(store) == {"v1": "live", "v2": "retired", "v3": "live"}


def test_what_is_live_beside_the_default_is_not_removed(store: Store, client: redis.Redis) -> None:
    live(store, "large")
    record = live(store, "small")
    client.hset(record.key("p1"), "id", "p1")
    for remove in (store.drop, store.versions.forget):
        with pytest.raises(VersionIsLive):
            remove("v2")
    assert client.exists(record.key("p1")) and store.versions.is_live("v2")


def test_a_model_that_nobody_knows_is_told_with_those_there_are(store: Store) -> None:
    with pytest.raises(NoLiveVersion):
        store.versions.live("large")
    live(store, "large")
    live(store, "small")
    with pytest.raises(UnknownModel, match=r"model: expected one with a live version \(large, small\), got 'huge'"):
        store.versions.live("huge")


def test_giving_a_model_up(store: Store) -> None:
    live(store, "large")
    live(store, "small")
    assert store.versions.live("small").version == "v2"
    with pytest.raises(VersionIsLive, match="large is the default"):
        store.versions.give_up("large")
    with pytest.raises(UnknownModel):
        store.versions.give_up("huge")
    assert store.versions.give_up("small") == "v2"
    with pytest.raises(UnknownModel):
        store.versions.live("small")
    assert states(store) == {"v1": "live", "v2": "retired"}
    store.drop("v2")


def test_only_the_owner_of_the_lock_moves_the_default(store: Store, server: Server) -> None:
    live(store, "large")
    record = live(store, "small")
    with BuildLock(server) as lock:
        store.locked(lock).versions.publish(record, default=True)
        late = store.locked(BuildLock(server)).versions
        with pytest.raises(BuildRunning):
            late.publish(record, default=True)
        with pytest.raises(BuildRunning):
            late.give_up("large")
    assert list(store.versions.live_names()) == ["small", "large"]


def test_what_an_earlier_release_published_over_a_model_is_the_default(store: Store, client: redis.Redis) -> None:
    """It knows the pointer alone."""
    live(store, "large")
    live(store, "small")
    third = begin(store, "small")
    client.hset("profiles:record:v1", "state", "retired")
    client.hset("profiles:record:v3", "state", "live")
    client.set("profiles:live", "v3")
    assert store.versions.live_names() == {"small": "v3"} and store.versions.live("small").version == third.version
    store.versions.repair()
    assert not client.exists("profiles:live:models")
    store.drop("v2")


@pytest.mark.parametrize("how", ["another type", "gone", "a field"])
def test_models_whose_names_are_damaged_are_live_no_more_and_can_be_brought_back(
    store: Store, client: redis.Redis, how: str
) -> None:
    live(store, "large")
    second = live(store, "small")
    if how == "a field":
        client.hset("profiles:live:models", "small", "garbage")
    else:
        client.delete("profiles:live:models")
    if how == "another type":
        client.rpush("profiles:live:models", "something else")
        with pytest.raises(DamagedVersion, match=r"profiles:live:models is damaged.*rollback --model"):
            store.versions.live_names()
    if how == "a field":
        with pytest.raises(DamagedVersion, match="the live version garbage has no record"):
            store.versions.all_live()
    assert store.versions.live().version == "v1", "the default is found whatever becomes of the others"
    store.versions.repair()
    assert store.versions.live_names() == {"large": "v1"}
    assert store.versions.previous("small").version == "v2"
    store.versions.publish(second)
    assert store.versions.live_names() == {"large": "v1", "small": "v2"}


def test_a_default_that_cannot_be_read_any_more_makes_room_for_the_next_build(
    store: Store, client: redis.Redis
) -> None:
    live(store, "large")
    client.delete("profiles:record:v1")
    live(store, "small")
    assert store.versions.live_names() == {"small": "v2"}


def test_an_entry_of_the_default_s_own_model_counts_for_nothing(store: Store, client: redis.Redis) -> None:
    first, small = live(store, "large"), live(store, "small")
    assert store.versions.live("small").version == small.version == store.versions.live("small").version
    newer = begin(store, "small")
    client.set("profiles:live", newer.version)  # an earlier release knows of one pointer, and leaves the hash as it was
    assert store.versions.live("small").version == newer.version == store.versions.live("small").version
    client.set("profiles:live", first.version)
    assert store.versions.live("small").version == small.version
