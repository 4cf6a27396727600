"""Changes of the same index by several clients at once."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import redis
from redis_local.arguments import Arguments
from redis_local.catalog import Catalog
from redis_local.errors import CommandError
from redis_local.link import Address
from redis_local.schema_options import parse_create, parse_fields
from tests.servers import RedisLocal

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


def test_a_client_that_leaves_during_an_alteration_leaves_nothing_behind(run: Run, local: redis.Redis) -> None:
    def tracking() -> int:
        return sum("t" in client["flags"] for client in local.client_list())

    async def work(catalog: Catalog) -> None:
        before = tracking()
        altering = altered(catalog, b"n")
        deadline = asyncio.get_running_loop().time() + 60
        while tracking() == before and not altering.done() and asyncio.get_running_loop().time() < deadline:
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
