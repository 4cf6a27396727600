"""Builds, prunes, rollbacks, syncs and watchers between each other's steps, killed, cut off, and on damaged keys.

After every step: what is live answers with what belongs to it, nothing acknowledged is gone, nothing live or being built is
removed, and one bad entry harms itself alone. INTERLEAVINGS says how many runs of 30 steps.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import redis
from indexer.build.options import BuildOptions
from indexer.build.run import Tools, build
from indexer.columns import ColumnChoice
from indexer.encoders import SingleEncoder
from indexer.prune import prune
from indexer.report import Report
from indexer.rollback import roll_back
from indexer.sync import SyncOptions, sync
from indexer.watch import Watcher, WatchOptions
from profilesearch.embedding import CachedEncoder, EmbeddingCache
from profilesearch.embedding.encoder import Progress
from profilesearch.errors import NoLiveVersion, StoreError
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.settings import Settings
from profilesearch.store import Server, Store, connect
from profilesearch.vectors import unit_rows
from tests.indexer.actors import Actor, QuietLock

RUNS = int(os.environ.get("INTERLEAVINGS", "8"))
PEOPLE, SOURCES, STEPS = 12, 3, 30
GROUP = "indexer"
CONTROL = ("profiles:building", "profiles:changed", "profiles:changed:rows", "profiles:changed:count")
POISON = [
    {"op": "rename", "id": "p1"},
    {"op": "upsert", "id": "p1", "profile": "[" * 900 + "]" * 900},
    {"op": "upsert", "id": "p1", "profile": '{"text": ' + "[" * 900 + "]" * 900 + "}"},
    {"op": "upsert", "id": "p1", "profile": '{"text": "\\ud800"}'},
    {"op": "upsert", "id": "p1", "profile": "null"},
    {"op": "upsert", "id": "p1", "profile": '{"text": "poison for the model"}'},
    {"what": "ever"},
]


class Words:
    """An embedding model of eight dimensions: each word has a direction that its digest gives."""

    name, fingerprint, dimension, token_limit = "words", "words-1", 8, 256

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        return self.encode_queries(texts)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        if any("poison for the model" in text for text in texts):
            raise OverflowError("this model cannot stand that")
        rows = [np.sum([_direction(word) for word in ["", *text.split()]], axis=0) for text in texts]
        return unit_rows(np.array(rows, np.float32))


def _direction(word: str) -> np.ndarray:
    return np.frombuffer(hashlib.blake2b(word.encode(), digest_size=8).digest(), np.uint8).astype(np.float32) - 127.5


def texts(source: int) -> dict[str, str]:
    return {f"p{n}": f"word{n % 4} of source{source}" for n in range(PEOPLE)}


class Observed(Actor):
    """An actor, and what the model knows of it: what it works on, and how things were when it began."""

    damages: int
    about: dict[str, Any]
    begun: int | None
    resumes: set[str]


class Interleavings(RuleBasedStateMachine):
    """The model: what each version holds, and every change in the order in which it was done."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        super().__init__()
        self.url = redis_url
        self.folder = folder
        self.client = redis.Redis.from_url(redis_url, protocol=2)
        self.client.flushall()
        self.store = Store(connect(Settings(redis_url=redis_url)))
        self.newcomer = Store(Server(self.client))
        self.cache = EmbeddingCache(folder)
        self.pipeline = SearchPipeline(Words(), self.store)
        self.actors: list[Observed] = []
        self.content: dict[str, dict[str, str]] = {}
        self.live: str | None = None
        self.log: list[tuple[int, str, str | None]] = []  # when, id, text or None
        self.entries: dict[str, tuple[str, str | None]] = {}  # good ones: id and text
        self.poison: set[str] = set()
        self.for_the_model: set[str] = set()  # poison that the model alone notices
        self.acknowledged: set[str] = set()
        self.latest: dict[str, tuple[int, int]] = {}
        self.harmed: set[str] = set()
        self.now = 0
        self.number = 0
        self.damages = 0
        for source in range(SOURCES):
            rows = [{"id": id_, "headline": text, "text": text} for id_, text in texts(source).items()]
            (folder / f"{source}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        self.store.changes.stream.join(GROUP)

    def teardown(self) -> None:
        for actor in self.actors:
            actor.kill()
        self.cache.close()
        self.client.close()

    # ------------------------------------------------------------ actors
    def start(self, kind: str, job: Callable[[Server, Actor], None], **about: Any) -> None:
        actor = Observed(kind, self.url, job)
        actor.damages, actor.begun, actor.about = self.damages, None, about
        self.actors.append(actor)

    def start_build(self, source: int) -> None:
        def job(server: Server, actor: Actor) -> None:
            lock = QuietLock(server, seconds=600)
            actor.token = lock.token
            words = Words()
            encoder = CachedEncoder("words", lambda: words, self.cache, None)
            options = BuildOptions(
                str(self.folder / f"{source}.jsonl"), ColumnChoice(text=("text",)), clusters=2, keep=1
            )
            build(options, Tools(Store(server), lock, self.cache, encoder, Report()))

        self.start("build", job, source=source)

    def locked(self, kind: str, work: Callable[[Store], object]) -> None:
        def job(server: Server, actor: Actor) -> None:
            with QuietLock(server, seconds=600) as lock:
                actor.token = lock.token
                work(Store(server).locked(lock))

        self.start(kind, job)

    def start_prune(self, source: int) -> None:
        self.locked("prune", lambda store: prune(store, 1, Report()))

    def start_rollback(self, source: int) -> None:
        self.locked("rollback", lambda store: roll_back(store, None))

    def start_sync(self, source: int) -> None:
        def job(server: Server, actor: Actor) -> None:
            sync(
                SyncOptions(str(self.folder / f"{source}.jsonl")),
                Store(server),
                SingleEncoder(Words()),
                self.folder,
                Report(),
            )

        self.start("sync", job, source=source)

    def start_watch(self, source: int) -> None:
        self.number += 1
        name = f"watcher{self.number}"

        def job(server: Server, actor: Actor) -> None:
            watcher = Watcher(WatchOptions(GROUP, name, 3, 0.0), Store(server), SingleEncoder(Words()), Report())

            def end(timeout: float | None = None) -> bool:
                watcher.stop.set()
                return False

            watcher.stop.wait = end  # type: ignore[method-assign]  # nothing is live: end
            watcher._step()

        self.start("watch", job)

    @initialize()
    def first(self) -> None:
        self.start_build(0)
        self.finish(self.actors[0])

    def move(self, actor: Observed) -> None:
        """One step, and what it means."""
        self.now += 1
        actor.step()
        if actor.kind == "build" and actor.begun is None and self.client.type("profiles:building") == b"string":
            if self.client.get("profiles:building").decode() == actor.token:
                actor.begun = self.now
                actor.resumes = {name for name in self.names() if name not in self.content}
        self.observe(actor)
        if actor.done:
            self.actors.remove(actor)
            self.judge(actor)

    def finish(self, actor: Observed) -> None:
        for _ in range(3000):
            if actor.done:
                return
            self.move(actor)
        raise AssertionError(f"{actor.kind} does not end")

    def judge(self, actor: Observed) -> None:
        if actor.crash is not None:
            raise AssertionError(f"{actor.kind} crashed") from actor.crash
        if actor.kind == "build" and actor.error is not None and actor.damages == self.damages:
            running = type(actor.error).__name__ == "BuildRunning"
            assert running, f"a build that kept its lock on whole keys failed: {actor.error}"

    # ------------------------------------------------------------ what is there
    def names(self) -> set[str]:
        return {key.decode().split(":")[2] for key in self.client.scan_iter("profiles:record:*", count=1000)}

    def actual(self, version: str) -> dict[str, str]:
        keys = list(self.client.scan_iter(f"profile:{version}:*", count=1000))
        rows = {key.decode().split(":", 2)[2]: self.client.hget(key, "text") for key in keys}
        return {id_: text.decode() for id_, text in rows.items()}

    def pointer(self) -> str | None:
        if self.client.type("profiles:live") != b"string":
            return None
        return str(self.client.get("profiles:live").decode())

    def observe(self, actor: Observed) -> None:
        before, self.live = self.live, self.pointer()
        if actor.kind == "watch":
            self.observe_entries()
        if self.live is None:
            return
        if self.live != before:
            self.observe_publishing(actor)
        elif actor.kind == "sync":
            known, actual = self.content[self.live], self.actual(self.live)
            for id_, text in actual.items():
                if known.get(id_) != text:
                    assert text == texts(actor.about["source"])[id_]
                    known[id_] = text
                    self.log.append((self.now, id_, text))

    def observe_entries(self) -> None:
        pending = {
            row["message_id"].decode() for row in self.client.xpending_range("profiles:changes", GROUP, "-", "+", 9999)
        }
        delivered = _order(self.client.xinfo_groups("profiles:changes")[0]["last-delivered-id"].decode())
        for entry in sorted({*self.entries, *self.poison}, key=_order):
            if entry in self.acknowledged or entry in pending or _order(entry) > delivered:
                continue
            self.acknowledged.add(entry)
            if entry in self.poison:
                continue
            id_, text = self.entries[entry]
            assert self.live is not None, "an entry was acknowledged while nothing was live"
            if _order(entry) < self.latest.get(id_, (0, 0)):
                continue
            self.latest[id_] = _order(entry)
            self.log.append((self.now, id_, text))
            known = self.content[self.live]
            known.pop(id_, None)
            if text is not None:
                known[id_] = text

    def observe_publishing(self, actor: Observed) -> None:
        """Another version is live: it holds its source, and every change since its build began."""
        assert actor.kind in ("build", "rollback"), actor.kind
        assert self.live is not None
        actual = self.actual(self.live)
        if actor.kind == "rollback":
            return  # what it holds was checked when it was live before
        assert actor.begun is not None
        source = texts(actor.about["source"])
        since = {id_: text for when, id_, text in self.log if when >= actor.begun}
        ever = {id_: {text for _, other, text in self.log if other == id_} for _, id_, _ in self.log}
        resumed = self.live in actor.resumes
        for id_ in {*source, *since, *ever}:
            allowed = {since[id_]} if id_ in since else {source.get(id_)} | (ever.get(id_, set()) if resumed else set())
            assert actual.get(id_) in allowed, (self.live, id_, actual.get(id_), allowed)
        self.content[self.live] = actual

    # ------------------------------------------------------------ rules
    @precondition(lambda self: len(self.actors) < 4)
    @rule(
        kind=st.sampled_from(["build", "build", "prune", "rollback", "sync", "watch", "watch"]),
        source=st.integers(0, SOURCES - 1),
    )
    def begin(self, kind: str, source: int) -> None:
        getattr(self, f"start_{kind}")(source)

    @precondition(lambda self: self.actors)
    @rule(which=st.integers(0, 3), steps=st.integers(1, 40))
    def advance(self, which: int, steps: int) -> None:
        actor = self.actors[which % len(self.actors)]
        for _ in range(steps):
            if not actor.done:
                self.move(actor)

    @precondition(lambda self: self.actors)
    @rule(which=st.integers(0, 3))
    def end(self, which: int) -> None:
        self.finish(self.actors[which % len(self.actors)])

    @precondition(lambda self: self.actors)
    @rule(which=st.integers(0, 3))
    def kill(self, which: int) -> None:
        self.actors.pop(which % len(self.actors)).kill()

    @rule()
    def cut_off(self) -> None:
        """Whoever has the lock is cut off for longer than it lives."""
        self.client.delete("profiles:build")

    @rule(id_=st.sampled_from(["p0", "p1", "p2", "new"]), delete=st.booleans())
    def change(self, id_: str, delete: bool) -> None:
        self.number += 1
        text = None if delete else f"word{self.number % 5} of change{self.number}"
        profile = {"profile": json.dumps({"headline": text, "text": text})} if text else {}
        fields = {"op": "delete" if delete else "upsert", "id": id_, **profile}
        self.entries[self.client.xadd("profiles:changes", fields).decode()] = (id_, text)

    @rule(fields=st.sampled_from(POISON))
    def poisonous(self, fields: dict[str, str]) -> None:
        entry = self.client.xadd("profiles:changes", fields).decode()
        self.poison.add(entry)
        if fields is POISON[-2]:
            self.for_the_model.add(entry)

    @rule(data=st.data())
    def damage(self, data: st.DataObject) -> None:
        names = sorted(self.names())
        records = [f"profiles:{kind}:{name}" for name in names for kind in ("record", "clusters", "counters")]
        key = data.draw(st.sampled_from([*records, "profiles:count", "profiles:versions", *CONTROL]))
        how = data.draw(st.sampled_from(["a field", "gone", "another type"]))
        self.damages += 1
        self.harmed.add(key.rsplit(":", 1)[1])
        if how == "gone":
            self.client.delete(key)
        elif how == "another type" or self.client.type(key) != b"hash":
            self.client.delete(key)
            self.client.rpush(key, "something else")
        else:
            field = data.draw(st.sampled_from(sorted(self.client.hkeys(key))))
            self.client.hset(key, field, data.draw(st.sampled_from([b"", b"garbage", b"-1", b"\xff", b"[[]]", b"99"])))

    # ------------------------------------------------------------ what always holds
    @invariant()
    def what_is_live_is_whole(self) -> None:
        if self.live is None:
            return
        assert self.pointer() == self.live
        assert self.actual(self.live) == self.content[self.live], self.live
        assert self.client.execute_command("FT.SEARCH", f"profiles:{self.live}", "*", "LIMIT", 0, 0) == [
            len(self.content[self.live])
        ]

    @invariant()
    def what_is_live_answers(self) -> None:
        self.newcomer.versions._seen = {}  # a process that has read nothing yet
        for pipeline in (self.pipeline, SearchPipeline(Words(), self.newcomer)):
            try:
                page = pipeline.search(SearchRequest("word1", k=50, mode="off"))
            except NoLiveVersion:
                assert self.live is None
            except StoreError:
                assert self.live in self.harmed
            else:
                found = {result.hit.id: result.hit.text for result in page.results}
                assert page.version.version == self.live and found == self.content[self.live]

    @invariant()
    def only_poison_is_rejected(self) -> None:
        """All of it, but for what a newer change of the same person made needless before the model was asked."""
        rejected = {fields[b"entry"].decode() for _, fields in self.client.xrange("profiles:rejected")}
        assert rejected <= self.poison & self.acknowledged
        done = [entry for entry, (id_, _) in self.entries.items() if id_ == "p1" and entry in self.acknowledged]
        for entry in (self.poison & self.acknowledged) - rejected:
            assert entry in self.for_the_model and any(_order(other) > _order(entry) for other in done)


def _order(entry: str) -> tuple[int, int]:
    time, number = entry.split("-")
    return int(time), int(number)


def test_nothing_is_lost_whatever_comes_between(
    redis_url: str, client: redis.Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexer.watch._WAIT_SECONDS", 0.001)
    profile = settings(
        max_examples=RUNS, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck),
        derandomize=RUNS < 100,
    )  # fmt: skip

    class Here(Interleavings):
        def __init__(self) -> None:
            super().__init__(redis_url, tmp_path)

    run_state_machine_as_test(Here, settings=profile)
