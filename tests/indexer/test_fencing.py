"""A build that was cut off for longer than its lock lives, and comes back when another one has been."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import redis
from indexer.build.options import BuildOptions
from indexer.build.run import Tools, build
from indexer.columns import ColumnChoice
from indexer.prune import prune
from indexer.report import Report
from indexer.rollback import roll_back
from profilesearch.embedding import CachedEncoder, EmbeddingCache
from profilesearch.errors import BuildRunning
from profilesearch.settings import Settings
from profilesearch.store import Server, Store, connect
from tests.indexer.actors import Actor, QuietLock
from tests.indexer.test_interleavings import Words

Start = Callable[..., Actor]

ROWS = 2400


@pytest.fixture
def start(redis_url: str, client: redis.Redis, tmp_path: Path) -> Iterator[Start]:
    """Starts builds of a source with so many rows that they are not written at once."""
    actors: list[Actor] = []
    caches: list[EmbeddingCache] = []

    def run(name: str, rows: int = ROWS) -> Actor:
        source = tmp_path / f"{name}.jsonl"
        source.write_text("".join(json.dumps({"id": f"p{n}", "text": f"{name} {n % 7}"}) + "\n" for n in range(rows)))
        cache = EmbeddingCache(tmp_path / "cache")
        caches.append(cache)

        def job(server: Server, actor: Actor) -> None:
            encoder = CachedEncoder("words", Words, cache, None)
            options = BuildOptions(str(source), ColumnChoice(text=("text",)), clusters=2, allow_shrink=True)
            build(options, Tools(Store(server), QuietLock(server, seconds=600), cache, encoder, Report()))

        actors.append(Actor("build", redis_url, job))
        return actors[-1]

    yield run
    for actor in actors:
        actor.kill()
    for cache in caches:
        cache.close()


def until(actor: Actor, true: Callable[[], object]) -> None:
    for _ in range(5000):
        if true():
            return
        assert not actor.done, actor.error or actor.crash
        actor.step()
    raise AssertionError("it did not come to that")


def finish(actor: Actor) -> None:
    for _ in range(5000):
        if actor.done:
            return
        actor.step()
    raise AssertionError("it does not end")


MOMENTS: dict[str, Callable[[redis.Redis], bool]] = {
    "before it writes": lambda client: client.exists("profiles:record:v2"),
    "while it writes": lambda client: 500 < int(client.hget("profiles:record:v2", "written") or 0) < ROWS,
    "before it publishes": lambda client: client.hget("profiles:record:v2", "state") == b"ready",
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("other", ["the same source", "another source"])
def test_nothing_is_written_or_published_once_another_build_began(
    start: Start, client: redis.Redis, redis_url: str, moment: str, other: str
) -> None:
    store = Store(connect(Settings(redis_url=redis_url)))
    finish(start("first", 50))
    late = start("late")
    until(late, lambda: MOMENTS[moment](client))
    client.delete("profiles:build")  # it was cut off, and its lock ended
    second = start("late" if other == "the same source" else "other")
    finish(second)
    assert second.error is None and second.crash is None
    live = store.versions.live()
    client.hset(live.key("p1"), "text", "changed since")
    before = {key: client.dump(key) for key in client.scan_iter(count=1000)}
    finish(late)
    assert isinstance(late.error, BuildRunning) and late.crash is None
    assert {key: client.dump(key) for key in client.scan_iter(count=1000)} == before
    assert store.versions.live() == live and store.indexes.wait(live).documents == ROWS


@pytest.mark.parametrize("job", ["prune", "rollback"])
def test_prune_and_rollback_that_were_cut_off_touch_nothing(
    start: Start, client: redis.Redis, redis_url: str, job: str
) -> None:
    store = Store(connect(Settings(redis_url=redis_url)))
    for name in ("first", "second"):
        finish(start(name, 30))

    def work(server: Server, actor: Actor) -> None:
        with QuietLock(server, seconds=600) as lock:
            locked = Store(server).locked(lock)
            prune(locked, 0, Report()) if job == "prune" else roll_back(locked, None)

    late = Actor(job, redis_url, work)
    try:
        until(late, lambda: client.exists("profiles:build"))
        late.step()
        client.delete("profiles:build")
        finish(start("third", 40))
        finish(late)
        assert isinstance(late.error, BuildRunning) and late.crash is None
    finally:
        late.kill()
    assert store.versions.live_name() == "v3" and {"v2", "v3"} <= store.versions.traces()
    assert roll_back(store, None).record.version == "v2"
