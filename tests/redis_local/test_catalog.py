"""Changes of the same index by several clients at once, and of definitions on a disk that is slow, full or gone."""

import asyncio
import contextlib
import json
import os
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import redis
from redis_local.arguments import Arguments
from redis_local.catalog import Catalog
from redis_local.errors import CommandError
from redis_local.feed import Feed
from redis_local.link import Address
from redis_local.schema_options import parse_create, parse_fields
from tests.redis_local.wire import pack
from tests.servers import RedisLocal, wait_until

Work = Callable[[Catalog], Coroutine[Any, Any, None]]
Run = Callable[[Work], None]


@pytest.fixture
def run(local: redis.Redis, server: RedisLocal, tmp_path: Path) -> Iterator[Run]:
    """Runs a coroutine on a catalog of its own, in whose one index are two thousand documents."""
    address = Address(path=local.config_get("unixsocket")["unixsocket"])
    with local.pipeline(transaction=False) as pipeline:
        for number in range(2000):
            pipeline.hset(f"p:{number}", mapping={"t": "a", "n": number})
        pipeline.execute()

    async def with_catalog(work: Work) -> None:
        catalog = Catalog(tmp_path / "catalog.json", address)
        await catalog.create(parse_create(Arguments([b"i", b"PREFIX", b"1", b"p:", b"SCHEMA", b"t", b"TAG"])))
        try:
            await work(catalog)
        finally:
            catalog.close()

    with ThreadPoolExecutor(1) as aside:  # the browser tests leave an event loop in this thread
        yield lambda work: aside.submit(asyncio.run, with_catalog(work)).result()


def altered(catalog: Catalog, field: bytes) -> "asyncio.Task[None]":
    """An FT.ALTER that has begun to read the documents."""
    feed = catalog.feeds["i"]
    definition = feed.index.definition.with_fields(parse_fields(Arguments([field, b"NUMERIC"])))
    return asyncio.ensure_future(catalog.replace(feed, definition))


def test_an_index_that_is_dropped_while_it_is_altered_stays_dropped(run: Run) -> None:
    async def work(catalog: Catalog) -> None:
        altering = altered(catalog, b"n")
        await asyncio.sleep(0)
        await catalog.drop(catalog.feeds["i"], False)
        with pytest.raises(CommandError, match="dropped or altered"):
            await altering
        assert not catalog.feeds

    run(work)


def test_of_two_alterations_at_once_none_is_lost_unsaid(run: Run) -> None:
    async def work(catalog: Catalog) -> None:
        results = await asyncio.gather(altered(catalog, b"n"), altered(catalog, b"m"), return_exceptions=True)
        assert sorted(map(type, results), key=str) == sorted([type(None), CommandError], key=str)
        assert len(catalog.feeds["i"].index.definition.fields) == 2

    run(work)


class Reading(Feed):
    """A feed that is never done with reading the documents, once it has been started."""

    started: asyncio.Event

    async def start(self) -> None:
        await super().start()
        self.whole = asyncio.Event()
        self.started.set()


@pytest.mark.parametrize("started", [False, True])
def test_a_client_that_leaves_during_an_alteration_leaves_nothing_behind(
    run: Run, local: redis.Redis, monkeypatch: pytest.MonkeyPatch, started: bool
) -> None:
    def tracking() -> int:
        return sum("t" in client["flags"] for client in local.client_list())

    async def work(catalog: Catalog) -> None:
        before = tracking()
        Reading.started = asyncio.Event()
        monkeypatch.setattr("redis_local.catalog.Feed", Reading)
        altering = altered(catalog, b"n")
        deadline = asyncio.get_running_loop().time() + 60
        if started:
            await asyncio.wait_for(Reading.started.wait(), 60)
        while tracking() == before and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0)
        altering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await altering
        while tracking() > before and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)
        assert tracking() == before
        assert len(catalog.feeds["i"].index.definition.fields) == 1

    run(work)


def test_an_index_that_is_dropped_twice_at_once(run: Run) -> None:
    async def work(catalog: Catalog) -> None:
        feed = catalog.feeds["i"]
        results = await asyncio.gather(catalog.drop(feed, True), catalog.drop(feed, True), return_exceptions=True)
        assert {str(result) for result in results} <= {
            "None",
            "ERR index i was dropped or altered by another client meanwhile",
        }
        assert "None" in {str(result) for result in results}

    run(work)


class SlowDisk:
    """os.fsync that does not return before it is let."""

    def __init__(self) -> None:
        self.entered, self.free = threading.Event(), threading.Event()
        self.calls = 0

    def fsync(self, descriptor: int) -> None:
        self.calls += 1
        self.entered.set()
        self.free.wait(10)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SlowDisk:
    disk = SlowDisk()
    monkeypatch.setattr("redis_local.definition_file.os.fsync", disk.fsync)
    return disk


def on_disk(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((path / "catalog.json").read_text())
    return content


async def until_entered(disk: SlowDisk) -> None:
    while not disk.entered.is_set():
        await asyncio.sleep(0.001)


def test_nothing_is_acknowledged_before_it_is_on_disk_and_nobody_waits_for_another_ones_write(
    run: Run, tmp_path: Path, disk: SlowDisk
) -> None:
    disk.free.set()

    async def work(catalog: Catalog) -> None:
        disk.free.clear()
        disk.entered.clear()
        calls = disk.calls
        changes = [asyncio.ensure_future(catalog.add_alias("first", "i", update=False))]
        await until_entered(disk)
        changes += [asyncio.ensure_future(catalog.add_alias(f"a{n}", "i", update=False)) for n in range(20)]
        assert await catalog.synced("first") is catalog.feeds["i"]
        assert await catalog.synced("a7") is catalog.feeds["i"]
        assert not any(change.done() for change in changes)
        disk.free.set()
        await asyncio.gather(*changes)
        assert on_disk(tmp_path)["aliases"] == catalog.aliases and len(catalog.aliases) == 21
        assert disk.calls == calls + 4, "the twenty are written at once, file and folder each"

    run(work)


def test_a_change_whose_client_leaves_during_the_write_is_written(run: Run, tmp_path: Path, disk: SlowDisk) -> None:
    disk.free.set()

    async def work(catalog: Catalog) -> None:
        disk.free.clear()
        disk.entered.clear()
        change = asyncio.ensure_future(catalog.drop(catalog.feeds["i"], False))
        await until_entered(disk)
        change.cancel()
        with pytest.raises(asyncio.CancelledError):
            await change
        disk.free.set()
        await catalog.settle()
        assert on_disk(tmp_path)["indexes"] == [] and not catalog.feeds

    run(work)


def test_a_flush_is_on_disk_before_a_command_sees_it(
    run: Run, local: redis.Redis, tmp_path: Path, disk: SlowDisk
) -> None:
    disk.free.set()

    async def work(catalog: Catalog) -> None:
        assert on_disk(tmp_path)["indexes"]
        disk.free.clear()
        disk.entered.clear()
        local.flushall()
        asked = asyncio.ensure_future(catalog.sync_flushes())
        await until_entered(disk)
        assert not catalog.feeds and not asked.done()
        disk.free.set()
        await asked
        assert on_disk(tmp_path)["indexes"] == []

    run(work)


def test_a_full_disk_refuses_the_change_and_the_next_write_has_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    async def work(catalog: Catalog) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("redis_local.definition_file.os.fsync", full)
            with pytest.raises(CommandError, match=r"catalog.json cannot be written \(No space left on device\)"):
                await catalog.add_alias("a", "i", update=False)
        assert on_disk(tmp_path)["aliases"] == {}
        await catalog.add_alias("b", "i", update=False)
        assert on_disk(tmp_path)["aliases"] == {"a": "i", "b": "i"}

    run(work)


def test_a_disk_that_hangs_keeps_only_those_waiting_who_change_definitions(tmp_path: Path) -> None:
    """A pipe takes the file's place: opening it waits for a reader, as a disk may."""
    server = RedisLocal(tmp_path / "data").start()
    pipe = server.directory / "indexes.tmp"
    try:
        with (
            server.client(socket_timeout=20) as client,
            socket.create_connection(("127.0.0.1", server.port), 20) as other,
        ):
            client.execute_command("FT.CREATE", "idx", "PREFIX", "1", "p:", "SCHEMA", "t", "TAG")
            client.hset("p:1", "t", "a")
            os.mkfifo(pipe)
            other.sendall(pack(("FT.ALIASADD", "live", "idx")))
            wait_until(lambda: found(client, "live"), what="the alias leading somewhere")
            assert client.ping() and found(client, "idx")
            other.setblocking(False)
            with pytest.raises(BlockingIOError):
                other.recv(1)
            with pipe.open() as reader:
                assert json.load(reader)["aliases"] == {"live": "idx"}
            other.settimeout(20)
            assert b"indexes.json cannot be written" in other.recv(1000)  # a pipe cannot be synced
            pipe.unlink(missing_ok=True)
            assert client.execute_command("FT.ALIASADD", "live2", "idx") == b"OK"
    finally:
        with contextlib.suppress(OSError):
            os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
        server.stop()


def found(client: redis.Redis, index: str) -> bool:
    with contextlib.suppress(redis.ResponseError):
        return bool(client.execute_command("FT.SEARCH", index, "@t:{a}", "NOCONTENT") == [1, b"p:1"])
    return False
