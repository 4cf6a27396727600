"""Long texts with a vector for each passage: whatever is asked and changed, answers are people."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import redis
from profilesearch.errors import StoreError
from profilesearch.fields import Fields
from profilesearch.passages import Passage, Place
from profilesearch.row import Row
from profilesearch.store import Batch, Embedded, Filter, KnnQuery, Store, Upsert, VersionRecord
from profilesearch.store.query import HybridQuery, WordQuery
from profilesearch.vector_index import VectorIndex
from profilesearch.words.ranked_lists import Linear

DIM = 4
FIELDS = Fields(tags=("city",), numbers=("years",))
CITIES = ("Bonn", "Ulm")


@dataclass(frozen=True)
class One:
    """A person as it is drawn: the angles of the whole text and of its passages, and what can be filtered by."""

    angles: tuple[int, ...]
    city: str
    years: int
    word: str
    clusters: tuple[int, ...]


people = st.lists(
    st.builds(
        One,
        st.lists(st.integers(0, 359), min_size=1, max_size=8).map(tuple),
        st.sampled_from(CITIES),
        st.integers(0, 3),
        st.sampled_from(("nurse", "clerk")),
        st.lists(st.integers(0, 2), min_size=8, max_size=8).map(tuple),
    ),
    min_size=1,
    max_size=30,
)
filters = st.builds(
    Filter,
    st.none() | st.lists(st.integers(0, 2), min_size=1, max_size=2, unique=True).map(tuple),
    st.sampled_from(({}, {"city": ("Bonn",)})),
    st.sampled_from(({}, {"years": (1, None)})),
    st.sampled_from(((), ("nurse",))),
    st.sampled_from(((), ("clerk",))),
)


def vector(angle: int) -> np.ndarray:
    """Angles tell two vectors apart, and equal ones tie."""
    radians = np.deg2rad(angle)
    return np.array([np.cos(radians), np.sin(radians), 0, 0], np.float32)


def embedded(number: int, one: One) -> Embedded:
    """The first angle is the whole text's; any others are passages."""
    row = Row(f"p{number:02}", "", f"a {one.word}", {"city": one.city}, {"years": one.years})
    passages = [
        Passage(Place(at, at + 1), cluster, vector(angle))
        for at, (angle, cluster) in enumerate(zip(one.angles[1:], one.clusters[1:], strict=False))
    ]
    return Embedded(row, one.clusters[0], vector(one.angles[0]), passages)


def version(store: Store, profiles: Sequence[Embedded]) -> VersionRecord:
    record = VersionRecord(
        store.versions.new_name(), "told", "print", FIELDS, VectorIndex(DIM), profiles=len(profiles), passages=True
    )
    store.create(record)
    sum(store.profiles.write(record, profiles))
    store.indexes.wait(record)
    store.indexes.wait(record, record.passage_index)
    store.versions.publish(record)
    return record


def expected(profiles: Sequence[Embedded], asked: np.ndarray, admitted: Filter) -> dict[str, float]:
    """Everybody who passes with the least of the distances, by brute force."""
    nearest = {}
    for row, cluster, whole, passages, _ in profiles:
        if admitted.tags and row.tags["city"] not in admitted.tags["city"]:
            continue
        if admitted.numbers and row.numbers["years"] < 1:
            continue
        if any(word not in row.text for word in admitted.phrases) or any(w in row.text for w in admitted.excluded):
            continue
        parts = [(cluster, whole), *((each.cluster, each.vector) for each in passages)]
        near = [float(1 - part @ asked) for its, part in parts if admitted.clusters is None or its in admitted.clusters]
        if near:
            nearest[row.id] = min(near)
    return nearest


def passage_keys(client: redis.Redis, record: VersionRecord) -> set[str]:
    keys = client.scan_iter(f"{record.collection.passage_keys(record.version)}*", 1000)
    return {key.decode() for key in keys}


def keys_of(record: VersionRecord, profiles: Sequence[Embedded]) -> set[str]:
    return {record.passage_key(one.row.id, n + 1) for one in profiles for n in range(len(one.passages))}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=people, angle=st.integers(0, 359), admitted=filters, k=st.sampled_from((1, 3, 10, 200)))
def test_the_nearest_people_are_those_of_brute_force(
    store: Store, client: redis.Redis, drawn: list[One], angle: int, admitted: Filter, k: int
) -> None:
    client.flushall()
    profiles = [embedded(number, one) for number, one in enumerate(drawn)]
    record = version(store, profiles)
    ranked = store.rank(record, KnnQuery(vector(angle), k, admitted))
    wanted = expected(profiles, vector(angle), admitted)
    assert len(ranked) == min(k, len(wanted)) == len({one.id for one in ranked})
    assert [one.score for one in ranked] == pytest.approx(sorted(wanted.values())[:k], abs=1e-5)
    for one in ranked:
        assert one.score == pytest.approx(wanted[one.id], abs=1e-5)
    assert [(one.score, one.id) for one in ranked] == sorted((one.score, one.id) for one in ranked)
    assert store.counts.total(record, Filter()) == len(profiles)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=people, changed=people, data=st.data())
def test_changes_leave_no_passage_behind(
    store: Store, client: redis.Redis, drawn: list[One], changed: list[One], data: st.DataObject
) -> None:
    client.flushall()
    profiles = {f"p{number:02}": embedded(number, one) for number, one in enumerate(drawn)}
    record = version(store, list(profiles.values()))
    assert passage_keys(client, record) == keys_of(record, list(profiles.values()))
    upserts = [embedded(number, one) for number, one in enumerate(changed)]
    deletes = data.draw(st.lists(st.sampled_from(sorted(profiles)), unique=True))
    deletes = [id_ for id_ in deletes if id_ not in {one.row.id for one in upserts}]
    batch = Batch([Upsert(one.row, one.cluster, one.vector, "{}", one.passages) for one in upserts], deletes)
    assert store.changes.apply(record, batch)
    profiles = {id_: one for id_, one in profiles.items() if id_ not in deletes}
    profiles |= {one.row.id: one for one in upserts}
    assert passage_keys(client, record) == keys_of(record, list(profiles.values()))
    assert sorted(store.profiles.ids(record)) == sorted(profiles)
    read = store.profiles.passage_vectors(record, list(profiles))
    assert {id_: len(vectors) for id_, vectors in read.items()} == {
        id_: len(one.passages) for id_, one in profiles.items() if one.passages
    }
    other = replace(record, version="v99", identity="other")
    store.create(other)
    store.drop(other.version)  # nothing of another version goes with it
    assert passage_keys(client, record) == keys_of(record, list(profiles.values()))


def test_a_version_goes_with_its_passages_and_their_index(store: Store, client: redis.Redis) -> None:
    one = One((10, 20, 30), "Bonn", 1, "nurse", (0,) * 8)
    first = version(store, [embedded(0, one)])
    second = version(store, [embedded(0, one)])
    assert store.drop(first.version) == 1
    assert not passage_keys(client, first) and passage_keys(client, second)
    assert sorted(client.execute_command("FT._LIST")) == [second.index.encode(), second.passage_index.encode()]


def test_a_build_catches_up_with_passages(store: Store, client: redis.Redis) -> None:
    record = version(store, [embedded(0, One((10, 20, 30, 40), "Bonn", 1, "nurse", (0,) * 8))])
    version(store, [embedded(0, One((10,), "Bonn", 1, "nurse", (0,) * 8))])  # the first is not live any more
    shorter = embedded(0, One((10, 50), "Bonn", 1, "nurse", (0,) * 8))
    upsert = Upsert(shorter.row, shorter.cluster, shorter.vector, "{}", shorter.passages)
    store.changes.pending.apply(record, Batch([upsert]))
    assert passage_keys(client, record) == keys_of(record, [shorter])
    store.changes.pending.apply(record, Batch(deletes=["p00"]))
    assert not passage_keys(client, record) and not store.profiles.ids(record)


def test_a_hit_is_read_with_the_passage_that_was_nearest(store: Store) -> None:
    record = version(store, [embedded(0, One((10, 90, 200), "Bonn", 1, "nurse", (0, 1, 2, 0, 0, 0, 0, 0)))])
    (near,) = store.nearest(record, KnnQuery(vector(199), 5))
    assert near.passage == Place(1, 2) and near.passage_cluster == 2 == near.found_in and near.cluster == 0
    (whole,) = store.nearest(record, KnnQuery(vector(11), 5))
    assert whole.passage is None and whole.found_in == 0
    assert store.profiles.nearest_passage(record, "p00", vector(91)) == Place(0, 1)


@pytest.mark.parametrize(("field", "value"), [("embedding", "xx"), ("_start", "many"), ("_end", "1.5")])
def test_a_damaged_passage_is_named(store: Store, client: redis.Redis, field: str, value: str) -> None:
    record = version(store, [embedded(0, One((10, 90, 200), "Bonn", 1, "nurse", (0, 1, 2, 0, 0, 0, 0, 0)))])
    client.hset(record.passage_key("p00", 2), field, value)
    with pytest.raises(StoreError, match="is damaged in Redis"):
        store.profiles.nearest_passage(record, "p00", vector(91))
    client.delete(record.passage_key("p00", 2))
    assert store.profiles.nearest_passage(record, "p00", vector(11)) is not None, "one that is gone is left out"


def test_words_and_meaning_give_people(store: Store) -> None:
    drawn = [
        One((n, n + 90, n + 100), "Bonn", n % 3, ("nurse", "clerk")[n % 2], (0, 1, 2, 0, 0, 0, 0, 0)) for n in range(20)
    ]
    record = version(store, [embedded(number, one) for number, one in enumerate(drawn)])
    near = KnnQuery(vector(95), 200)
    query = HybridQuery(near, WordQuery(("nurse",), 200), Linear(0.1, 0.9, 200))
    assert not store.hybrid.fuses_there(record, query)
    fused = store.hybrid.by_both(record, query)
    assert len(fused) == 20 == len({one.id for one in fused}) and all(one.closeness is not None for one in fused)
    ranked = {one.id: one.passage for one in store.rank(record, near)}
    assert {one.id: one.passage for one in fused} == ranked


def test_keys_of_passages_name_their_profile() -> None:
    collection = VersionRecord("v1", "m", "f", FIELDS, VectorIndex(DIM)).collection
    for id_ in ("p1", "a}:7", "{x}", "é:1"):
        key = collection.passage_key("v1", id_, 12)
        assert collection.passage_of("v1", key) == (id_, 12)
        assert f"{{{collection.key('v1', id_)}" in key
    with pytest.raises(ValueError, match="passage of v1"):
        collection.passage_of("v1", collection.passage_key("v10", "p1", 2))
