"""A write is visible to the next FT.SEARCH of any connection, however it was made."""

import asyncio
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import redis
from redis_local.arguments import Arguments
from redis_local.catalog import Catalog
from redis_local.link import Address
from redis_local.schema_options import parse_create
from tests.servers import RedisLocal, redis_local

CREATE = ("FT.CREATE", "idx", "PREFIX", "1", "p:", "SCHEMA", "t", "TAG", "n", "NUMERIC")


def found(client: redis.Redis, query: str = "@t:{a}") -> set[str]:
    reply = client.execute_command("FT.SEARCH", "idx", query, "NOCONTENT", "LIMIT", "0", "1000", "DIALECT", "2")
    return {key.decode() for key in reply[1:]}


WRITES: dict[str, tuple[Callable[[redis.Redis], object], set[str]]] = {
    "HSET a new key": (lambda c: c.hset("p:9", "t", "a"), {"p:1", "p:2", "p:9"}),
    "HSET another value": (lambda c: c.hset("p:1", "t", "b"), {"p:2"}),
    "HMSET": (lambda c: c.execute_command("HMSET", "p:8", "t", "a"), {"p:1", "p:2", "p:8"}),
    "HSETNX": (lambda c: c.hsetnx("p:7", "t", "a"), {"p:1", "p:2", "p:7"}),
    "HDEL": (lambda c: c.hdel("p:1", "t"), {"p:2"}),
    "DEL": (lambda c: c.delete("p:1"), {"p:2"}),
    "UNLINK": (lambda c: c.unlink("p:1", "p:2"), set()),
    "EXPIRE at once": (lambda c: c.expire("p:1", 0), {"p:2"}),
    "PEXPIREAT in the past": (lambda c: c.pexpireat("p:2", 1), {"p:1"}),
    "RENAME away": (lambda c: c.rename("p:1", "q:1"), {"p:2"}),
    "RENAME within": (lambda c: c.rename("p:1", "p:6"), {"p:2", "p:6"}),
    "RENAME over": (lambda c: c.rename("p:3", "p:1"), {"p:2"}),
    "RENAMENX into the prefix": (lambda c: c.renamenx("q:5", "p:5"), {"p:1", "p:2", "p:5"}),
    "COPY": (lambda c: c.copy("p:1", "p:4"), {"p:1", "p:2", "p:4"}),
    "MOVE": (lambda c: c.move("p:1", 5), {"p:2"}),
    "DUMP and RESTORE": (lambda c: c.restore("p:4", 0, c.dump("p:1")), {"p:1", "p:2", "p:4"}),
    "EVAL": (lambda c: c.eval("redis.call('HSET', KEYS[1], 't', 'a') redis.call('DEL', KEYS[2])", 2, "p:4", "p:1"),
             {"p:2", "p:4"}),
    "MULTI": (lambda c: c.pipeline().hset("p:4", "t", "a").delete("p:2").execute(), {"p:1", "p:4"}),
    "SET over a hash": (lambda c: c.set("p:1", "now a string"), {"p:2"}),
    "SET then a hash": (lambda c: (c.set("p:1", "x"), c.delete("p:1"), c.hset("p:1", "t", "a")), {"p:1", "p:2"}),
    "SWAPDB": (lambda c: c.swapdb(0, 7), set()),
    "a key that is another's prefix": (lambda c: c.hset("p", "t", "a"), {"p:1", "p:2"}),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
def test_the_next_search_sees(local: redis.Redis, server: RedisLocal, name: str) -> None:
    write, expected = WRITES[name]
    for key, value in (("p:1", "a"), ("p:2", "a"), ("p:3", "b"), ("q:5", "a")):
        local.hset(key, "t", value)
    local.execute_command(*CREATE)
    while float(dict(zip(*[iter(local.execute_command("FT.INFO", "idx"))] * 2, strict=True))[b"percent_indexed"]) < 1:
        pass
    with server.client() as other:
        assert found(other) == {"p:1", "p:2"}
        write(local)
        if name == "SWAPDB":
            while (answer := _found_or_loading(other)) is None:
                pass
            assert answer == expected
        assert found(other) == found(local) == expected


def _found_or_loading(client: redis.Redis) -> set[str] | None:
    try:
        return found(client)
    except redis.BusyLoadingError:
        return None


@pytest.mark.parametrize("flush", ["FLUSHALL", "FLUSHDB"])
def test_flushes_take_the_index_with_them(local: redis.Redis, server: RedisLocal, flush: str) -> None:
    local.execute_command(*CREATE)
    local.hset("p:1", "t", "a")
    with server.client() as other:
        local.execute_command(flush)
        assert other.execute_command("FT._LIST") == []
        with pytest.raises(redis.ResponseError, match="No such index"):
            found(other)


def test_expiry_is_seen_the_moment_it_is_due(local: redis.Redis) -> None:
    """Also while redis-server has not deleted the key yet, and not before."""
    local.execute_command(*CREATE)
    pipeline = local.pipeline(transaction=False)
    for number in range(200):
        pipeline.hset(f"p:{number}", "t", "a")
        pipeline.pexpire(f"p:{number}", 100_000 if number % 2 else 1500)
    pipeline.execute()
    assert len(found(local)) == 200
    threading.Event().wait(1.6)
    assert found(local) == {f"p:{number}" for number in range(200) if number % 2}
    local.persist("p:1")
    local.hset("p:0", "t", "a")
    assert len(found(local)) == 101


def test_thousands_of_writes_each_followed_by_a_search_elsewhere(local: redis.Redis, server: RedisLocal) -> None:
    """A random walk over sets and deletes; the other connection's count is never behind."""
    chance = random.Random(1)
    local.execute_command(*CREATE)
    present: set[str] = set()
    with server.client() as other:
        for step in range(3000):
            key = f"p:{chance.randrange(60)}"
            if key in present and chance.random() < 0.5:
                present.discard(key)
                local.delete(key)
            else:
                present.add(key)
                local.hset(key, mapping={"t": "a", "n": step})
            count = other.execute_command("FT.SEARCH", "idx", "@t:{a}", "LIMIT", "0", "0", "DIALECT", "2")[0]
            assert count == len(present), f"after step {step}"


def test_with_many_writers_the_end_is_exact(local: redis.Redis, server: RedisLocal) -> None:
    local.execute_command(*CREATE)

    def write(thread: int) -> None:
        with server.client() as client:
            for number in range(400):
                client.hset(f"p:{thread}:{number}", "t", "a")
                if number % 3 == 0:
                    client.delete(f"p:{thread}:{number}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert local.execute_command("FT.SEARCH", "idx", "*", "LIMIT", "0", "0")[0] == 4 * (400 - 134)


def test_writes_that_go_past_redis_local_are_seen_too(tmp_path: Path) -> None:
    """With --upstream the index follows a Redis that others write to directly."""
    with redis_local(tmp_path / "a") as plain:
        with redis_local(tmp_path / "b", "--upstream", f"redis://127.0.0.1:{plain.port}") as searching:
            with plain.client() as direct, searching.client() as client:
                client.execute_command(*CREATE)
                for number in range(50):
                    direct.hset(f"p:{number}", "t", "a")
                    assert len(found(client)) == number + 1


def test_a_flush_that_is_noticed_while_a_command_waits_for_it(local: redis.Redis, tmp_path: Path) -> None:
    """The connection that the command waits on ends with the index; that is no error."""
    address = Address(path=local.config_get("unixsocket")["unixsocket"])

    async def flush_while_waiting() -> list[object]:
        catalog = Catalog(tmp_path / "catalog.json", address)
        await catalog.create(parse_create(Arguments([b"i", b"PREFIX", b"1", b"p:", b"SCHEMA", b"t", b"TAG"])))
        feed = catalog.feeds["i"]
        waiting = [asyncio.ensure_future(catalog.sync_flushes()), asyncio.ensure_future(catalog.synced("i"))]
        await asyncio.sleep(0)
        feed._pushed([b"invalidate", None])
        return await asyncio.gather(*waiting, return_exceptions=True)

    with ThreadPoolExecutor(1) as aside:  # the browser tests leave an event loop in this thread
        flushed, asked = aside.submit(asyncio.run, flush_while_waiting()).result()
    assert flushed is None and str(asked) == "i: no such index"
