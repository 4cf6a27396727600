"""Whatever a client sends, and in whatever order: nobody gets round the password, and nobody else is kept waiting."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hiredis
import psutil
import pytest

import redis
from tests.redis_local.wire import Wire, pack
from tests.servers import RedisLocal, redis_local, wait_until

PASSWORD = "secret"
CREATE = ("FT.CREATE", "z", "PREFIX", "1", "", "SCHEMA", "v", "TAG")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisLocal]:
    with redis_local(tmp_path_factory.mktemp("guarded"), "--requirepass", PASSWORD) as server:
        yield server


def packed(*commands: tuple[str, ...]) -> bytes:
    return b"".join(map(pack, commands))


def read_to_end(wire: socket.socket) -> bytes:
    """Everything until the other side closes."""
    data = b""
    while piece := wire.recv(1 << 16):
        data += piece
    return data


@pytest.mark.parametrize("mode", ["OFF", "SKIP", "off"])
@pytest.mark.parametrize("before", [(), (("MULTI",),), (("CLIENT", "REPLY", "OFF"),), (("AUTH", "wrong"),)])
def test_replies_off_do_not_get_round_the_password(
    guarded: RedisLocal, mode: str, before: tuple[tuple[str, ...], ...]
) -> None:
    with (
        guarded.client(password=PASSWORD) as owner,
        socket.create_connection(("127.0.0.1", guarded.port), 60) as stranger,
    ):
        owner.hset("precious", "v", "1")
        owner.execute_command("FT.CREATE", "mine", *CREATE[2:])
        mute = ("CLIENT", "REPLY", mode)
        stranger.sendall(packed(*before, mute, CREATE, mute, ("FT.DROPINDEX", "mine", "DD"), mute, ("FT._LIST",)))
        stranger.shutdown(socket.SHUT_WR)
        answers = read_to_end(stranger)
        assert all(line.startswith(b"-") for line in answers.splitlines())
        assert owner.hget("precious", "v") == b"1"
        assert owner.execute_command("FT._LIST") == [b"mine"]
        owner.flushall()


@pytest.mark.parametrize("protocol", [2, 3])
def test_commands_run_and_stay_silent_while_replies_are_off(server: RedisLocal, protocol: int) -> None:
    with Wire(server.port, protocol) as wire:
        wire.send("FLUSHALL")
        off = ("CLIENT", "REPLY", "OFF")
        wire.socket.sendall(packed(off, ("HSET", "p:1", "v", "a"), CREATE, ("FT._LIST",), ("GET", "x"), ("FT.NOPE",)))
        assert wire.send("CLIENT", "REPLY", "ON") == b"OK"
        assert wire.send("FT._LIST") == [b"z"]
        wire.socket.sendall(packed(("CLIENT", "REPLY", "SKIP"), ("SET", "x", "1")))
        assert wire.send("FT._LIST") == [b"z"]
        wire.socket.sendall(packed(("CLIENT", "REPLY", "SKIP"), ("FT.DROPINDEX", "z")))
        assert wire.send("FT._LIST") == []


def test_a_refused_reply_off_changes_nothing(tmp_path: Path) -> None:
    """A user who may not run CLIENT keeps getting replies, each in its place."""
    with redis_local(tmp_path) as server, server.client() as admin:
        admin.execute_command("ACL", "SETUSER", "limited", "on", ">pw", "~*", "+@all", "-client")
        with Wire(server.port, 2) as wire:
            assert wire.send("AUTH", "limited", "pw") == b"OK"
            assert "NOPERM" in str(wire.send("CLIENT", "REPLY", "OFF"))
            assert wire.send("FT._LIST") == []
            assert wire.send("ECHO", "here") == b"here"


def test_multi_while_replies_are_off_aborts(server: RedisLocal) -> None:
    with Wire(server.port, 2) as wire:
        wire.send("FLUSHALL")
        wire.socket.sendall(packed(("CLIENT", "REPLY", "OFF"), ("MULTI",), ("SET", "m", "1"), CREATE, ("EXEC",)))
        assert wire.send("CLIENT", "REPLY", "ON") == b"OK"
        assert wire.send("GET", "m") is None
        assert wire.send("FT._LIST") == []


def test_client_reply_within_multi_is_only_queued(server: RedisLocal) -> None:
    with Wire(server.port, 2) as wire:
        wire.send("MULTI")
        assert wire.send("CLIENT", "REPLY", "OFF") == b"QUEUED"
        assert wire.send("DISCARD") == b"OK"
        assert wire.send("FT._LIST") == []


@pytest.mark.parametrize("how", [socket.SHUT_WR, socket.SHUT_RDWR])
def test_who_leaves_while_a_fence_waits_is_let_go(guarded: RedisLocal, how: int) -> None:
    """Redis would take an element for a client that is gone, and keep it for ever."""
    with guarded.client(password=PASSWORD) as owner:

        def waiting() -> int:
            return int(owner.info("clients")["blocked_clients"])

        with socket.create_connection(("127.0.0.1", guarded.port), timeout=60) as wire:
            wire.sendall(packed(("AUTH", PASSWORD), ("BLPOP", "list", "0"), ("FT._LIST",), ("GET", "list")))
            wait_until(lambda: waiting() == 1, what="the client waiting")
            wire.shutdown(how)
            wait_until(lambda: waiting() == 0, what="its end")
            if how == socket.SHUT_WR:
                assert read_to_end(wire) in (b"+OK\r\n", b"")  # which a fence may hold back
        assert owner.rpush("list", "element") == 1 and owner.llen("list") == 1
        owner.delete("list")


def test_who_sends_far_ahead_of_a_command_that_waits_is_read_no_further(guarded: RedisLocal) -> None:
    """As long as a fence waits; then everything is answered in order."""
    with guarded.client(password=PASSWORD) as owner:
        before = psutil.Process(guarded.running.pid).memory_info().rss
        with socket.create_connection(("127.0.0.1", guarded.port), timeout=60) as wire:
            wire.setblocking(False)
            wire.send(packed(("AUTH", PASSWORD), ("BLPOP", "list", "0"), ("FT._LIST",)))
            wait_until(lambda: owner.info("clients")["blocked_clients"] == 1, what="the client waiting")
            sent, echo = 0, packed(("ECHO", "x" * 1000))
            stream = echo * 100_000
            with contextlib.suppress(BlockingIOError):
                while sent < len(stream):
                    sent += wire.send(stream[sent : sent + (1 << 20)])
                    time.sleep(0.01)
            assert sent < 30_000_000, "all of it was taken in"
            assert psutil.Process(guarded.running.pid).memory_info().rss - before < 20_000_000
            owner.rpush("list", "element")
            wire.setblocking(True)
            wire.settimeout(60)
            end = b"*0\r\n" + (b"$1000\r\n" + b"x" * 1000 + b"\r\n") * (sent // len(echo))
            answers = b""
            while not answers.endswith(end):
                answers += (piece := wire.recv(1 << 20))
                assert piece and len(answers) < len(end) + 100


BROKEN = [
    b"*1000000000000\r\n$3\r\nSET\r\n$-7\r\n", b"*2\r\n$3\r\nSET\r\n$-7\r\n", b"*2\r\n$9\r\nFT.SEARCH\r\n$-9\r\n",
    b"*2\r\n$9\r\nFT.SEARCH\r\n$99999999999999999999\r\n", b"*2\r\n$3\r\nGET\r\n$99999999999999999999\r\n",
    b"*9223372036854775808\r\n", b"*3\r\n$-3\r\nGET\r\n", b"*2\r\n$3\r\nGET\r\n$1_0\r\n", b"*2\r\n$3\r\nGET\r\n$+1\r\n",
    b"*2147483647\r\n$9\r\nFT.SEARCH\r\n", b"*2\r\n$9\r\nFT.SEARCH\r\n" + b"$" * 100, b"*x\r\n",
]  # fmt: skip


@pytest.mark.parametrize("stream", BROKEN)
@pytest.mark.parametrize("step", [1000, 1])
def test_broken_lengths_end_the_connection_alone(guarded: RedisLocal, stream: bytes, step: int) -> None:
    with socket.create_connection(("127.0.0.1", guarded.port), timeout=60) as wire:
        with contextlib.suppress(ConnectionError):  # the end of it may come before all was sent
            for start in range(0, len(stream), step):
                wire.sendall(stream[start : start + step])
            assert wire.recv(1000)[:1] in (b"-", b"")  # redis-server may be gone before its answer could be read
    with guarded.client(password=PASSWORD, socket_timeout=60) as client:
        assert client.ping()


@pytest.mark.parametrize(
    "request_",
    [b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
     b"*1\r\n$4\r\npost\r\n", b"CLIENT REPLY OFF\r\nPOST /\r\n", b"MULTI\r\nHost: x\r\n"],
)  # fmt: skip
@pytest.mark.parametrize("password", [None, PASSWORD])
def test_web_pages_get_nowhere(server: RedisLocal, guarded: RedisLocal, request_: bytes, password: str | None) -> None:
    target = guarded if password else server
    with target.client(password=password) as client, socket.create_connection(("127.0.0.1", target.port), 60) as page:
        client.set("precious", "1")
        page.sendall(request_ + b"FLUSHALL\r\n" + packed(CREATE, ("FLUSHALL",)))
        try:
            assert b"+OK" not in read_to_end(page).replace(b"+OK\r\n", b"", request_.startswith(b"MULTI"))
        except ConnectionResetError:
            pass
        assert client.get("precious") == b"1"
        assert client.execute_command("FT._LIST") == []


def test_strangers_may_not_fill_memory(guarded: RedisLocal) -> None:
    """Without the password no more than a few kilobytes of a command are kept."""
    with socket.create_connection(("127.0.0.1", guarded.port), timeout=60) as stranger:
        stranger.sendall(b"*2\r\n$9\r\nFT.SEARCH\r\n$4000000\r\n")
        with pytest.raises((ConnectionError, AssertionError)):
            for _ in range(60):
                stranger.sendall(b"x" * 65_536)
            assert not read_to_end(stranger)
    with guarded.client(password=PASSWORD) as friend:
        with pytest.raises(redis.ResponseError, match="(?i)no such index"):
            friend.execute_command("FT.SEARCH", "none", "x" * 1_000_000)


def test_commands_that_are_too_long_are_refused(server: RedisLocal) -> None:
    with server.client() as client, pytest.raises(redis.ResponseError, match="too large"):
        client.execute_command("FT.SEARCH", "i", b"x" * (5 << 20))
    with server.client() as client, pytest.raises(redis.ResponseError, match="too long"):
        client.execute_command("FT.SEARCH", "i", *["x"] * 30_000)
    with server.client() as client:
        assert client.ping()


def test_unread_replies_do_not_fill_memory(server: RedisLocal) -> None:
    """600 searches of 1 MB each are asked for and not read: redis_local answers as fast as they are read."""
    process = psutil.Process(server.running.pid)
    with server.client() as client, socket.create_connection(("127.0.0.1", server.port), timeout=60) as slow:
        client.flushall()
        client.execute_command(*CREATE)
        client.hset("p:1", mapping={"v": "a", "text": b"x" * (1 << 20)})
        before = process.memory_info().rss
        client.config_resetstat()
        slow.sendall(packed(*[("FT.SEARCH", "z", "*")] * 600))
        most, answered, still = 0, -1, 0
        while still < 50:  # until no more of them are answered
            most = max(most, process.memory_info().rss - before)
            assert most < 60 << 20
            assert client.execute_command("FT.SEARCH", "z", "@v:{nothing}", "NOCONTENT") == [0]
            calls = client.info("commandstats").get("cmdstat_hgetall", {"calls": 0})["calls"]
            answered, still = calls, still + 1 if calls == answered else 0
        assert 0 < answered < 600
        reader = hiredis.Reader()
        answers = 0
        while answers < 600:
            reader.feed(slow.recv(1 << 20))
            while (reply := reader.gets()) is not False:
                assert reply[0] == 1
                answers += 1
        client.flushall()


def test_one_that_never_reads_its_searches_can_leave(server: RedisLocal) -> None:
    with server.client() as client:
        client.flushall()
        client.execute_command(*CREATE)
        client.hset("p:1", mapping={"v": "a", "text": b"x" * (1 << 20)})
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as slow:
            slow.sendall(packed(*[("FT.SEARCH", "z", "*")] * 100))
        wait_until(lambda: client.info("clients")["connected_clients"] < 6, what="its connection ending")
        client.flushall()


def test_an_error_waits_for_the_replies_before_it(server: RedisLocal) -> None:
    """What cannot be followed is refused after everything before it was answered."""
    with Wire(server.port, 2) as wire:
        stream = packed(("SET", "k", "v" * 1000), *[("GET", "k")] * 200)
        wire.socket.sendall(stream + b"*2\r\n$9\r\nFT.SEARCH\r\n$-9\r\n")
        assert [wire.read() for _ in range(201)] == [b"OK", *[b"v" * 1000] * 200]
        assert "Protocol error" in str(wire.read())
        with pytest.raises(ConnectionError):
            wire.read()


@pytest.mark.parametrize("refused", [("MULTI",), ("HELLO", "3"), ("SELECT", "1"), ("CLIENT", "REPLY", "OFF")])
def test_a_command_that_was_refused_changes_nothing(guarded: RedisLocal, refused: tuple[str, ...]) -> None:
    with contextlib.closing(socket.create_connection(("127.0.0.1", guarded.port), 60)) as stranger:
        config = ("FT.CONFIG", "GET", "TIMEOUT")
        stranger.sendall(packed(refused, ("SELECT", "2"), ("AUTH", PASSWORD), config, CREATE, ("FT.DROPINDEX", "z")))
        reader = hiredis.Reader()
        replies: list[Any] = []
        while len(replies) < 6:
            reader.feed(stranger.recv(1 << 16))
            while (reply := reader.gets()) is not False:
                replies.append(reply)
        assert all(isinstance(reply, hiredis.ReplyError) for reply in replies[:2])
        assert replies[2:] == [b"OK", [[b"TIMEOUT", b"500"]], b"OK", b"OK"]


def test_commands_of_a_transaction_count_only_if_it_is_run(server: RedisLocal) -> None:
    with Wire(server.port, 2) as wire:
        for end, database in (("DISCARD", 0), ("EXEC", 3)):
            for command in (("MULTI",), ("SELECT", "3"), (end,)):
                wire.send(*command)
            assert ("db != 0" in str(wire.send(*CREATE))) is bool(database)
            wire.send("SELECT", "0")
            wire.send("FLUSHALL")
        for command in (("MULTI",), ("SELECT", "3"), ("NO_SUCH_COMMAND",)):
            wire.send(*command)
        assert "EXECABORT" in str(wire.send("EXEC"))
        assert wire.send(*CREATE) == b"OK"
        wire.send("FLUSHALL")


def test_queued_commands_take_no_memory(guarded: RedisLocal) -> None:
    """Neither without the password, when MULTI is refused, nor with it."""
    process = psutil.Process(guarded.running.pid)
    for password in ((), (("AUTH", PASSWORD),)):
        with socket.create_connection(("127.0.0.1", guarded.port), 60) as wire:
            before = process.memory_info().rss
            wire.sendall(packed(*password, ("MULTI",)))
            for _ in range(3000):
                wire.sendall(packed(("CLIENT", "x" * 15_000)))
                wire.recv(1 << 16)
            assert process.memory_info().rss - before < 20 << 20
