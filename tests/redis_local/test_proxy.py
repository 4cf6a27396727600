"""Every command that is not FT.* reaches redis-server and comes back byte for byte."""

import hashlib
import os
import socket
import threading
import time

import hiredis
import psutil
import pytest

import redis
from tests.redis_local.wire import Wire, pack
from tests.servers import RedisLocal, wait_until


def test_transactions(client: redis.Redis) -> None:
    with client.pipeline(transaction=True) as pipeline:
        pipeline.watch("a")
        pipeline.multi()
        pipeline.set("a", 1).incr("a").lpush("l", "x", "y").lrange("l", 0, -1)
        assert pipeline.execute() == [True, 2, 2, [b"y", b"x"]]


def test_a_watched_key_that_changed_aborts(client: redis.Redis, server: RedisLocal) -> None:
    with client.pipeline(transaction=True) as pipeline, server.client() as other:
        pipeline.watch("a")
        other.set("a", "changed")
        pipeline.multi()
        pipeline.set("a", "mine")
        with pytest.raises(redis.WatchError):
            pipeline.execute()


def test_scripts_and_functions_of_the_server(client: redis.Redis) -> None:
    assert client.eval("redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])", 1, "k", "v") == b"v"


def test_blocking_commands_wait_and_do_not_block_others(client: redis.Redis, server: RedisLocal) -> None:
    got = []
    waiting = threading.Thread(target=lambda: got.append(client.blpop("queue", timeout=60)))
    waiting.start()
    with server.client() as other:
        wait_until(lambda: other.info("clients")["blocked_clients"] == 1, what="a blocked client")
        other.rpush("queue", "job")
        waiting.join(60)
    assert list(got[0]) == [b"queue", b"job"]


def test_publish_and_subscribe(client: redis.Redis, server: RedisLocal) -> None:
    with client.pubsub() as subscriber, server.client() as other:
        subscriber.subscribe("news")
        subscriber.psubscribe("n*")
        assert subscriber.get_message(timeout=60)["type"] == "subscribe"
        assert subscriber.get_message(timeout=60)["type"] == "psubscribe"
        other.publish("news", b"\x00\xff\r\n")
        assert {subscriber.get_message(timeout=60)["data"] for _ in range(2)} == {b"\x00\xff\r\n"}


def test_search_in_subscriber_mode_is_refused_as_redis_refuses(server: RedisLocal) -> None:
    with Wire(server.port, 2) as wire:
        wire.send("SUBSCRIBE", "news")
        reply = wire.send("FT.SEARCH", "idx", "*")
        assert isinstance(reply, hiredis.ReplyError)
        assert "Can't execute 'ft.search'" in str(reply)
        assert wire.send("PING") == [b"pong", b""]


def test_monitor(server: RedisLocal) -> None:
    with Wire(server.port, 2) as monitor, server.client() as other:
        assert monitor.send("MONITOR") == b"OK"
        other.set("seen", "value")
        while b'"SET" "seen" "value"' not in (line := monitor.read()):
            assert isinstance(line, bytes)


def test_streams(client: redis.Redis) -> None:
    client.xadd("s", {"field": "value"}, id="1-1")
    client.xgroup_create("s", "g", id="0")
    read = client.xreadgroup("g", "c", {"s": ">"}, count=1)
    entries = read[b"s"][0] if isinstance(read, dict) else read[0][1]
    assert entries == [(b"1-1", {b"field": b"value"})]


def test_invalidation_pushes_reach_a_resp3_client(server: RedisLocal) -> None:
    with Wire(server.port, 3) as wire, server.client() as other:
        assert wire.send("CLIENT", "TRACKING", "ON") == b"OK"
        assert wire.send("GET", "watched") is None
        other.set("watched", "1")
        assert list(wire.read()) == [b"invalidate", [b"watched"]]


def test_select_keeps_databases_apart(client: redis.Redis, server: RedisLocal) -> None:
    with server.client(db=3) as third:
        third.set("only", "here")
        assert client.get("only") is None
        assert third.get("only") == b"here"


def test_a_pipeline_of_ten_thousand(client: redis.Redis) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for number in range(5000):
            pipeline.set(f"k{number}", number).get(f"k{number}")
        replies = pipeline.execute()
    assert [int(reply) for reply in replies[1::2]] == list(range(5000))


def test_ft_commands_answer_in_their_place_within_a_pipeline(server: RedisLocal) -> None:
    with Wire(server.port, 2) as wire:
        wire.send("FLUSHALL")
        wire.send("FT.CREATE", "i", "PREFIX", "1", "p:", "SCHEMA", "t", "TAG")
        commands = []
        for number in range(300):
            commands += [("HSET", f"p:{number}", "t", "x"), ("FT.SEARCH", "i", "*", "LIMIT", "0", "0"), ("DBSIZE",)]
        wire.socket.sendall(b"".join(map(pack, commands)))
        replies = [wire.read() for _ in commands]
    assert replies[0::3] == [1] * 300
    assert replies[1::3] == [[number + 1] for number in range(300)]
    assert replies[2::3] == [number + 1 for number in range(300)]


def test_indexes_are_made_right_after_a_flush(server: RedisLocal) -> None:
    """The connections of the indexes that FLUSHALL removes end while the next command waits for them."""
    create = ("FT.CREATE", "i", "SCHEMA", "t", "TAG")
    with Wire(server.port, 2) as wire:
        wire.send("FLUSHALL")
        for _ in range(100):
            wire.socket.sendall(b"".join(map(pack, [create, ("FLUSHALL",), create, ("FLUSHALL",)])))
            assert [wire.read() for _ in range(4)] == [b"OK"] * 4
            assert "no such index" in str(wire.send("FT.INFO", "i")).lower()


def test_one_byte_at_a_time_answers_the_same(server: RedisLocal) -> None:
    commands = [
        ("FLUSHALL",), ("FT.CREATE", "i", "PREFIX", "1", "p:", "SCHEMA", "t", "TAG", "n", "NUMERIC"),
        ("HSET", "p:1", "t", "a b", "n", "4"), ("FT.SEARCH", "i", "@n:[3 5]", "DIALECT", "2"), ("MULTI",), ("INCR", "x"),
        ("FT.SEARCH", "i", "*"), ("EXEC",), ("FT.NOPE",), ("ECHO", "FT.SEARCH i *"), ("FT.TAGVALS", "i", "t"),
        ("COMMAND", "INFO", "GET", "FT.SEARCH"), ("PING",),
    ]  # fmt: skip
    stream = b"".join(map(pack, commands)) + b"PING inline\r\nFT._LIST\r\n"
    answers = []
    for chunk in (len(stream), 1, 7):
        with Wire(server.port, 3) as wire:
            wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for start in range(0, len(stream), chunk):
                wire.socket.sendall(stream[start : start + chunk])
            answers.append([str(wire.read()) for _ in range(len(commands) + 2)])
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][-1] == "[b'i']"


def test_search_within_multi_is_refused_with_a_reason_and_aborts(server: RedisLocal) -> None:
    with Wire(server.port, 2) as wire:
        wire.send("MULTI")
        assert wire.send("SET", "a", "1") == b"QUEUED"
        refused = wire.send("FT.SEARCH", "i", "*")
        assert "not supported inside MULTI" in str(refused)
        assert "EXECABORT" in str(wire.send("EXEC"))
        assert wire.send("PING") == b"PONG"


def test_client_reply_off_and_skip(server: RedisLocal) -> None:
    with Wire(server.port, 2) as wire:
        for command in (("CLIENT", "REPLY", "OFF"), ("FT._LIST",), ("SET", "a", "1")):
            wire.socket.sendall(pack(command))
        assert wire.send("CLIENT", "REPLY", "ON") == b"OK"
        wire.socket.sendall(pack(("CLIENT", "REPLY", "SKIP")) + pack(("FT._LIST",)))
        assert wire.send("PING") == b"PONG"


def test_a_value_of_a_hundred_megabytes(server: RedisLocal) -> None:
    value = os.urandom(1 << 20) * 100
    with server.client() as client:
        client.set("big", value)
        assert hashlib.sha256(client.get("big")).digest() == hashlib.sha256(value).digest()
        client.delete("big")


def test_a_slow_reader_does_not_fill_memory(server: RedisLocal) -> None:
    """300 MB are asked for and not read: redis_local holds little of it, and still answers others."""
    process = psutil.Process(server.running.pid)
    with server.client() as client, socket.create_connection(("127.0.0.1", server.port)) as slow:
        client.set("chunk", b"x" * (10 << 20))
        before = process.memory_info().rss
        slow.sendall(pack(("GET", "chunk")) * 30)
        time.sleep(1)
        assert process.memory_info().rss - before < 60 << 20
        assert client.ping()
        slow.settimeout(60)
        left = 30 * (len(b"$10485760\r\n") + (10 << 20) + 2)
        while left:
            left -= len(slow.recv(1 << 20))
        client.delete("chunk")


def test_a_slow_server_does_not_fill_memory(server: RedisLocal) -> None:
    """While redis-server stands still, a client that keeps writing is made to wait."""
    process, behind = psutil.Process(server.running.pid), psutil.Process(server.server_pid())
    with socket.create_connection(("127.0.0.1", server.port)) as writer:
        before = process.memory_info().rss
        behind.suspend()
        try:
            writer.settimeout(0.3)
            command = pack(("SET", "w", b"y" * (1 << 20)))
            with pytest.raises(TimeoutError):
                for _ in range(300):
                    writer.sendall(command)
            assert process.memory_info().rss - before < 60 << 20
        finally:
            behind.resume()
    with server.client() as client:
        assert client.ping()


def test_half_closed_connections_get_their_answers(server: RedisLocal) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as wire:
        wire.sendall(b"PING\r\nFT._LIST\r\nPING\r\n")
        wire.shutdown(socket.SHUT_WR)
        data = b""
        while piece := wire.recv(1000):
            data += piece
    assert data.startswith(b"+PONG\r\n*") and data.endswith(b"+PONG\r\n")


def test_nonsense_gets_the_servers_own_protocol_error(server: RedisLocal) -> None:
    for nonsense in (b"*1\r\n+oops\r\n", b"*x\r\n", b"*2\r\n$3\r\nGET\r\n$-5\r\n"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as wire:
            wire.sendall(nonsense)
            assert wire.recv(1000).startswith(b"-ERR Protocol error")


def test_many_clients_at_once(server: RedisLocal) -> None:
    clients = [server.client() for _ in range(200)]
    try:
        clients[0].flushall()
        assert all(client.ping() for client in clients)
        assert all(client.execute_command("FT._LIST") == [] for client in clients)
    finally:
        for client in clients:
            client.close()
