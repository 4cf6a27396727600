"""Shortlists, saved searches and labels in Redis."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import redis
from profilesearch.errors import ChangedMeanwhile, InvalidRequest, NotKept, StoreError
from profilesearch.kept.everything import Kept
from profilesearch.kept.saved_search import SavedSearch
from profilesearch.kept.shortlist import Shortlist
from profilesearch.labels import InvalidLabel, Label, LabelOrigin
from profilesearch.settings import Settings
from profilesearch.store import BuildLock, Keys, Server, Store, connect
from profilesearch.store.labels import Labels
from tests.profilesearch.store.test_keys import everything

ME = "local"


@pytest.fixture
def store(server: Server) -> Store:
    return Store(server)


def test_a_shortlist_comes_and_goes(store: Store, client: redis.Redis) -> None:
    first = store.shortlists.add(ME, Shortlist("Nurses", "a nurse"))
    second = store.shortlists.add(ME, Shortlist("Teachers"))
    store.shortlists.change(ME, first.key, lambda each: each.keeping("p1", "One"))
    assert [each.name for each in store.shortlists.all(ME)] == ["Nurses", "Teachers"], "the latest changed first"
    assert store.shortlists.get(ME, first.key).ids == ("p1",)
    store.shortlists.remove(ME, second.key)
    store.shortlists.remove(ME, second.key)
    with pytest.raises(NotKept):
        store.shortlists.get(ME, second.key)
    with pytest.raises(NotKept):
        store.shortlists.change(ME, "nothing", lambda each: each)
    assert store.shortlists.all("somebody-else") == []
    assert {key.decode() for key in client.keys()} == {"profiles:shortlists:local"}
    client.hset("profiles:shortlists:local", "broken", "{")
    assert len(store.shortlists.all(ME)) == 1
    with pytest.raises(StoreError, match="damaged"):
        store.shortlists.get(ME, "broken")
    store.shortlists.remove(ME, "broken")
    with pytest.raises(NotKept):
        store.shortlists.get(ME, "broken")


def test_an_address_is_made_and_ended(store: Store, client: redis.Redis) -> None:
    key = store.shortlists.add(ME, Shortlist("Nurses")).key
    token = store.shortlists.share(ME, key).token
    assert len(token) == 32 and store.shortlists.share(ME, key).token == token
    assert store.shortlists.by_token(token).key == key
    store.shortlists.unshare(ME, key)
    again = store.shortlists.share(ME, key).token
    assert again != token
    for wrong in (token, "", "x", "\udcff"):
        with pytest.raises(NotKept):
            store.shortlists.by_token(wrong)
    client.hset("profiles:shared", token, f"{ME} {key}")
    with pytest.raises(NotKept):
        store.shortlists.by_token(token)
    store.shortlists.remove(ME, key)
    assert not client.hexists("profiles:shared", again)


def test_what_is_written_is_checked(store: Store) -> None:
    for wrong in (Shortlist(""), Shortlist("x", "q" * 9000), Shortlist("x", key="no key"), Shortlist("\ud800")):
        with pytest.raises(InvalidRequest):
            store.shortlists.add(ME, wrong)
    for owner in ("", "a:b", "x" * 65):
        with pytest.raises(ValueError, match="owner"):
            store.shortlists.all(owner)
    for number in range(200):
        store.shortlists.add(ME, Shortlist(f"list {number}"))
    with pytest.raises(InvalidRequest, match="at most 200"):
        store.shortlists.add(ME, Shortlist("one more"))


def test_nothing_is_lost_when_many_change_one_shortlist(store: Store, redis_url: str) -> None:
    """Each keeps, notes and hides people of its own, and all put everybody in order: who was too late was told so."""
    key = store.shortlists.add(ME, Shortlist("Nurses")).key
    arranged: list[bool] = []

    def work(number: int) -> None:
        mine = Store(connect(Settings(redis_url=redis_url))).shortlists
        for step in range(10):
            id_ = f"p{number}-{step}"
            mine.change(ME, key, lambda each, id_=id_: each.keeping(id_, "x"))  # type: ignore[misc]
            mine.change(ME, key, lambda each, id_=id_: each.noted(id_, f"note of {id_}", 0))  # type: ignore[misc]
            mine.change(ME, key, lambda each, id_=id_: each.hiding(f"h{id_}", "x"))  # type: ignore[misc]
            if step % 3 == 0:
                mine.change(ME, key, lambda each, id_=id_: each.leaving(id_))  # type: ignore[misc]
            before = mine.get(ME, key)
            try:
                mine.change(ME, key, lambda each, seen=before: each.ordered(seen.ids[::-1], seen.revision))  # type: ignore[misc]
                arranged.append(True)
            except ChangedMeanwhile:
                arranged.append(False)

    side_by_side([lambda number=number: work(number) for number in range(6)])  # type: ignore[misc]
    after = store.shortlists.get(ME, key)
    assert sorted(after.ids) == sorted(f"p{number}-{step}" for number in range(6) for step in range(10) if step % 3)
    assert all(each.note == f"note of {each.id}" for each in after.people)
    assert len(after.hidden) == 60 and after.revision == sum(arranged) > 0 and len(arranged) == 60


def side_by_side(work: list[Callable[[], None]]) -> None:
    failed: list[BaseException] = []

    def run(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed


def test_of_two_who_name_it_at_once_one_is_told(store: Store) -> None:
    key = store.shortlists.add(ME, Shortlist("Nurses")).key
    refused: list[str] = []
    barrier = threading.Barrier(4)

    def rename(name: str) -> None:
        barrier.wait()
        try:
            store.shortlists.change(ME, key, lambda each: each.renamed(name, 0))
        except ChangedMeanwhile as error:
            refused.append(error.field)

    side_by_side([lambda name=name: rename(name) for name in "abcd"])  # type: ignore[misc]
    assert refused == ["name"] * 3 and store.shortlists.get(ME, key).revision == 1


def test_saved_searches(store: Store) -> None:
    search = SavedSearch("nurses", (("q", "nurse"), ("location", "Berlin")))
    assert store.searches.add(ME, search) and not store.searches.add(ME, SavedSearch("other", (), key=search.key))
    assert store.searches.looked(ME, search.key, ["p1", "p2"]).seen == ("p1", "p2")
    assert store.searches.get(ME, search.key).new(["p1", "p3"]) == ["p3"]
    assert [each.name for each in store.searches.all(ME)] == ["nurses"]
    assert store.searches.forget(ME, "p1") == 1 and store.searches.get(ME, search.key).seen == ("p2",)
    store.searches.remove(ME, search.key)
    with pytest.raises(NotKept):
        store.searches.looked(ME, search.key, [])


def test_labels_are_said_once_said_otherwise_and_taken_back(store: Store, client: redis.Redis) -> None:
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    label = Label("a nurse", 1, "p1", labeller=ME, labelled_at=moment, version="v3", origin=LabelOrigin.PAGE)
    assert [store.labels.add(ME, [label, label]), store.labels.add(ME, [label])] == [1, 0]
    assert list(store.labels.each(ME)) == [label]
    assert store.labels.add(ME, [Label("a nurse", 0, "p1"), Label("a nurse", 2, "p2"), Label("other", 0, "p1")]) == 3
    assert store.labels.grades(ME, "a nurse", ["p1", "p2", "p3"]) == {"p1": 0, "p2": 2}
    assert store.labels.grades(ME, " a nurse\n", ["p1"]) == {"p1": 0}
    assert {each.profile_id for each in store.labels.each(ME, "a nurse")} == {"p1", "p2"}
    assert store.labels.remove(ME, "a nurse", ["p1", "p3"]) == 1 and store.labels.remove(ME, "a nurse", ["p1"]) == 0
    assert client.hkeys("profiles:labels:local:queries") and store.labels.grades(ME, "other", ["p1"]) == {"p1": 0}
    assert store.labels.forget(ME, "p1") == 1 and store.labels.remove(ME, "a nurse", ["p2"]) == 1
    assert client.keys("profiles:labels*") == [], "texts go with their last label"


def test_texts_that_were_judged_are_labels_too(store: Store) -> None:
    labels = [Label("q", 1, text="a text", labelled_at=datetime(2026, 1, 1, tzinfo=UTC)), Label("q", 0, ":text:x")]
    assert store.labels.add(ME, labels) == 2
    assert store.labels.forget(ME, "x") == 0
    assert {(each.text, each.profile_id) for each in store.labels.each(ME)} == {("a text", ""), ("", ":text:x")}
    assert store.labels.forget(ME, ":text:x") == 1


def test_labels_are_bounded(server: Server) -> None:
    labels = Labels(server, Keys(), most=3)
    assert labels.add(ME, [Label("q", 1, f"p{number}") for number in range(3)]) == 3
    assert labels.add(ME, [Label("q", 0, "p1")]) == 1, "to say it otherwise needs no room"
    with pytest.raises(InvalidRequest, match="at most 3"):
        labels.add(ME, [Label("q", 1, "p0"), Label("q", 1, "p9")])
    assert len(list(labels.each(ME))) == 3 and labels.grades(ME, "q", ["p0"]) == {"p0": 1}
    for wrong in (
        Label("q" * 9000, 1, "p1"),
        Label("q", 4, "p1"),
        Label("q", 1, "p" * 600),
        Label("q", 1, text="t" * 30_000),
    ):
        with pytest.raises(InvalidRequest):
            labels.add(ME, [wrong])


QUERIES, IDS = ["a", "b"], ["p1", "p2", "p3"]
STEPS = st.lists(
    st.tuples(st.sampled_from(QUERIES), st.sampled_from(IDS), st.sampled_from([0, 1, None, "forget"])), max_size=25
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_labels_are_what_a_dictionary_would_be(
    store: Store, client: redis.Redis, steps: list[tuple[str, str, int | str | None]]
) -> None:
    client.flushall()
    expected: dict[tuple[str, str], int] = {}
    for query, id_, said in steps:
        if isinstance(said, int):
            store.labels.add(ME, [Label(query, said, id_)])
            expected[query, id_] = said
        elif said is None:
            assert store.labels.remove(ME, query, [id_]) == (expected.pop((query, id_), None) is not None)
        else:
            gone = [pair for pair in expected if pair[1] == id_]
            assert store.labels.forget(ME, id_) == len(gone)
            expected = {pair: grade for pair, grade in expected.items() if pair not in gone}
    assert {(each.query, each.profile_id): each.grade for each in store.labels.each(ME)} == expected
    texts = {query for query, _ in expected}
    assert client.hlen("profiles:labels:local:queries") == 2 * len(texts)


def test_no_build_and_no_removal_of_a_version_touches_what_is_kept(store: Store, server: Server) -> None:
    store.shortlists.share(ME, store.shortlists.add(ME, Shortlist("Nurses").keeping("p1", "One")).key)
    store.searches.add(ME, SavedSearch("nurses", (("q", "nurse"),), seen=("p1",)))
    store.labels.add(ME, [Label("a nurse", 1, "p1")])
    before = store.kept.read(ME)
    with BuildLock(server) as lock:
        everything(store.locked(lock), lock)
    assert store.versions.live_name() == "v2" and store.kept.read(ME) == before


def test_everything_is_given_out_taken_in_and_forgotten(store: Store, client: redis.Redis) -> None:
    key = store.shortlists.add(ME, Shortlist("Nurses").keeping("p1", "One").hiding("p2", "Two")).key
    store.shortlists.share(ME, key)
    store.searches.add(ME, SavedSearch("nurses", (("q", "nurse"),), seen=("p1",)))
    store.labels.add(ME, [Label("a nurse", 1, "p1")])
    kept = store.kept.read(ME)
    assert kept.shortlists[0].token == ""
    assert store.kept.add(ME, kept) == {"shortlists": 0, "searches": 0, "labels": 0}, "nothing is missing"
    store.labels.add(ME, [Label("a nurse", 0, "p1")])
    assert store.kept.add(ME, kept)["labels"] == 0 and store.labels.grades(ME, "a nurse", ["p1"]) == {"p1": 0}
    client.flushall()
    assert store.kept.add(ME, kept) == {"shortlists": 1, "searches": 1, "labels": 1}
    assert store.kept.read(ME) == kept
    assert store.kept.forget(ME, "p1") == {"shortlists": 1, "searches": 1, "labels": 1, "damaged": 0}
    assert b"p1" not in b"".join(client.hvals("profiles:shortlists:local") + client.hvals("profiles:searches:local"))


def test_to_say_the_same_again_changes_nothing(store: Store) -> None:
    label = Label("a nurse", 1, "p1")
    assert [store.labels.add(ME, [label]) for _ in range(3)] == [1, 0, 0]
    (before,) = store.labels.each(ME)
    assert store.labels.add(ME, [replace(label, grade=0)]) == 1
    (after,) = store.labels.each(ME)
    assert before.labelled_at and after.labelled_at and after.labelled_at > before.labelled_at and after.grade == 0


@pytest.mark.parametrize("label", [("a \ud800 nurse", "p1"), ("a nurse", "p\ud800")])
def test_half_of_a_character_is_no_label(label: tuple[str, str]) -> None:
    with pytest.raises(InvalidLabel, match="half of a character"):
        Label(label[0], 1, label[1])


def test_what_was_said_twice_in_one_batch_takes_one_place(store: Store, server: Server) -> None:
    few = Labels(server, Keys(), most=2)
    said = [Label("a nurse", grade, "p1") for grade in (1, 0, 1, 0, 1)]
    assert few.add(ME, said) == 1 and few.grades(ME, "a nurse", ["p1"]) == {"p1": 1}, "the last word counts"
    assert few.add(ME, [Label("a nurse", 1, "p2"), *said, Label("a nurse", 0, "p2")]) == 1
    with pytest.raises(InvalidRequest, match="at most 2"):
        few.add(ME, [Label("a nurse", 1, "p3")])


def test_many_labels_are_removed_and_forgotten_in_parts(store: Store, client: redis.Redis) -> None:
    ids = [f"p{number}" for number in range(1200)]
    store.labels.add(ME, (Label("a nurse", 1, id_) for id_ in ids))
    store.labels.add(ME, (Label(f"job {number}", 1, "p0") for number in range(1200)))
    client.config_resetstat()
    assert store.labels.remove(ME, "a nurse", ids[:1100]) == 1100
    assert store.labels.forget(ME, "p0") == 1200
    assert client.info("commandstats")["cmdstat_eval"]["calls"] == 6  # type: ignore[index]
    assert {label.profile_id for label in store.labels.each(ME)} == {*ids[1100:]}
    assert client.hlen("profiles:labels:local:queries") == 2


def test_what_is_damaged_is_counted_where_a_person_is_forgotten(store: Store, client: redis.Redis) -> None:
    store.shortlists.add(ME, Shortlist("Nurses").keeping("p1", "One"))
    client.hset("profiles:shortlists:local", "broken", '{"name": "p1"')
    client.hset("profiles:searches:local", "broken", "[]")
    assert store.kept.forget(ME, "p1") == {"shortlists": 1, "searches": 0, "labels": 0, "damaged": 2}
    assert len(store.kept.read(ME).shortlists) == 1 and list(store.kept.lines(ME))[1:], "and left out of a file"


def test_any_part_of_a_file_s_lines_is_taken_in(store: Store, client: redis.Redis) -> None:
    for number in range(3):
        store.shortlists.add(ME, Shortlist(f"list {number}").keeping("p1", "One", "v7"))
    store.searches.add(ME, SavedSearch("nurses", (("q", "nurse"),)))
    store.labels.add(ME, (Label("a nurse", 1, f"p{number}") for number in range(700)))
    before, lines = store.kept.read(ME), list(store.kept.lines(ME))
    client.flushall()
    added = [store.kept.add(ME, Kept.read(b"".join(lines[first : first + 100]))) for first in range(0, len(lines), 100)]
    assert sum(sum(each.values()) for each in added) == 704
    after = store.kept.read(ME)
    assert {each.key: each.people for each in after.shortlists} == {each.key: each.people for each in before.shortlists}
    assert sorted(map(repr, after.labels)) == sorted(map(repr, before.labels))
