"""Queries in Redis: nothing that a user types reaches the query language unescaped."""

import string
import unicodedata
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings

import redis
from profilesearch.errors import NoLiveVersion, RedisUnavailable, StoreError, UnknownProfile
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.settings import Settings
from profilesearch.store import Filter, KnnQuery, Store, VersionRecord, connect, escape_tag
from profilesearch.tags import clean_tag, fold_tag, join_tags, split_tags
from profilesearch.vector_index import VectorIndex

FIELDS = Fields(tags=("city", "team"), numbers=("age",))
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


def record(store: Store, profiles: int) -> VersionRecord:
    made = VersionRecord(store.versions.new_name(), "model", "print", FIELDS, VectorIndex(4), profiles=profiles)
    store.create(made)
    return made


def write(store: Store, made: VersionRecord, people: list[dict[str, Any]]) -> None:
    vectors = np.eye(4, dtype=np.float32)[np.arange(len(people)) % 4]
    triples = ((_row(**person), 0, vector) for person, vector in zip(people, vectors, strict=True))
    assert sum(store.profiles.write(made, triples)) == len(people)


def _row(id: str, text: str, **fields: Any) -> Row:
    numbers = {name: value for name, value in fields.items() if name in FIELDS.numbers}
    return Row(id, text, text, {name: value for name, value in fields.items() if name in FIELDS.tags}, numbers)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(texts, min_size=1, max_size=8, unique_by=lambda t: " ".join(t.split()).lower()))
@example(list(string.punctuation))
@example(["a" + c + "b" for c in string.punctuation + " "])
@example(
    [
        "São Paulo",
        "上海",
        "İstanbul",
        "Москва",
        "e\u0301",
        "🙂",
        "the",
        "to be or not to be",
        "R&D, C++",
        "-",
        "*",
        "a*",
        "$x",
        "_",
        "__",
        "a_b",
        "7",
        "007",
    ]
)
def test_tags_find_themselves_again(store: Store, client: redis.Redis, tags: list[str]) -> None:
    tags = [tag for tag in tags if tag.strip()]
    client.flushall()
    made = record(store, len(tags))
    write(store, made, [{"id": str(n), "text": "x", "city": join_tags([tag])} for n, tag in enumerate(tags)])
    for number, tag in enumerate(tags):
        hits = store.nearest(made, KnnQuery(np.ones(4, np.float32), 50, Filter(tags={"city": [tag]})))
        assert str(number) in [hit.id for hit in hits], (tag, escape_tag(tag))
        assert len(hits) == 1, (tag, [hit.tags for hit in hits])


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=40) | st.text("}{|)(*@:=>[]$\"'\\ -~%ab", max_size=20))
def test_a_filter_is_never_more_than_a_filter(store: Store, client: redis.Redis, value: str) -> None:
    """Whatever the value, it finds people with exactly that tag and no error comes of it."""
    if not client.exists("profiles:count"):
        write(store, record(store, 1), [{"id": "1", "text": "x", "city": "Berlin"}])
    made = VersionRecord(f"v{client.get('profiles:count').decode()}", "model", "print", FIELDS, VectorIndex(4))
    value = value.encode(errors="ignore").decode()
    if not value.strip():
        return
    try:
        clean_tag(value)
    except ValueError:
        with pytest.raises(ValueError, match="control character"):
            Filter(tags={"city": [value]}).text()
        return
    hits = store.nearest(made, KnnQuery(np.ones(4, np.float32), 5, Filter(tags={"city": [value]})))
    assert [hit.id for hit in hits] == (["1"] if clean_tag(value).lower() == "berlin" else [])


bounds = st.one_of(
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [1e17, -1e17, 1e16, 1e22, 1e-7, 5e-324, 1.7976931348623157e308, 0.1, -0.0, 2**53 + 2.0, 12.5, 40.0]
    ),
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(bounds.filter(lambda age: age is not None), min_size=1, max_size=8), bounds, bounds)
@example([1e16, 1e17, 1e18], 1e17, None)
@example([0.1, 0.1 + 2**-55, 5e-324, 0.0], 5e-324, 0.1)
def test_every_number_bounds_what_it_should(
    store: Store, client: redis.Redis, ages: list[float], low: float | None, high: float | None
) -> None:
    client.flushall()
    made = record(store, len(ages))
    write(store, made, [{"id": str(n), "text": "x", "age": age} for n, age in enumerate(ages)])
    if low is not None and high is not None:
        low, high = min(low, high), max(low, high)
    hits = store.nearest(made, KnnQuery(np.ones(4, np.float32), 50, Filter(numbers={"age": (low, high)})))
    above = -np.inf if low is None else low
    below = np.inf if high is None else high
    assert {hit.id for hit in hits} == {str(n) for n, age in enumerate(ages) if above <= age <= below}


def test_filters_combine(store: Store) -> None:
    made = record(store, 4)
    write(store, made, [
        {"id": "1", "text": "x", "city": "Köln", "team": join_tags(["red", "blue"]), "age": 30},
        {"id": "2", "text": "x", "city": "Köln", "team": "red", "age": 40},
        {"id": "3", "text": "x", "city": "Bonn", "team": "blue", "age": 50.5},
        {"id": "4", "text": "x", "city": "Bonn"},
    ])  # fmt: skip

    def ids(**admitted: Any) -> list[str]:
        return [hit.id for hit in store.nearest(made, KnnQuery(np.ones(4, np.float32), 9, Filter(**admitted)))]

    assert ids(tags={"team": ["red"]}) == ["1", "2"]
    assert ids(tags={"team": ["red", "blue"]}) == ["1", "2", "3"]
    assert ids(tags={"team": ["blue"], "city": ["bonn"]}) == ["3"]
    assert ids(numbers={"age": (40, None)}) == ["2", "3"]
    assert ids(numbers={"age": (None, 40)}) == ["1", "2"]
    assert ids(numbers={"age": (30.5, 50.5)}, tags={"city": ["Bonn"]}) == ["3"]
    assert ids(tags={"team": []}) == ["1", "2", "3", "4"]
    assert ids(clusters=(1,)) == []
    assert store.counts.total(made, Filter(tags={"team": ["red"]})) == 2


def test_equal_distances_are_ordered_by_id(store: Store) -> None:
    made = record(store, 30)
    one = np.array([1, 0, 0, 0], np.float32)
    assert sum(store.profiles.write(made, ((Row(f"{n:02}", "x", "x"), 0, one) for n in reversed(range(30))))) == 30
    assert [hit.id for hit in store.nearest(made, KnnQuery(one, 30))] == [f"{n:02}" for n in range(30)]


def test_publishing_moves_pointer_and_alias(store: Store, client: redis.Redis) -> None:
    with pytest.raises(NoLiveVersion, match="python -m indexer build"):
        store.versions.live()
    for version in ("v1", "v2"):
        made = record(store, 1)
        assert made.version == version
        write(store, made, [{"id": version, "text": "x"}])
        assert store.indexes.wait(made).documents == 1
        assert store.versions.publish(made)
        live = store.versions.live()
        assert (live.version, live.state, live.written) == (version, "live", 1) and live.live_at > 0
        assert client.execute_command("FT.SEARCH", "profiles", "*", "NOCONTENT") == [
            1,
            f"profile:{version}:{version}".encode(),
        ]
    store.drop("v1")
    assert not list(client.scan_iter(match="*v1*"))
    assert [each.version for each in store.versions.all()] == ["v2"] and store.versions.traces() == {"v2"}


def test_a_profile_and_its_vector(store: Store) -> None:
    made = record(store, 1)
    write(store, made, [{"id": "a/b c", "text": "x", "team": join_tags(["red", "blue"]), "age": 3}])
    hit, vector = store.profiles.one(made, "a/b c")
    assert hit.tags == {"team": ("red", "blue")} and hit.numbers == {"age": 3.0}
    assert vector.tolist() == [1, 0, 0, 0]
    with pytest.raises(UnknownProfile, match="'nobody'"):
        store.profiles.one(made, "nobody")


def test_equal_tags_are_counted_as_one(store: Store) -> None:
    made = record(store, 6)
    nfd = unicodedata.normalize("NFD", "São Paulo")
    cities = ["Berlin", "Berlin", "berlin", "São Paulo", nfd, "STRASSE", "Straße"]
    write(store, made, [{"id": str(n), "text": "x", "city": join_tags([city])} for n, city in enumerate(cities)])
    counts = store.counts.by_tag(made, Filter(), "city")
    assert counts == {"Berlin": 3, "São Paulo": 2, "STRASSE": 1, "Straße": 1}
    for city in ("BERLIN", "berlin", nfd, "são paulo", "strasse", "straße"):  # what is counted is what the filter finds
        spelling = next(value for value in counts if fold_tag(value) == fold_tag(city))
        assert store.counts.total(made, Filter(tags={"city": [city]})) == counts[spelling]


@settings(deadline=None)
@given(st.text(max_size=20))
@example("İstanbul")
@example("ΟΔΟΣ")
def test_a_tag_equals_itself_however_it_is_written(value: str) -> None:
    for form in ("NFC", "NFD"):
        again = unicodedata.normalize(form, f"  {value} ")
        assert fold_tag(again) == fold_tag(value)
    try:
        assert fold_tag(clean_tag(value)) == fold_tag(value)
        assert split_tags(join_tags([value, f" {value}"])) == ((clean_tag(value),) if clean_tag(value) else ())
    except ValueError:
        assert not clean_is_allowed(value)


def clean_is_allowed(value: str) -> bool:
    return not any(ord(c) < 32 or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in " ".join(value.split()))


def test_join_and_split() -> None:
    assert join_tags([" New \n York ", "x"]) == "New York\x1fx"
    assert split_tags(join_tags(["a", " b "])) == ("a", "b")
    assert split_tags("") == ()


def test_a_damaged_cluster_model_is_noticed(store: Store, client: redis.Redis) -> None:
    made = record(store, 0)
    with pytest.raises(StoreError, match="lacks"):
        store.clusters.model(made)
    client.hset(
        f"profiles:clusters:{made.version}",
        mapping=dict.fromkeys(["centroids", "sizes", "mean", "axes", "labels", "landmarks", "owners"], b"x"),
    )
    with pytest.raises(StoreError, match=made.version):
        store.clusters.model(made)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04rest", b"\x93NUMPY\x01\x00", b"x"])
def test_whatever_a_cluster_model_holds_is_a_store_error(store: Store, client: redis.Redis, data: bytes) -> None:
    made = record(store, 0)
    names = ["centroids", "sizes", "mean", "axes", "labels", "landmarks", "owners"]
    client.hset(f"profiles:clusters:{made.version}", mapping=dict.fromkeys(names, data))
    with pytest.raises(StoreError, match="in NumPy's format"):
        store.clusters.model(made)


def test_a_damaged_profile_is_left_out_and_the_others_are_shown(
    store: Store, client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    made = record(store, 3)
    write(store, made, [{"id": "good", "text": "x", "age": 3}, {"id": "bad", "text": "x"}])
    good = client.hgetall(made.key("good"))
    client.hset(made.key("bad"), "cluster", "abc")
    client.hset(made.key("").encode() + b"M\xfcller", mapping=good)
    query = KnnQuery(np.ones(4, np.float32), 9)
    candidates = store.rank(made, query)
    assert len(candidates) == 3  # so that an answer can say how many it leaves out
    assert [hit.id for hit in store.profiles.read(made, candidates)] == ["good"]
    assert "profile:v1:bad is damaged" in caplog.text and "1 keys are not UTF-8" in caplog.text
    assert sorted(store.profiles.ids(made)) == ["bad", "good"]
    assert store.counts.by_cluster(made, Filter()) == {0: 2}
    for id_ in ("bad", "M\udcfcller"):
        with pytest.raises(UnknownProfile):
            store.profiles.one(made, id_)


def test_a_profile_without_a_vector_is_named(store: Store, client: redis.Redis) -> None:
    made = record(store, 1)
    write(store, made, [{"id": "1", "text": "x"}])
    client.hdel(made.key("1"), "embedding")
    with pytest.raises(UnknownProfile, match="id '1' is damaged in Redis .*expected 16 bytes"):
        store.profiles.one(made, "1")
    client.hset(made.key("1"), "embedding", b"short")
    with pytest.raises(UnknownProfile, match="is damaged"):
        store.profiles.one(made, "1")


def test_redis_away() -> None:
    store = Store(connect(Settings(redis_url="redis://:hush@127.0.0.1:1/0")))
    with pytest.raises(RedisUnavailable, match="cannot be reached") as caught:
        store.ping()
    assert "hush" not in str(caught.value)
