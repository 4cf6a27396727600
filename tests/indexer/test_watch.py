"""Changes from the stream: applied, once or more with the same result, in their order, and never lost."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import redis
from indexer.encoders import SingleEncoder
from indexer.report import Report
from indexer.watch import Watcher, WatchOptions
from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder, load_encoder
from profilesearch.embedding.encoder import Progress
from profilesearch.row import Row
from profilesearch.settings import Settings
from profilesearch.store import Batch, BuildLock, KnnQuery, Server, Store, Upsert, VersionRecord, connect
from tests.encoders import StandIn
from tests.indexer.actors import Actor
from tests.indexer.conftest import Warm
from tests.servers import ROOT, RedisLocal, environment, wait_until

STREAM, REJECTED = "profiles:changes", "profiles:rejected"


@pytest.fixture(scope="session")
def small(small_model: Path, cache: Path) -> Encoder:
    return CachedEncoder(str(small_model), lambda: load_encoder(str(small_model)), EmbeddingCache(cache), None)


@pytest.fixture
def live(warm: Warm, small_model: Path, client: redis.Redis, redis_url: str, tmp_path: Path) -> Store:
    """A store with 30 people in v1."""
    source = tmp_path / "people.jsonl"
    source.write_text("".join(json.dumps({"id": f"p{n}", "headline": f"h{n}", "text": f"word{n}", "city": "Köln"}) + "\n" for n in range(30)))  # fmt: skip
    status, _, err = warm.run(redis_url, "build", str(source), "--model", str(small_model), "--long-texts", "cut", "--tag-fields", "city",
                              "--clusters", "3")  # fmt: skip
    assert status == 0, err
    return Store(connect(Settings(redis_url=redis_url)))


def upsert(client: redis.Redis, id_: str, text: str, **more: Any) -> bytes:
    row = {"headline": text, "text": text, **more}
    entry: bytes = client.xadd(STREAM, {"op": "upsert", "id": id_, "profile": json.dumps(row)})
    return entry


def delete(client: redis.Redis, id_: str) -> bytes:
    entry: bytes = client.xadd(STREAM, {"op": "delete", "id": id_})
    return entry


class Heard(Report):
    """A report that remembers which warnings there were."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []

    def warn(self, key: str, **values: Any) -> None:
        self.warnings.append(key)
        super().warn(key, **values)


@contextmanager
def watching(store: Store, encoder: Encoder, report: Report | None = None, **options: Any) -> Iterator[Watcher]:
    watcher = Watcher(WatchOptions(**options), store, SingleEncoder(encoder), report or Report())
    thread = threading.Thread(target=watcher.run)
    thread.start()
    try:
        yield watcher
    finally:
        watcher.stop.set()
        thread.join(20)
    assert not thread.is_alive()


def settled(client: redis.Redis) -> bool:
    group = client.xinfo_groups(STREAM)[0]
    return group["pending"] == 0 and group["lag"] in (0, None) if "lag" in group else group["pending"] == 0 and (
        group["last-delivered-id"] == client.xinfo_stream(STREAM)["last-generated-id"])  # fmt: skip


def test_upserts_and_deletes_are_applied(live: Store, small: Encoder, client: redis.Redis) -> None:
    with watching(live, small) as watcher:
        upsert(client, "new", "zebra keeper", city="Bonn")
        upsert(client, "p1", "word1 changed")
        delete(client, "p2")
        delete(client, "nobody")
        wait_until(lambda: watcher.applied == 4, what="four changes")
    record = live.versions.live()
    hit, vector = live.profiles.one(record, "new")
    assert hit.tags == {"city": ("Bonn",)} and np.allclose(vector, small.encode_documents(["zebra keeper\nzebra keeper"])[0], atol=1e-5)  # fmt: skip
    assert hit.cluster == live.clusters.model(record).predict(vector[None])[0]
    assert live.rank(record, KnnQuery(vector, 1))[0].id == "new"
    assert not client.exists("profile:v1:p2") and b"city" not in client.hgetall("profile:v1:p1")
    assert record.profiles == 30 and record.changed == 4
    assert sum(live.clusters.model(record).sizes) == 30


def test_what_is_no_utf8_or_nested_deeply_is_put_aside_as_it_came(
    live: Store, small: Encoder, client: redis.Redis
) -> None:
    latin = '{"text": "Müller"}'.encode("latin-1")
    bad = [
        (
            {b"op": b"upsert", b"id": b"p1", b"profile": latin},
            "profile: expected UTF-8 text, got invalid UTF-8 at byte 12",
        ),
        ({b"op": b"upsert", b"id": b"M\xfcller", b"profile": b'{"text": "x"}'}, "id: expected UTF-8 text"),
        ({b"op": b"delete", b"id": b"M\xfcller"}, "id: expected UTF-8 text"),
        ({b"op": b"\xff", b"id": b"p1", b"\xfc": b"\xfc"}, "op: expected"),
        (
            {b"op": b"upsert", b"id": b"p1", b"profile": b'{"a":' * 900 + b"1" + b"}" * 900},
            "profile: expected at most 32",
        ),
    ]
    for fields, _ in bad:
        client.xadd(STREAM, fields)
    upsert(client, "good", "fine")
    with watching(live, small) as watcher:
        wait_until(lambda: watcher.applied == 1 and watcher.rejected == len(bad), what="all handled")
    for (fields, reason), (_, rejection) in zip(bad, client.xrange(REJECTED), strict=True):
        assert reason in rejection[b"reason"].decode()
        assert set(fields.values()) <= set(rejection.values())
    assert client.exists("profile:v1:good") and client.hget("profile:v1:p1", "text").startswith(b"word1")


def test_what_cannot_be_applied_is_put_aside_with_its_reason(live: Store, small: Encoder, client: redis.Redis) -> None:
    bad = [
        ({"op": "rename", "id": "p1"}, "op: expected upsert or delete"),
        ({"op": "delete"}, "id: expected an id"),
        ({"op": "upsert", "id": "p1", "profile": "{"}, "profile: expected a JSON object"),
        ({"op": "upsert", "id": "p1", "profile": "[1]"}, "profile: expected a JSON object"),
        ({"op": "upsert", "id": "p1", "profile": '{"city": "x"}'}, "no text"),
        ({"op": "upsert", "id": "p1", "profile": '{"id": "p2", "text": "x"}'}, "the id that the change names"),
        ({"what": "ever"}, "op: expected"),
    ]
    entries = [client.xadd(STREAM, fields) for fields, _ in bad]
    upsert(client, "good", "fine")
    with watching(live, small) as watcher:
        wait_until(lambda: watcher.applied == 1 and watcher.rejected == len(bad), what="all handled")
    told = client.xrange(REJECTED)
    assert len(told) == len(bad)
    for (fields, reason), entry, (_, found) in zip(bad, entries, told, strict=True):
        assert found[b"entry"] == entry and reason in found[b"reason"].decode()
        for name, value in fields.items():
            assert value.encode() in (found.get(name.encode()), found.get(b"field:" + name.encode()))
    assert client.exists("profile:v1:good") and client.xpending(STREAM, "indexer")["pending"] == 0


def test_what_a_dead_consumer_left_is_taken_over_and_does_not_undo_what_is_newer(live: Store, small: Encoder, client: redis.Redis) -> None:  # fmt: skip
    live.changes.stream.join("indexer")
    upsert(client, "p1", "old text")
    upsert(client, "left", "left behind")
    assert len(live.changes.stream.take("indexer", "dead", 10, 0.1)) == 2
    upsert(client, "p1", "new text")
    with watching(live, small, claim_after=0.5) as watcher:
        wait_until(lambda: watcher.applied == 3, what="new and left changes")
        wait_until(lambda: client.xpending(STREAM, "indexer")["pending"] == 0, what="nothing pending")
    assert client.hget("profile:v1:p1", "text") == b"new text\nnew text" and client.exists("profile:v1:left")
    assert not client.exists("profiles:applied")
    assert client.xlen(STREAM) <= 1


def test_a_consumer_of_the_same_name_goes_on_where_it_was(live: Store, small: Encoder, client: redis.Redis) -> None:
    live.changes.stream.join("indexer")
    upsert(client, "p1", "pending text")
    assert live.changes.stream.take("indexer", "me", 10, 0.1)
    with watching(live, small, consumer="me", claim_after=1000.0) as watcher:
        wait_until(lambda: watcher.applied == 1, what="its own pending change")
    assert client.hget("profile:v1:p1", "headline") == b"pending text"


@pytest.mark.parametrize("seed", [1, 2])
def test_several_consumers_that_come_and_go_end_where_the_stream_says(
    live: Store, small: Encoder, client: redis.Redis, redis_url: str, seed: int
) -> None:
    """Whatever the interleaving, every id ends as its last entry says."""
    chance = random.Random(seed)
    expected: dict[str, bytes | None] = {}

    def produce() -> None:
        for number in range(400):
            id_ = f"x{chance.randrange(25)}"
            if chance.random() < 0.25:
                delete(client, id_)
                expected[id_] = None
            else:
                upsert(client, id_, f"text{number}")
                expected[id_] = f"text{number}".encode()

    live.changes.stream.join("indexer")
    producer = threading.Thread(target=produce)
    producer.start()
    for round_ in range(3):
        stores = [Store(connect(Settings(redis_url=redis_url))) for _ in range(2)]
        with (
            watching(stores[0], small, consumer=f"a{round_}", batch=7, claim_after=0.3) as one,
            watching(stores[1], small, consumer=f"b{round_}", batch=5, claim_after=0.3) as other,
        ):
            live.changes.stream.take("indexer", f"dead{round_}", 9, 0.2)
            wait_until(lambda: one.applied + other.applied >= 40 or settled(client), what="some changes")  # noqa: B023
    producer.join()
    with watching(live, small, claim_after=0.2):
        wait_until(lambda: settled(client), what="everything handled")
    for id_, headline in expected.items():
        assert client.hget(f"profile:v1:{id_}", "headline") == headline, (seed, id_)


def test_a_stream_that_is_removed_is_begun_again(
    live: Store, small: Encoder, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whatever moment: while it is read, and while it is tidied."""
    monkeypatch.setattr("indexer.watch._TIDY_SECONDS", 0.0)
    with watching(live, small) as watcher:
        for number in range(1, 101):
            upsert(client, "a", f"change {number}")
            wait_until(lambda: watcher.applied == number, what="the change")  # noqa: B023
            client.delete(STREAM)


@pytest.mark.parametrize("left", ["nothing", "a stream without groups"])
def test_what_was_removed_cannot_be_tidied(left: str, store: Store, client: redis.Redis) -> None:
    if left != "nothing":
        upsert(client, "a", "not read yet")
    store.changes.stream.tidy()
    assert client.exists(STREAM) == (left != "nothing") and client.exists("profiles:applied") == 0
    assert left == "nothing" or client.xlen(STREAM) == 1


def test_changes_wait_for_the_first_build(small: Encoder, client: redis.Redis, store: Store) -> None:
    store.changes.stream.join("indexer")
    upsert(client, "p1", "early")
    with watching(store, small) as watcher:
        wait_until(lambda: client.xpending(STREAM, "indexer")["pending"] == 1, what="the change waiting")
    assert watcher.applied == 0 and client.xpending(STREAM, "indexer")["pending"] == 1


@pytest.mark.parametrize("moment", ["from the beginning", "while it waits"])
def test_it_ends_at_once_while_nothing_is_live(small: Encoder, client: redis.Redis, store: Store, moment: str) -> None:
    """With entries of its own pending, it neither asks without pause nor goes on after it was stopped."""
    store.changes.stream.join("indexer")
    upsert(client, "p1", "early")
    assert store.changes.stream.take("indexer", "me", 10, 0.1)
    client.config_resetstat()
    with watching(store, small, consumer="me") as watcher:
        wait_until(lambda: client.info("commandstats").get("cmdstat_get", {}).get("calls", 0), what="its first look")
        if moment == "from the beginning":
            watcher.stop.set()
    calls = client.info("commandstats")["cmdstat_xreadgroup"]["calls"]
    assert calls < 20, "it asked again and again"
    assert client.xpending(STREAM, "indexer")["pending"] == 1


def test_it_pauses_after_each_look_while_nothing_is_live(
    small: Encoder, client: redis.Redis, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it asks for: its own pending entries, the stream, or which version is live."""

    class FivePauses(threading.Event):
        count = 0

        def wait(self, timeout: float | None = None) -> bool:
            assert timeout and timeout >= 1
            self.count += 1
            if self.count == 5:
                self.set()
            return self.is_set()

    store.changes.stream.join("indexer")
    upsert(client, "p1", "early")
    assert store.changes.stream.take("indexer", "me", 10, 0.1)
    watcher = Watcher(WatchOptions(consumer="me"), store, SingleEncoder(small), Report())
    watcher.stop = pauses = FivePauses()
    looks, live = 0, store.versions.all_live

    def counted() -> tuple[VersionRecord, ...]:
        nonlocal looks
        looks += 1
        assert looks <= pauses.count + 1, "it looked again without a pause"
        return live()

    monkeypatch.setattr(store.versions, "all_live", counted)
    client.config_resetstat()
    watcher.run()
    assert looks == 5 and client.info("commandstats")["cmdstat_xreadgroup"]["calls"] < 10


def test_a_version_of_the_same_name_is_read_anew(live: Store, small: Encoder, client: redis.Redis, redis_url: str, warm: Warm, small_model: Path, tmp_path: Path) -> None:  # fmt: skip
    """After FLUSHALL and a build the live version is v1 again, with other columns and clusters."""
    with watching(live, small) as watcher:
        upsert(client, "a", "before", city="Ulm")
        wait_until(lambda: watcher.applied == 1, what="the first change")
        client.flushall()
        source = tmp_path / "other.jsonl"
        source.write_text(
            "".join(json.dumps({"id": f"p{n}", "text": f"word{n}", "team": "red"}) + "\n" for n in range(9))
        )
        options = ("--model", str(small_model), "--tag-fields", "team", "--clusters", "2")
        status, _, err = warm.run(redis_url, "build", str(source), *options)
        assert status == 0 and live.versions.live_name() == "v1", err
        wait_until(lambda: client.exists(STREAM), what="the group begun again")
        upsert(client, "b", "after", city="Ulm", team="blue")
        wait_until(lambda: watcher.applied == 2, what="the second change")
    stored = client.hgetall("profile:v1:b")
    assert stored[b"team"] == b"blue" and b"city" not in stored and int(stored[b"cluster"]) < 2


def test_a_snapshot_of_another_version_of_the_same_name_is_not_applied(
    live: Store, small: Encoder, client: redis.Redis
) -> None:
    """Not even if it is exchanged between making a batch and applying it."""
    record = live.versions.live()
    client.hset("profiles:record:v1", "identity", "another")
    assert not live.changes.apply(record, Batch(deletes=["p1"])) and client.exists("profile:v1:p1")


POISON: dict[str, dict[str, str | bytes]] = {
    "deep": {"op": "upsert", "profile": '{"text": ' + "[" * 900 + "]" * 900 + "}"},
    "deeper": {"op": "upsert", "profile": "[" * 100_000},
    "a lone surrogate": {"op": "upsert", "profile": '{"text": "\\ud800", "city": "\\udfff"}'},
    "not a number": {"op": "upsert", "profile": '{"text": NaN, "city": {"a": 1}}'},
    "a number of 5,000 digits": {"op": "upsert", "profile": '{"text": ' + "9" * 5000 + "}"},
    "no UTF-8": {"op": "upsert", "profile": b'{"text": "\xff'},
    "what the model cannot stand": {"op": "upsert", "profile": '{"text": "cannot be embedded"}'},
}


@pytest.mark.parametrize("poison", POISON)
def test_a_poisonous_entry_harms_itself_alone(live: Store, small: Encoder, client: redis.Redis, poison: str) -> None:
    """Whatever it raises: it is put aside with a reason, and the good one before it, for the same id, is applied."""

    class Delicate(StandIn):
        name, fingerprint, dimension = small.name, small.fingerprint, small.dimension

        def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
            if any("cannot be embedded" in text for text in texts):
                raise MemoryError("too much for this model")
            return small.encode_documents(texts)

    upsert(client, "p1", "good before")
    entry = client.xadd(STREAM, {**POISON[poison], "id": "p1"})
    upsert(client, "p2", "good after")
    with watching(live, Delicate()) as watcher:
        wait_until(lambda: watcher.applied == 2 and watcher.rejected == 1, what="both good ones")
    assert client.hget("profile:v1:p1", "headline") == b"good before"
    assert client.hget("profile:v1:p2", "headline") == b"good after"
    ((_, told),) = client.xrange(REJECTED)
    assert told[b"entry"] == entry and 0 < len(told[b"reason"]) < 2000
    assert client.xpending(STREAM, "indexer")["pending"] == 0


@pytest.mark.parametrize("damage", ["x", "1.5", "0x10", "9" * 40, ""])
@pytest.mark.parametrize("name", ["changed", "count"])
def test_a_count_that_is_damaged_stops_nothing(live: Store, client: redis.Redis, damage: str, name: str) -> None:
    """It begins again; and where it numbers what a build must hear of, that build is not published."""
    client.set("profiles:building", "token")
    if name == "changed":
        client.hset("profiles:counters:v1", "changed", damage)
    else:
        client.set("profiles:changed:count", damage)
    record = live.versions.live()
    for id_ in ("p1", "p2"):
        assert live.changes.apply(record, Batch(deletes=[id_])) and not client.exists(record.key(id_))
    assert client.hget("profiles:counters:v1", "changed") == b"2"
    assert client.exists("profiles:building") == (name == "changed")


def test_an_entry_of_thousands_of_fields_or_many_megabytes_is_put_aside(
    live: Store, small: Encoder, client: redis.Redis
) -> None:
    """What is kept of it is bounded, and says how much was cut."""
    client.xadd(STREAM, {"op": "rename", **{f"f{n}": "x" for n in range(5000)}})
    client.xadd(STREAM, {"long" * 1000: "y" * 5_000_000, "op": "rename", "id": "p1"})
    upsert(client, "p1", "good")
    with watching(live, small) as watcher:
        wait_until(lambda: watcher.applied == 1 and watcher.rejected == 2, what="all three")
    (_, many), (_, large) = client.xrange(REJECTED)
    assert many[b"op"] == b"rename" and many[b"field:f1"] == b"x" and len(many) < 110
    assert int(many[b"cut_fields"]) == 5001 - 100
    assert large[b"id"] == b"p1" and large[b"cut_fields"] == b"1"
    assert 1_000_000 < sum(map(len, large.values())) < 4_100_000


def test_large_changes_are_applied_some_megabytes_at_a_time(
    live: Store, small: Encoder, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many are read at once: a transaction that holds all of them would keep everybody waiting."""
    monkeypatch.setattr("indexer.watch._TIDY_SECONDS", float("inf"))  # which runs scripts, too
    for number in range(5):
        upsert(client, f"p{number}", f"changed {number}", note="x" * 3_000_000)
    client.config_resetstat()
    with watching(live, small, batch=100) as watcher:
        wait_until(lambda: watcher.applied == 5, what="all five")
        transactions = client.info("commandstats")["cmdstat_xack"]["calls"]  # once in each
    assert transactions == 3
    assert [client.hget(f"profile:v1:p{number}", "headline") for number in range(5)] == [
        b"changed %d" % number for number in range(5)
    ]


def test_own_entries_that_are_gone_are_looked_for_once(live: Store, small: Encoder, client: redis.Redis) -> None:
    """Not once for each batch: the list of what is pending may be long."""
    live.changes.stream.join("indexer")
    for number in range(40):
        upsert(client, f"p{number}", f"pending {number}")
    assert len(live.changes.stream.take("indexer", "me", 99, 0.1)) == 40
    client.config_resetstat()
    with watching(live, small, consumer="me", batch=2, claim_after=600) as watcher:
        wait_until(lambda: watcher.applied == 40, what="what was pending")
        calls = client.info("commandstats")["cmdstat_xreadgroup"]["calls"]
    assert calls < 60


def test_changes_come_to_a_build_some_hundred_at_a_time(store: Store, server: Server, client: redis.Redis) -> None:
    store.changes.pending.start(BuildLock(server))
    names = [f"p{number:04}" for number in range(450)]
    client.zadd("profiles:changed", {name: number for number, name in enumerate(names)})
    client.hset("profiles:changed:rows", mapping=dict.fromkeys(names, "{}"))
    seen: list[str] = []
    while (pending := store.changes.pending.some())[0]:
        marks, rows = pending
        assert list(marks) == list(rows) and len(marks) <= 200
        seen += marks
        store.changes.pending.settle(marks)
    assert seen == names


def test_what_a_batch_costs_does_not_grow_with_what_was_applied_before(
    live: Store, small: Encoder, client: redis.Redis
) -> None:
    """It reads, and watches, the entries of its own ids alone."""
    pipeline = client.pipeline(transaction=False)
    for number in range(20_000):
        pipeline.hset("profiles:applied", f"other{number}", "1-0")
    pipeline.execute()
    record, entry = live.versions.live(), "5-0"
    before = int(client.info("stats")["total_net_output_bytes"])
    for number in range(10):
        assert live.changes.apply(record, Batch(deletes=[f"p{number}"], entries={f"p{number}": entry}))
    assert int(client.info("stats")["total_net_output_bytes"]) - before < 20_000
    assert client.hget("profiles:applied", "p9") == b"5-0"


def test_a_batch_is_applied_whatever_others_apply_meanwhile(live: Store, redis_url: str, client: redis.Redis) -> None:
    """Between any two of its exchanges with Redis somebody else applies one: it need not begin again."""
    record, applied = live.versions.live(), []

    def work(server: Server, actor: Actor) -> None:
        applied.append(Store(server).changes.apply(record, Batch(deletes=["p1"], entries={"p1": "5-1"})))

    actor = Actor("watch", redis_url, work)
    for number in range(2, 20):
        if actor.done:
            break
        assert live.changes.apply(record, Batch(deletes=[f"p{number}"], entries={f"p{number}": f"5-{number}"}))
        actor.step()
    assert actor.crash is None and applied == [True] and not client.exists("profile:v1:p1")


def test_an_older_entry_never_undoes_a_newer_one(live: Store, client: redis.Redis) -> None:
    record = live.versions.live()
    assert live.changes.apply(record, Batch(deletes=["p1"], entries={"p1": "18446744073709551615-2"}))
    row = Row("p1", "h", "older")
    older = Upsert(row, 0, np.ones(32, np.float32), "{}")
    assert live.changes.apply(record, Batch([older], entries={"p1": "18446744073709551615-1"}))
    assert not client.exists("profile:v1:p1")
    assert live.changes.apply(record, Batch([older], entries={"p1": "18446744073709551615-3"}))
    assert client.hget("profile:v1:p1", "text") == b"older"


@pytest.mark.parametrize("how", ["a fixed name", "taken over"])
def test_entries_that_were_removed_from_the_stream_are_acknowledged(
    live: Store, small: Encoder, client: redis.Redis, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Somebody trimmed the stream while they were pending: nothing hinders tidying any more."""
    monkeypatch.setattr("indexer.watch._TIDY_SECONDS", 0.0)
    live.changes.stream.join("indexer")
    removed = [upsert(client, f"gone{number}", "gone") for number in range(5)]
    assert len(live.changes.stream.take("indexer", "me", 10, 0.1)) == 5
    client.xdel(STREAM, *removed)
    with watching(live, small, consumer="me" if how == "a fixed name" else "other", claim_after=0.1) as watcher:
        upsert(client, "p1", "fine")
        wait_until(lambda: watcher.applied == 1, what="the good change")
        wait_until(lambda: client.xpending(STREAM, "indexer")["pending"] == 0, what="nothing pending")
    assert not client.exists("profiles:applied") and client.xlen(STREAM) <= 1


def test_what_a_slower_group_still_needs_is_not_tidied(live: Store, client: redis.Redis) -> None:
    """An older entry that another group has not read yet must not undo what a faster one applied."""
    first = upsert(client, "p1", "older").decode()
    second = upsert(client, "p1", "newer").decode()
    for group in ("fast", "slow"):
        live.changes.stream.join(group)
    live.changes.stream.take("fast", "a", 10, 0.1)
    record = live.versions.live()
    assert live.changes.apply(record, Batch(deletes=["p1"], entries={"p1": second}, done=[first, second], group="fast"))
    live.changes.stream.tidy()
    assert client.hget("profiles:applied", "p1").decode() == second and client.xlen(STREAM) == 2


@pytest.mark.parametrize("moment", range(2))
def test_changes_during_a_rebuild_are_in_the_new_version(
    live: Store,
    small: Encoder,
    client: redis.Redis,
    redis_url: str,
    warm: Warm,
    small_model: Path,
    tmp_path: Path,
    moment: int,
) -> None:
    """Changes pour in all the time; after the switch the new version has every one of them."""
    source = tmp_path / "again.jsonl"
    source.write_text("".join(json.dumps({"id": f"p{n}", "headline": f"h{n}", "text": f"other{n}", "city": "Bonn"}) + "\n" for n in range(3000)))  # fmt: skip
    written: dict[str, bytes | None] = {}
    done = threading.Event()

    def produce() -> None:
        number = 0
        while not done.is_set():
            number += 1
            id_ = f"c{number % 40}"
            if number % 5 == 0:
                delete(client, id_)
            else:
                upsert(client, id_, f"text{number}", city="Ulm")
            written[id_] = None if number % 5 == 0 else f"text{number}".encode()
            time.sleep(0.004)

    producer = threading.Thread(target=produce)
    with watching(live, small, batch=3 + moment):
        producer.start()
        status, _, err = warm.run(redis_url, "build", str(source), "--model", str(small_model), "--tag-fields", "city")
        assert status == 0 and "changes that came during the build are in it" in err, err
        last = client.xinfo_stream(STREAM)["last-generated-id"]
        wait_until(lambda: client.xinfo_stream(STREAM)["last-generated-id"] != last, what="changes after the switch")
        done.set()
        producer.join()
        wait_until(lambda: settled(client), what="everything handled")
    assert live.versions.live_name() == "v2"
    for id_, headline in written.items():
        assert client.hget(f"profile:v2:{id_}", "headline") == headline, id_
    assert not client.exists("profiles:building", "profiles:changed", "profiles:changed:rows")


def test_changes_are_searchable_and_sigterm_ends_cleanly(built: str, sample: Path, encoder: Encoder) -> None:
    """With the real model, in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "indexer", "watch", "--json"], cwd=ROOT, env=environment(built),
                               stderr=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    assert process.stderr is not None and process.stdout is not None
    store = Store(connect(Settings(redis_url=built)))
    with redis.Redis.from_url(built, protocol=2) as client:
        try:
            wait_until(lambda: client.exists(STREAM) or process.poll() is not None, 120, "the watcher joining")
            assert process.poll() is None
            for number in range(5):
                text = f"Keeper number {number} of penguins and walruses in a zoo"
                query = encoder.encode_queries([text])[0]
                upsert(client, f"zoo{number}", text, about=text, role=["keeper"])
                wait_until(lambda: f"zoo{number}" in [c.id for c in store.rank(store.versions.live(), KnnQuery(query, 5))])  # noqa: B023  # fmt: skip
            for number in range(300):
                upsert(client, f"zoo{number}", f"Keeper of animal {number}")
            wait_until(lambda: client.exists("profile:v1:zoo5"), what="the first of them")
            os.kill(process.pid, signal.SIGTERM)
            out, _ = process.communicate(timeout=60)
            assert process.returncode == 0
            told = json.loads(out)
            assert told["applied"] + client.xpending(STREAM, "indexer")["pending"] <= 305
            pending = client.xpending(STREAM, "indexer")["pending"]
            assert pending == 0, "a batch that was begun is finished"
        finally:
            process.kill()
            process.wait()
            process.stderr.close()
            process.stdout.close()


def test_watching_goes_on_after_redis_was_away(small: Encoder, small_model: Path, warm: Warm, tmp_path: Path) -> None:
    server = RedisLocal(tmp_path / "redis").start()
    try:
        url = f"redis://127.0.0.1:{server.port}/0"
        source = tmp_path / "people.jsonl"
        source.write_text('{"id": "p1", "text": "one"}\n{"id": "p2", "text": "two"}\n')
        assert warm.run(url, "build", str(source), "--model", str(small_model))[0] == 0
        heard = Heard()
        with watching(Store(connect(Settings(redis_url=url), patience=0.2)), small, heard) as watcher:
            with server.client() as client:
                upsert(client, "a", "before")
                wait_until(lambda: watcher.applied == 1, what="the first change")
            server.stop()
            wait_until(lambda: any("unavailable" in key for key in heard.warnings), what="the watcher noticing")
            server.start()
            with server.client() as client:
                upsert(client, "b", "after")
                wait_until(lambda: watcher.applied == 2, what="the change after the restart")
                assert client.exists("profile:v1:b")
    finally:
        server.stop()
