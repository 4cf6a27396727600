"""Clients of the web app, many at once, in a process of their own so that they do not slow down who measures.

Clients keep their connections and ask again as soon as they are answered, also where the answer is 503; one text in four
is new to the model. Others hold connections that say nothing, or send a request one byte a second.
"""

import asyncio
import itertools
import multiprocessing
import random
import time
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass, field

_DRIPPED = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " + b"x" * 1000


@dataclass(frozen=True)
class Load:
    """Who asks at which port, and for how long: clients that keep asking, connections that only hold on, seconds."""

    port: int
    clients: int
    silent: int
    seconds: float


@dataclass
class Answers:
    """What clients got.

    Attributes:
        milliseconds: by status, the time until the whole answer had come.
        broken: what went wrong instead of an answer.
        dropped: silent or dripping connections that the server closed.
    """

    milliseconds: dict[int, list[float]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    dropped: int = 0


def ask_until_over(texts: list[str], load: Load, queue: "multiprocessing.Queue[Answers]") -> None:
    """Run a crowd, and put what it got into the queue."""
    queue.put(asyncio.run(_crowd(texts, load)))


async def _crowd(texts: list[str], load: Load) -> Answers:
    answers = Answers()
    end = time.monotonic() + load.seconds
    await asyncio.gather(
        *(_client(number, texts, load.port, end, answers) for number in range(load.clients)),
        *(_hold(number % 2 == 0, load.port, end, answers) for number in range(load.silent)),
    )
    return answers


async def _client(seed: int, texts: list[str], port: int, end: float, answers: Answers) -> None:
    """Ask over one connection, and over another when the server closes it."""
    chance = random.Random(seed)
    while time.monotonic() < end:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError as error:
            answers.broken.append(repr(error))
            continue
        closed = False
        while not closed and time.monotonic() < end:
            text = chance.choice(texts) + (f" {chance.random()}" if chance.random() < 0.25 else "")
            path = chance.choice(("/api/search?q=", "/?q=")) + urllib.parse.quote(text)
            started = time.perf_counter()
            try:
                status, closed = await _exchange(reader, writer, path)
                answers.milliseconds.setdefault(status, []).append((time.perf_counter() - started) * 1000)
            except (OSError, EOFError, ValueError) as error:
                answers.broken.append(repr(error))
                closed = True
        writer.close()


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> tuple[int, bool]:
    """One request: the status, and whether the server closes the connection."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines if line)
    await reader.readexactly(int(headers["content-length"]))
    return int(status.split()[1]), headers.get("connection") == "close"


async def _hold(dripping: bool, port: int, end: float, answers: Answers) -> None:
    """Keep a connection, and another when the server closes it; a byte of a request every second, or nothing."""
    while time.monotonic() < end:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for byte in itertools.cycle(_DRIPPED):
                if dripping:
                    writer.write(bytes([byte]))
                with suppress(TimeoutError):
                    if not await asyncio.wait_for(reader.read(4096), 1):
                        answers.dropped += 1
                        break
                if time.monotonic() > end:
                    break
            writer.close()
        except OSError:
            answers.dropped += 1
