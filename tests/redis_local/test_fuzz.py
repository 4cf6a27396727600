"""Random bytes and random commands, under the eyes of a watchdog.

``FUZZ_EXAMPLES`` says how many inputs there are of each kind.
"""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator

import hiredis
import hypothesis.strategies as st
import psutil
import pytest
from hypothesis import HealthCheck, given, settings

from tests.redis_local.wire import pack
from tests.servers import RedisLocal, redis_local

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
fuzz = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)

MOST_MEMORY = 200 << 20
PASSWORD = "secret"


class Watchdog(threading.Thread):
    """Asks for PING and a search over a connection of its own, and looks at the process, until it is stopped."""

    def __init__(self, server: RedisLocal) -> None:
        super().__init__()
        self.process = psutil.Process(server.running.pid)
        self.client = server.client(password=PASSWORD, socket_timeout=60)
        self.before = self.process.memory_info().rss
        self.growth = 0
        self.waits: list[float] = []
        self.failures: list[Exception] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(0.005):
            started = time.perf_counter()
            try:
                assert self.client.ping()
                assert self.client.execute_command("FT.SEARCH", "idx", "@t:{a}", "NOCONTENT") == [1, b"p:1"]
            except Exception as error:
                self.failures.append(error)
                return
            self.waits.append(time.perf_counter() - started)
            self.growth = max(self.growth, self.process.memory_info().rss - self.before)

    def report(self) -> str:
        waits = sorted(self.waits)
        return (
            f"{len(waits)} probes, p50 {waits[len(waits) // 2] * 1000:.1f} ms, p99 {waits[len(waits) * 99 // 100] * 1000:.1f} "
            f"ms, at most {waits[-1] * 1000:.0f} ms; memory grew by {self.growth / 2**20:.0f} MB"
        )


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisLocal]:
    with redis_local(tmp_path_factory.mktemp("fuzzed"), "--requirepass", PASSWORD) as server:
        with server.client(password=PASSWORD) as client:
            client.execute_command(
                "FT.CREATE", "idx", "PREFIX", "1", "p:", "SCHEMA", "t", "TAG", "n", "NUMERIC", "SORTABLE", "INDEXMISSING", "g", "GEO", "words", "TEXT",
                "PHONETIC", "dm:en", "INDEXEMPTY",
                "v", "VECTOR", "FLAT", "6", "TYPE", "FLOAT32", "DIM", "2", "DISTANCE_METRIC", "L2",
            )  # fmt: skip
            for number in range(1, 200):
                client.hset(f"p:{number}", mapping={"t": "a" if number == 1 else "b", "n": number, "words": f"red w{number}", "g": f"{number % 180},{number % 80}",
                                                    "v": b"\0\0\x80?\0\0\x80?"})  # fmt: skip
        yield server


@pytest.fixture
def watchdog(target: RedisLocal) -> Iterator[Watchdog]:
    watchdog = Watchdog(target)
    watchdog.start()
    yield watchdog
    watchdog.stopped.set()
    watchdog.join(120)
    assert not watchdog.is_alive() and not watchdog.failures, watchdog.failures
    assert watchdog.growth < MOST_MEMORY
    print("\n" + watchdog.report())


NUMBERS = st.one_of(
    st.integers(-3, 40).map(str), st.sampled_from(["-1", "-9", "1e3", "", "+1", "0x1", "1_0", "nan", "9" * 5, "9" * 400]),
    st.integers(-(2**70), 2**70).map(str),
).map(str.encode)  # fmt: skip
NAMES = st.sampled_from(
    [b"FT.SEARCH", b"ft.info", b"FT._LIST", b"FT.CREATE", b"GET", b"SET", b"CLIENT", b"MULTI", b"EXEC", b"RESET", b"HELLO",
     b"AUTH", b"PING", b"SUBSCRIBE", b"COMMAND", b"MODULE", b"SELECT", b"FT." + b"X" * 40, b"QUIT"]
)  # fmt: skip
WORDS = st.one_of(
    NAMES, st.binary(max_size=30),
    st.sampled_from([b"REPLY", b"OFF", b"SKIP", b"ON", b"idx", b"*", PASSWORD.encode(), b"3", b"\r\n", b"\0"]),
)  # fmt: skip


@st.composite
def commands(draw: st.DrawFn) -> bytes:
    """A command whose lengths are right, or not."""
    words = [draw(NAMES), *draw(st.lists(WORDS, max_size=4))]
    if draw(st.booleans()):
        return b" ".join(words) + draw(st.sampled_from([b"\r\n", b"\n", b""]))
    broken = draw(st.integers(0, 3)) == 0
    parts = [b"*%s\r\n" % (draw(NUMBERS) if broken else b"%d" % len(words))]
    for word in words:
        length = draw(NUMBERS) if broken and draw(st.booleans()) else b"%d" % len(word)
        parts.append(b"$%s\r\n%s\r\n" % (length, word))
    return b"".join(parts)


STREAMS = st.lists(
    st.one_of(commands(), st.binary(max_size=60), st.sampled_from([b"*3\r\n" * 50, b"*1\r\n$", b"$5\r\n", b"\r\n" * 30])),
    min_size=1, max_size=6,
).map(b"".join)  # fmt: skip


def test_bytes(target: RedisLocal, watchdog: Watchdog) -> None:
    """Malformed RESP, lengths that lie, inline commands, cut anywhere, with and without the password."""

    @fuzz
    @given(STREAMS, st.lists(st.integers(0, 300), max_size=6), st.booleans())
    def send(stream: bytes, cuts: list[int], known: bool) -> None:
        assert not watchdog.failures
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", target.port), 60) as wire:
            if known:
                wire.sendall(pack(("AUTH", PASSWORD)))
            start = 0
            for end in sorted({min(cut, len(stream)) for cut in cuts} | {len(stream)}):
                wire.sendall(stream[start:end])
                start = end
            with contextlib.suppress(OSError):  # the other side may have closed already
                wire.shutdown(socket.SHUT_WR)
            while wire.recv(1 << 16):
                pass

    send()


HOSTILE = st.one_of(
    st.binary(max_size=40), NUMBERS,
    st.sampled_from(
        [b"*", b"idx", b"none", b"@t:{a}", b"(" * 300, b"-" * 200, b"@t:{" + b"a|" * 500 + b"b}", b"w" * 3000, b"@n:[-inf inf]",
         b"@n:[nan nan]", b"*=>[KNN 3 @v $b AS d]", b"*=>[KNN $k @v $b]", b"@v:[VECTOR_RANGE $k $b]", b"SORTBY", b"n", b"LIMIT", b"0", b"1",
         b"PARAMS", b"2", b"4", b"b", b"k", b"\0\0\x80?\0\0\x80?", b"DIALECT", b"RETURN", b"LOAD", b"GROUPBY", b"@t", b"@n",
         b"REDUCE", b"COUNT", b"SUM", b"AS", b"WITHSCORES", b"NOCONTENT", b"FILTER", b"INKEYS", b"SCHEMA", b"TAG", b"TEXT", b"VECTOR",
         b"PREFIX", b"\xff\xfe", b"\xed\xa0\x80", b"a*", b"*a*", b'"red w3"', b"red|w3", b"~red", b"%red%", b"%%" + b"r" * 900 + b"%%", b"w'r?d*'", b"w'" + b"*a" * 400 + b"'", b"@g:[1 2 3 km]", b"ismissing(@n)",
         b"@words:''", b'@t:{"a-b"}', b"EXPLAINSCORE", b"GEOFILTER", b"g", b"km", b"SCORER", b"TFIDF", b"BM25STD.NORM", b"EXPANDER", b"FUZZY",
         b"MAX", b"INCR", b"PAYLOAD", b"SORTBY", b"PHONETIC", b"dm:en", b"GEO", b"SVS-VAMANA", b"@", b"{", b"=>", b"$"]
    ),
)  # fmt: skip
QUERIES = st.one_of(
    HOSTILE, st.lists(HOSTILE, min_size=1, max_size=6).map(b"".join), st.lists(HOSTILE, max_size=30).map(b" ".join)
)
FT = st.sampled_from(
    ["FT.SEARCH"] * 5 + ["FT.AGGREGATE"] * 3 + ["FT.PROFILE", "FT.EXPLAIN", "FT.TAGVALS", "FT.INFO", "FT.CREATE", "FT.ALTER",
     "FT.ALIASADD", "FT.ALIASDEL", "FT._LIST", "FT.HYBRID", "FT.GET", "FT.MGET", "FT.SUGADD", "FT.SUGGET", "FT.SUGDEL", "FT.SUGLEN",
     "FT.SPELLCHECK", "FT.SYNDUMP", "FT.EXPLAINCLI", "FT.DEL", "FT.CONFIG"]
)  # fmt: skip


def test_commands(target: RedisLocal, watchdog: Watchdog) -> None:
    """FT.* with hostile arguments: each gets one reply, and none says that redis_local failed."""
    reader = hiredis.Reader(encoding=None)
    wire = socket.create_connection(("127.0.0.1", target.port), 60)

    def ask(*words: bytes | str) -> object:
        wire.sendall(pack(words))
        while (reply := reader.gets()) is False:
            data = wire.recv(1 << 16)
            assert data, "the connection was closed"
            reader.feed(data)
        return reply

    @fuzz
    @given(FT, st.sampled_from(["idx", "idx", "idx", "x", ""]), QUERIES, st.lists(HOSTILE, max_size=12))
    def send(name: str, index: str, query: bytes, rest: list[bytes]) -> None:
        assert not watchdog.failures
        if name == "FT.CONFIG":  # what it sets holds for the watchdog's searches too
            index = "GET"
        if name in ("FT.CREATE", "FT.ALTER", "FT.DEL") and index == "idx":
            index = "y"
        reply = ask(name, index, query, *rest)
        assert "redis_local failed" not in str(reply), (name, query, rest)
        if name == "FT.CREATE":
            ask("FT.DROPINDEX", index)

    ask("AUTH", PASSWORD)
    with contextlib.closing(wire):
        send()
