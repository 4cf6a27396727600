"""The web app under more clients than it can serve, on a redis_local with invented people.

python -m bench.load [--count 1000] [--clients 200] [--silent 100] [--seconds 60] [--cache FOLDER]

``crowd`` is what the clients do. All share one machine: times are of one run, and of a machine that does nothing else.
"""

import http.client
import json
import multiprocessing
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
import numpy as np
import psutil

from indexer.sample import write_sample

from .crowd import Answers, Load, ask_until_over
from .rebuild import build, environment
from .redis_local import start
from .report import save, show

PORT = 8457
EXPECTED = {200, 503}
"""What a client may get: an answer, or 503 where there is too much to do."""

HEALTH_SECONDS = 1.0
"""Within which ``/healthz`` must be answered, whatever is going on."""


@click.command()
@click.option("--count", default=1000, show_default=True, help="People in the sample.")
@click.option("--clients", default=200, show_default=True, help="Clients that ask without pause.")
@click.option("--silent", default=100, show_default=True, help="Connections that say nothing, or drip.")
@click.option("--seconds", default=60.0, show_default=True, help="How long.")
@click.option("--cache", type=click.Path(path_type=Path, file_okay=False), help="An embedding cache to use.")
def main(count: int, clients: int, silent: int, seconds: float, cache: Path | None) -> None:
    """Measure and print; exits with 1 if a client got neither an answer nor 503, or the health check came late."""
    with tempfile.TemporaryDirectory() as folder:
        server = start(Path(folder))
        try:
            texts = prepare(Path(folder), cache or Path(folder) / "cache", count)
            with web_app(cache or Path(folder) / "cache") as process:
                servers = {"web": process, "redis_local": psutil.Process(server.pid)}
                found = measure(servers, texts, Load(PORT, clients, silent, seconds))
        finally:
            server.terminate()
            server.wait()
    title = f"{count:,} people, {clients} clients and {silent} silent connections for {seconds:.0f} s"
    show(title, ["", "measured"], table(found))
    save("load", {"people": count, "clients": clients, "silent": silent, "seconds": seconds, **found})
    if found["failures"]:
        raise SystemExit("\n".join(found["failures"]))


def prepare(folder: Path, cache: Path, count: int) -> list[str]:
    """Build an index of so many people; returns texts to search for, as short as people type them."""
    source = folder / "people.jsonl"
    write_sample(count, 42, source)
    build(source, cache)
    return [json.loads(line)["role"] for line in source.read_text().splitlines()]


@contextmanager
def web_app(cache: Path) -> Iterator[psutil.Process]:
    """A web app on the index, ready to search."""
    command = [sys.executable, "-m", "webapp", "--port", str(PORT)]
    server = subprocess.Popen(command, env=environment(cache), stderr=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=2):
                break
            time.sleep(0.1)
        else:
            raise SystemExit("the web app did not become ready")
        yield psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait(60)


def measure(servers: dict[str, psutil.Process], texts: list[str], load: Load) -> dict[str, Any]:
    """Let clients ask, and meanwhile ask the health check and look at the memory of the servers."""
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[Answers] = context.Queue()
    crowd = context.Process(target=ask_until_over, args=(texts, load, queue))
    before = {name: process.memory_info().rss for name, process in servers.items()}
    most, health, over = dict(before), list[float](), threading.Event()
    checking = threading.Thread(target=_check_health, args=(health, over))
    crowd.start()
    checking.start()
    try:
        while queue.empty() and crowd.is_alive():
            most = {name: max(most[name], process.memory_info().rss) for name, process in servers.items()}
            time.sleep(0.2)
        answers = queue.get(timeout=60)
    finally:
        over.set()
        checking.join()
        crowd.join()
    return {
        "answers": {str(status): _summary(times) for status, times in sorted(answers.milliseconds.items())},
        "answered_per_s": len(answers.milliseconds.get(200, [])) / load.seconds,
        "silent_dropped": answers.dropped,
        "health": _summary(health),
        "memory": {name: {"before": before[name], "most": most[name]} for name in servers},
        "failures": _failures(answers, health),
    }


def table(found: dict[str, Any]) -> list[list[str]]:
    """What was measured, for people."""
    rows = [["searches answered per second", f"{found['answered_per_s']:.0f}"]]
    for name, times in [*found["answers"].items(), ("/healthz", found["health"])]:
        spread = f"{times['p50']:,.0f} / {times['p99']:,.0f} / {times['most']:,.0f} ms"
        rows.append([f"{name}: count; p50 / p99 / most", f"{times['count']:,}; {spread}"])
    rows.append(["silent connections that the server closed", str(found["silent_dropped"])])
    for name, memory in found["memory"].items():
        rows.append(
            [f"memory of {name}, before / most", f"{memory['before'] / 1e6:.0f} / {memory['most'] / 1e6:.0f} MB"]
        )
    return rows


def _failures(answers: Answers, health: list[float]) -> list[str]:
    wrong = [
        f"{len(times)} answers of status {status}"
        for status, times in answers.milliseconds.items()
        if status not in EXPECTED
    ]
    if answers.broken:
        wrong.append(f"{len(answers.broken)} requests without an answer, first {answers.broken[0]}")
    if max(health, default=float("inf")) > HEALTH_SECONDS * 1000:
        wrong.append(f"/healthz took more than {HEALTH_SECONDS} s")
    return wrong


def _summary(times: list[float]) -> dict[str, float]:
    p50, p99 = np.percentile(times, [50, 99]) if times else (0.0, 0.0)
    return {"count": len(times), "p50": float(p50), "p99": float(p99), "most": max(times, default=0.0)}


def _check_health(times: list[float], over: threading.Event) -> None:
    """Ask ``/healthz`` ten times a second, each time over a connection of its own, as an orchestrator does."""
    while not over.wait(0.1):
        started = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        try:
            connection.request("GET", "/healthz")
            ok = connection.getresponse().status == 200
        except OSError:
            ok = False
        finally:
            connection.close()
        times.append((time.perf_counter() - started) * 1000 if ok else float("inf"))


if __name__ == "__main__":
    main()
