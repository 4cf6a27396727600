"""What each backend costs and changes, and what a user waits for: ours beside a naive application over HTTP.

python -m bench.encode [--texts 256] [--rounds 5] [--data FOLDER] [--no-http]

All ways to run the model take turns in one run, each in a process of its own; medians of the rounds. Ratios are what to quote. On a machine that does
something else, too, go by ``busy ms``, with ``--threads 1``: what a long text takes of a processor's time.
``FOLDER/esco/occupations.jsonl`` is ESCO's titles and descriptions, one occupation a line.
"""

import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import click
import numpy as np

from indexer.sample import write_sample
from profilesearch.vectors import Vectors

from .encode_worker import WAYS, measure_when_told
from .fusion.collections import esco, sample_rows
from .rebuild import build, environment
from .redis_local import PORT as REDIS_PORT
from .redis_local import start
from .report import save, show

EXACT, PLAIN = "torch float32", "SentenceTransformer.encode"
WORDS_OF_A_QUERY = 22
WEB_PORTS = {"ours": 8461, "naive": 8462}
REDIS_URL = f"redis://127.0.0.1:{REDIS_PORT}/0"

Ask = Callable[[str, Any], Any]


@click.command()
@click.option("--texts", default=256, show_default=True, help="Texts in a round.")
@click.option("--rounds", default=5, show_default=True, help="Rounds of each way.")
@click.option("--threads", default=0, show_default=True, help="Threads of one batch; 0: one a core.")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), help="A folder with ESCO.")
@click.option("--http/--no-http", default=True, help="Whether to ask both applications, too.")
@click.option("--count", default=1000, show_default=True, help="People behind the applications.")
def main(texts: int, rounds: int, threads: int, data: Path | None, http: bool, count: int) -> None:
    """Measure and print."""
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        with workers(Path(folder) / "models", threads) as ways:
            measured = measure_ways(ways, texts, rounds, data)
        found: dict[str, Any] = {"ways": measured, "load_before": busy}
        show(f"{texts} texts, {rounds} rounds, medians; load before {busy:.1f}",
             ["", "long/s", "times", "busy ms", "short/s", "times", "query ms", "a …th", "cosine mean", "least", "ESCO MRR", "MB"],
             [_row(name, measured) for name in measured])  # fmt: skip
        if http:
            found["http"] = over_http(Path(folder), count, rounds)
            show("over HTTP, 30 results, p50 ms", ["", "ours", "naive", "times"],
                 [[what, f"{t['ours']:.1f}", f"{t['naive']:.1f}", f"{t['naive'] / t['ours']:.1f}"]
                  for what, t in found["http"].items()])  # fmt: skip
    save("encode", found)


# ---------------------------------------------------------------- ways to run the model
@contextmanager
def workers(exports: Path, threads: int) -> Iterator[dict[str, Ask]]:
    """A process for each way, loaded one after the other."""
    context = multiprocessing.get_context("spawn")
    running: list[tuple[Any, Connection]] = []
    ways: dict[str, Ask] = {}
    try:
        for name, way in WAYS.items():
            ours, theirs = context.Pipe()
            process = context.Process(target=measure_when_told, args=(way, exports, threads, theirs), daemon=True)
            process.start()
            theirs.close()
            try:
                ours.recv()
            except EOFError:
                print(f"{name} cannot be measured here")
                continue
            running.append((process, ours))
            ways[name] = _asking(ours)
        yield ways
    finally:
        for process, ours in running:
            ours.send(None)
            process.join()


def _asking(told: Connection) -> Ask:
    def ask(what: str, texts: Any) -> Any:
        told.send((what, texts))
        return told.recv()

    return ask


def measure_ways(ways: dict[str, Ask], amount: int, rounds: int, data: Path | None) -> dict[str, dict[str, float]]:
    """Let the ways take turns."""
    long = [row.text for row in sample_rows()[:amount]]
    short = [" ".join(text.split()[:WORDS_OF_A_QUERY]) for text in long]
    seconds: dict[str, dict[str, list[float]]] = {
        name: {"long": [], "short": [], "query": [], "processor": []} for name in ways
    }
    for number in range(rounds + 1):  # the first is for warm-up
        for name, ask in ways.items():
            times = dict(zip(("long", "processor"), ask("documents", long), strict=True))
            times["short"] = ask("documents", short)[0]
            times["query"] = statistics.median(ask("queries", [f"{text} {number}" for text in short[:50]]))
            for what, value in times.items() if number else ():
                seconds[name][what].append(value)
    exact = ways[EXACT]("vectors", long)
    measured = {}
    for name, ask in ways.items():
        cosines = np.einsum("ij,ij->i", exact, ask("vectors", long))
        median = {what: statistics.median(values) for what, values in seconds[name].items()}
        measured[name] = {
            "long_per_s": amount / median["long"], "short_per_s": amount / median["short"],
            "processor_ms": median["processor"] / amount * 1000, "query_ms": median["query"] * 1000, "cosine_mean": float(cosines.mean()), "cosine_least": float(cosines.min()),
            "memory": float(ask("memory", None)),
        }  # fmt: skip
        if data is not None:
            measured[name]["esco_mrr"] = _esco_mrr(ask, data)
    return measured


def _esco_mrr(ask: Ask, data: Path) -> float:
    """Mean reciprocal rank of ESCO's occupations, by exact cosine."""
    task = esco(data, "en")
    queries: Vectors = ask("vectors", task.queries)
    scores = queries @ ask("vectors", [row.text for row in task.rows]).T
    right = np.array([next(iter(places)) for places in task.relevant])
    ranks = 1 + (scores > scores[np.arange(len(right)), right][:, None]).sum(axis=1)
    return float((1 / ranks).mean())


def _row(name: str, ways: dict[str, dict[str, float]]) -> list[str]:
    way, plain = ways[name], ways[PLAIN]
    return [
        name, f"{way['long_per_s']:.0f}", f"{way['long_per_s'] / plain['long_per_s']:.1f}",
        f"{way['processor_ms']:.1f}", f"{way['short_per_s']:.0f}", f"{way['short_per_s'] / plain['short_per_s']:.1f}",
        f"{way['query_ms']:.1f}", f"{plain['query_ms'] / way['query_ms']:.1f}",
        f"{way['cosine_mean']:.5f}", f"{way['cosine_least']:.5f}",
        f"{way['esco_mrr']:.4f}" if "esco_mrr" in way else "", f"{way['memory'] / 1e6:.0f}",
    ]  # fmt: skip


# ---------------------------------------------------------------- two applications
def over_http(folder: Path, count: int, rounds: int) -> dict[str, dict[str, float]]:
    """Ask both applications in turn for texts that neither has seen, and for one that both have."""
    server = start(folder)
    source, cache = folder / "people.jsonl", folder / "cache"
    try:
        write_sample(count, 42, source)
        build(source, cache)
        ours = [sys.executable, "-m", "webapp", "--port", str(WEB_PORTS["ours"])]
        naive = [sys.executable, "-m", "bench.naive_app", str(WEB_PORTS["naive"]), REDIS_URL]
        applications = [
            subprocess.Popen(command, env=environment(cache), stderr=subprocess.DEVNULL) for command in (ours, naive)
        ]
        try:
            for port in WEB_PORTS.values():
                _wait(port)
            return _take_turns(rounds)
        finally:
            for application in applications:
                application.terminate()
                application.wait()
    finally:
        server.terminate()
        server.wait()


def _take_turns(rounds: int) -> dict[str, dict[str, float]]:
    some = [row.text for row in sample_rows()[-40:]]
    asked: dict[str, Callable[[int, str], str]] = {
        "a long text, new": lambda number, text: f"{number} {text}"[:600],
        "a short one, new": lambda number, text: f"{' '.join(text.split()[:6])} {number}",
        "one seen before": lambda number, text: some[0][:600],
    }
    times: dict[str, dict[str, list[float]]] = {what: {name: [] for name in WEB_PORTS} for what in asked}
    for number in range(-1, rounds):
        for text in some:
            for what, make in asked.items():
                for name, port in WEB_PORTS.items():
                    took = _ask(port, make(number, text))
                    if number >= 0:
                        times[what][name].append(took)
    return {what: {name: statistics.median(each) for name, each in both.items()} for what, both in times.items()}


def _ask(port: int, text: str) -> float:
    started = time.perf_counter()
    query = urllib.parse.urlencode({"q": text})
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/search?{query}") as reply:
        reply.read()
    return (time.perf_counter() - started) * 1000


def _wait(port: int) -> None:
    for _ in range(3000):
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
            return
        time.sleep(0.1)
    raise SystemExit(f"nothing answers at port {port}")


if __name__ == "__main__":
    main()
