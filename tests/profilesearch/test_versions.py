"""Records of versions, and which one is live."""

from dataclasses import replace

import pytest

import redis
from profilesearch.errors import StoreError, UnknownVersion
from profilesearch.profile import Fields, VectorIndex
from profilesearch.store import Store, VersionRecord


def begin(store: Store, **more) -> VersionRecord:
    record = VersionRecord(store.versions.new_name(), "model", "print", Fields(tags=("city",)), VectorIndex(4), **more)
    store.create(record)
    return record


def test_a_record_is_read_as_it_was_written(store: Store, client: redis.Redis):
    record = begin(
        store, source="/a/b.jsonl", profiles=7, seconds={"read": 0.25}, checks={"profiles": "7"}, built_sizes=[3, 4],
        far=0.75, built_by="me@here",
    )  # fmt: skip
    assert store.versions.get("v1") == record
    assert client.type("profiles:record:v1") == b"hash"
    assert client.hget("profiles:record:v1", "state") == b"building"
    assert store.versions.all() == [record]


def test_unknown_damaged_and_foreign_records(store: Store, client: redis.Redis):
    begin(store)
    with pytest.raises(UnknownVersion, match="no version 'v9'; there are: v1"):
        store.versions.get("v9")
    client.hset("profiles:record:v1", "format", 1)
    with pytest.raises(StoreError, match="another release"):
        store.versions.get("v1")
    client.hset("profiles:record:v1", "profiles", "many")
    with pytest.raises(StoreError, match="v1: its record is damaged"):
        store.versions.get("v1")


def test_going_live_retires_the_one_before(store: Store):
    first, second, third = begin(store), begin(store), begin(store)
    for record in (first, second, third, second):
        assert store.versions.make_live(record)
    assert [each.state for each in store.versions.all()] == ["retired", "live", "retired"]
    assert store.versions.previous().version == "v3"
    store.versions.forget("v3")
    store.versions.forget("v1")
    with pytest.raises(UnknownVersion, match="no earlier version"):
        store.versions.previous()


def test_it_does_not_go_live_if_its_conditions_do_not_hold(store: Store, client: redis.Redis):
    record = begin(store)
    client.set("lock", "mine")
    assert not store.versions.make_live(record, lock=("lock", "yours"))
    client.zadd("changed", {"p1": 1})
    assert not store.versions.make_live(record, lock=("lock", "mine"), settled="changed")
    assert store.versions.live_name() is None
    client.delete("changed")
    assert store.versions.make_live(record, lock=("lock", "mine"), settled="changed")
    assert store.versions.live_name() == "v1"


def test_the_record_of_the_live_version_is_read_anew_when_it_changes(store: Store, client: redis.Redis):
    record = begin(store)
    store.versions.make_live(record)
    assert store.versions.live() is store.versions.live()
    store.versions.save(replace(store.versions.live(), profiles=5))
    assert store.versions.live().profiles == 5
    client.set("profiles:live", "v7")
    with pytest.raises(StoreError, match="v7 has no record"):
        store.versions.live()
