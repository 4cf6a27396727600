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
from indexer.models import make_default
from indexer.prune import prune
from indexer.report import Report
from indexer.rollback import roll_back
from indexer.sync import SyncOptions, sync
from indexer.watch import Watcher, WatchOptions
from profilesearch.embedding import CachedEncoder, EmbeddingCache
from profilesearch.embedding.encoder import Progress
from profilesearch.errors import NoLiveVersion, StoreError, UnknownModel
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.settings import Settings
from profilesearch.store import Server, Store, VersionRecord, connect
from profilesearch.vectors import unit_rows
from tests.indexer.actors import Actor, QuietLock

RUNS = int(os.environ.get("INTERLEAVINGS", "8"))
PEOPLE, SOURCES, STEPS = 12, 3, 30
GROUP = "indexer"
MODELS = ("words", "other words")
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
    """An embedding model of eight dimensions: each word has a direction that its digest gives, another for each model."""

    dimension, token_limit = 8, 256

    def __init__(self, name: str = "words") -> None:
        self.name, self.fingerprint = name, f"{name}-1"

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        return self.encode_queries(texts)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        if any("poison for the model" in text for text in texts):
            raise OverflowError("this model cannot stand that")
        rows = [np.sum([_direction(self.name + word) for word in ["", *text.split()]], axis=0) for text in texts]
        return unit_rows(np.array(rows, np.float32))


def _direction(word: str) -> np.ndarray:
    return np.frombuffer(hashlib.blake2b(word.encode(), digest_size=8).digest(), np.uint8).astype(np.float32) - 127.5


class Each:
    """The encoder of each model."""

    def of(self, record: VersionRecord) -> Words:
        return Words(record.model)


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
        self.pipelines = {model: SearchPipeline(Words(model), self.store) for model in MODELS}
        self.actors: list[Observed] = []
        self.content: dict[str, dict[str, str]] = {}
        self.live: str | None = None
        self.beside: dict[str, str] = {}  # versions that are live beside it, by model
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

    @property
    def lives(self) -> list[str]:
        return [] if self.live is None else [self.live, *self.beside.values()]

    def start_build(self, source: int, model: str, default: bool) -> None:
        def job(server: Server, actor: Actor) -> None:
            lock = QuietLock(server, seconds=600)
            actor.token = lock.token
            words = Words(model)
            encoder = CachedEncoder(model, lambda: words, self.cache, None)
            options = BuildOptions(
                str(self.folder / f"{source}.jsonl"), ColumnChoice(text=("text",)), clusters=2, keep=1, default=default
            )
            build(options, Tools(Store(server), lock, self.cache, encoder, Report()))

        self.start("build", job, source=source)

    def locked(self, kind: str, work: Callable[[Store], object]) -> None:
        def job(server: Server, actor: Actor) -> None:
            with QuietLock(server, seconds=600) as lock:
                actor.token = lock.token
                work(Store(server).locked(lock))

        self.start(kind, job)

    def start_prune(self, source: int, model: str, default: bool) -> None:
        self.locked("prune", lambda store: prune(store, 1, Report()))

    def start_default(self, source: int, model: str, default: bool) -> None:
        self.locked("default", lambda store: make_default(store, model, Report()))

    def start_rollback(self, source: int, model: str, default: bool) -> None:
        self.locked("rollback", lambda store: roll_back(store, None, model if self.live else ""))

    def start_sync(self, source: int, model: str, default: bool) -> None:
        def job(server: Server, actor: Actor) -> None:
            sync(
                SyncOptions(str(self.folder / f"{source}.jsonl")),
                Store(server),
                Each(),
                self.folder,
                Report(),
            )

        self.start("sync", job, source=source)

    def start_watch(self, source: int, model: str, default: bool) -> None:
        self.number += 1
        name = f"watcher{self.number}"

        def job(server: Server, actor: Actor) -> None:
            watcher = Watcher(WatchOptions(GROUP, name, 3, 0.0), Store(server), Each(), Report())

            def end(timeout: float | None = None) -> bool:
                watcher.stop.set()
                return False

            watcher.stop.wait = end  # type: ignore[method-assign]  # nothing is live: end
            watcher._step()

        self.start("watch", job)

    @initialize()
    def first(self) -> None:
        self.start_build(0, MODELS[0], False)
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

    def named(self) -> dict[str, str]:
        """What the hash says is live beside the default, as far as it can be read and names versions."""
        if self.client.type("profiles:live:models") != b"hash":
            return {}
        found = {model.decode(): version for model, version in self.client.hgetall("profiles:live:models").items()}
        names = {name.encode(): name for name in self.names()}
        return {model: names[version] for model, version in found.items() if version in names}

    def observe(self, actor: Observed) -> None:
        before = self.lives
        self.live, self.beside = self.pointer(), self.named()
        if actor.kind == "watch":
            self.observe_entries()
        for version in self.lives:
            if version not in before:
                self.observe_publishing(actor, version)
        if actor.kind == "sync" and self.lives == before:
            written = {}
            for version in self.lives:
                known, actual = self.content[version], self.actual(version)
                for id_, text in actual.items():
                    if known.get(id_) != text:
                        assert text == texts(actor.about["source"])[id_]
                        known[id_] = written[id_] = text
            self.log += [(self.now, id_, text) for id_, text in written.items()]

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
            for version in self.lives:
                self.content[version].pop(id_, None)
                if text is not None:
                    self.content[version][id_] = text

    def observe_publishing(self, actor: Observed, version: str) -> None:
        """Another version is live: it holds its source, and every change since its build began."""
        assert actor.kind in ("build", "rollback"), actor.kind
        actual = self.actual(version)
        if actor.kind == "rollback":
            return  # what it holds was checked when it was live before
        assert actor.begun is not None
        source = texts(actor.about["source"])
        since = {id_: text for when, id_, text in self.log if when >= actor.begun}
        ever = {id_: {text for _, other, text in self.log if other == id_} for _, id_, _ in self.log}
        resumed = version in actor.resumes
        for id_ in {*source, *since, *ever}:
            allowed = {since[id_]} if id_ in since else {source.get(id_)} | (ever.get(id_, set()) if resumed else set())
            assert actual.get(id_) in allowed, (version, id_, actual.get(id_), allowed)
        self.content[version] = actual

    # ------------------------------------------------------------ rules
    @precondition(lambda self: len(self.actors) < 4)
    @rule(
        kind=st.sampled_from(["build", "build", "build", "prune", "rollback", "default", "sync", "watch", "watch"]),
        source=st.integers(0, SOURCES - 1),
        model=st.sampled_from(MODELS),
        default=st.booleans(),
    )
    def begin(self, kind: str, source: int, model: str, default: bool) -> None:
        getattr(self, f"start_{kind}")(source, model, default)

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
        key = data.draw(
            st.sampled_from([*records, "profiles:count", "profiles:versions", "profiles:live:models", *CONTROL])
        )
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
        self.beside = self.named()  # it may have been damaged meanwhile
        assert self.pointer() == self.live
        for version in self.lives:
            assert self.actual(version) == self.content[version], version
            assert self.client.execute_command("FT.SEARCH", f"profiles:{version}", "*", "LIMIT", 0, 0) == [
                len(self.content[version])
            ]

    @invariant()
    def what_is_live_answers(self) -> None:
        self.newcomer.versions._seen = {}  # a process that has read nothing yet
        for store in (self.store, self.newcomer):
            for model in ("", *MODELS):
                try:
                    version = store.versions.live(model)
                    pipelines = self.pipelines if store is self.store else _fresh(store)
                    page = pipelines[version.model].pinned(version).search(SearchRequest("word1", k=50, mode="off"))
                except NoLiveVersion:
                    assert self.live is None
                except UnknownModel:
                    assert model not in self.beside
                except StoreError:
                    assert self.harmed & {"models", *self.lives}
                else:
                    found = {result.hit.id: result.hit.text for result in page.results}
                    assert page.version.version in self.lives and page.version.model == (model or page.version.model)
                    assert model or page.version.version == self.live
                    assert found == self.content[page.version.version]

    @invariant()
    def only_poison_is_rejected(self) -> None:
        """All of it, but for what a newer change of the same person made needless before the model was asked."""
        rejected = {fields[b"entry"].decode() for _, fields in self.client.xrange("profiles:rejected")}
        assert rejected <= self.poison & self.acknowledged
        done = [entry for entry, (id_, _) in self.entries.items() if id_ == "p1" and entry in self.acknowledged]
        for entry in (self.poison & self.acknowledged) - rejected:
            assert entry in self.for_the_model and any(_order(other) > _order(entry) for other in done)


def _fresh(store: Store) -> dict[str, SearchPipeline]:
    return {model: SearchPipeline(Words(model), store) for model in MODELS}


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
