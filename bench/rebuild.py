"""What a rebuild costs: the first one, the one after it, a sync, and the searches that go on meanwhile.

python -m bench.rebuild [--count 6904] [--cycles 20] [--cache FOLDER]

One run on one machine; ratios are taken within it. With --cache, vectors that lie there are used, and the first build's
embedding is not measured.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from indexer.encoders import SingleEncoder
from indexer.report import Report
from indexer.sample import write_sample
from indexer.sync import SyncOptions, sync
from profilesearch.collection import PROFILES
from profilesearch.embedding import CachedEncoder, EmbeddingCache, load_encoder, model_stamp
from profilesearch.search.page import SearchPage
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.settings import DEFAULT_MODEL, Settings
from profilesearch.store import Keys, Store, connect

from .connection import connect_url
from .redis_local import PORT, start
from .report import save, show

AGAIN = 11
"""Builds of the unchanged source after the first."""

URL = f"redis://127.0.0.1:{PORT}/0"


@click.command()
@click.option("--count", default=6904, show_default=True, help="People in the sample.")
@click.option("--cycles", default=20, show_default=True, help="Rebuilds that searches go on through.")
@click.option("--cache", type=click.Path(path_type=Path, file_okay=False), help="An embedding cache to use.")
def main(count: int, cycles: int, cache: Path | None) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        process = start(Path(folder))
        try:
            found = measure(Path(folder), cache or Path(folder) / "cache", count, cycles)
        finally:
            process.terminate()
            process.wait()
    save("rebuild", found)


def measure(folder: Path, cache: Path, count: int, cycles: int) -> dict[str, Any]:
    """Everything, on a sample of so many people."""
    source = folder / "people.jsonl"
    write_sample(count, 42, source, None, None)
    first, *again = [build(source, cache) for _ in range(1 + AGAIN)]
    second = sorted(again, key=lambda told: told["process"])[AGAIN // 2]
    writing = sorted(count / told["seconds"]["write"] for told in again)
    changed = changed_source(source, folder / "changed.jsonl")
    encoder = load_encoder()
    synced = sync_seconds(changed, cache, encoder)
    watched = watch_seconds(changed, cache)
    quiet, busy = searching(encoder, source, folder, cache, cycles)
    stages = ["read", "load model", "embed", "cluster", "calibrate", "write", "index", "verify", "publish"]
    show(f"{count:,} people, seconds", ["build", *stages, "whole process", "peak MB"], [
        [name, *(f"{told['seconds'].get(stage, 0):.2f}" for stage in stages), f"{told['process']:.2f}", f"{told['peak_memory'] / 1e6:.0f}"]
        for name, told in (("first", first), ("again", second))
    ])  # fmt: skip
    embedding = (first["seconds"]["embed"] - first["seconds"].get("load model", 0)) / second["seconds"]["embed"]
    show("What follows", ["", "measured"], [
        [f"build again, whole process, median of {AGAIN}", f"{second['process']:.2f} s"],
        ["embedding stage, first / again", f"{embedding:.0f}x" if first["embedded"] == count else "not measured: the cache was filled"],
        [f"writing, median of {AGAIN} (least, most)", f"{writing[AGAIN // 2]:,.0f} profiles/s ({writing[0]:,.0f}, {writing[-1]:,.0f})"],
        ["sync, 100 changed, model at hand", f"{synced:.2f} s"],
        ["watch, from XADD until searchable, median of 20 (most)", f"{statistics.median(watched):.2f} s ({max(watched):.2f})"],
        [f"search p50, quiet / through {cycles} rebuilds", f"{quiet['p50']:.2f} / {busy['p50']:.2f} ms"],
        ["search p99", f"{quiet['p99']:.2f} / {busy['p99']:.2f} ms ({busy['p99'] / quiet['p99']:.1f}x)"],
        ["searches, errors, mixed answers", f"{busy['searches']:,.0f}, {busy['errors']:.0f}, {busy['mixed']:.0f}"],
    ])  # fmt: skip
    return {
        "first": first,
        "again": again,
        "embedding_ratio": embedding,
        "sync_s": synced,
        "watch_s": watched,
        "quiet": quiet,
        "busy": busy,
    }


def environment(cache: Path) -> dict[str, str]:
    """For processes that work on the server of this run and on a cache."""
    return os.environ | {"REDIS_URL": URL, "PROFILESEARCH_CACHE": str(cache)}


def build(source: Path, cache: Path, *options: str) -> dict[str, Any]:
    """One build by the command line, and how long its process took."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "indexer", "build", str(source), "--json", *options], capture_output=True, check=True,
        env=environment(cache),
    )  # fmt: skip
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary | {"process": time.perf_counter() - started}


def changed_source(source: Path, path: Path) -> Path:
    """The same people, a hundred of whom have something else to tell, that no cache has a vector of."""
    news = f"Since {time.time():.0f} also responsible for region"
    rows = [json.loads(line) for line in source.read_text().splitlines()]
    for number, row in enumerate(rows[:: max(1, len(rows) // 100)][:100]):
        row["about"] += f" {news} {number}."
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def sync_seconds(source: Path, cache: Path, model: Any) -> float:
    """A sync with a hundred changed people, with the model loaded."""
    encoder = CachedEncoder(DEFAULT_MODEL, lambda: model, EmbeddingCache(cache), model_stamp(DEFAULT_MODEL))
    started = time.perf_counter()
    counts = sync(
        SyncOptions(str(source)), Store(connect(Settings(redis_url=URL))), SingleEncoder(encoder), cache, Report()
    )
    if counts.changed != 100:
        raise SystemExit(f"expected 100 changed, got {counts}")
    return time.perf_counter() - started


def watch_seconds(source: Path, cache: Path) -> list[float]:
    """Changes of one person each, one after the other: from XADD until a search finds what is new."""
    people = [json.loads(line) for line in source.read_text().splitlines()[1:21]]
    command = [sys.executable, "-m", "indexer", "watch", "--json"]
    watcher = subprocess.Popen(command, env=environment(cache), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    took = []
    try:
        assert watcher.stderr is not None
        while b"watching" not in watcher.stderr.readline():
            if watcher.poll() is not None:
                raise SystemExit("indexer watch ended")
        with connect_url(URL) as client:
            for number, person in enumerate(people):
                person |= {"headline": f"Walrus keeper {number}", "role": f"walrus{number}"}
                started = time.perf_counter()
                client.xadd(Keys().stream, {"op": "upsert", "id": person["id"], "profile": json.dumps(person)})
                while not client.execute_command("FT.SEARCH", PROFILES.name, f"@role:{{walrus{number}}}", "NOCONTENT")[
                    0
                ]:
                    time.sleep(0.002)
                took.append(time.perf_counter() - started)
    finally:
        watcher.terminate()
        watcher.wait()
    return took


def editions(source: Path, folder: Path) -> list[Path]:
    """The same people twice: a tag, which is not embedded, tells which of the two a profile comes from."""
    paths = []
    for edition in ("even", "odd"):
        paths.append(folder / f"{edition}.jsonl")
        rows = (json.loads(line) | {"edition": edition} for line in source.read_text().splitlines())
        paths[-1].write_text("".join(json.dumps(row) + "\n" for row in rows))
    return paths


def is_mixed(page: SearchPage) -> bool:
    """Whether people of two editions stand on one page, or it is not as long as asked for."""
    return len(page.results) != page.request.k or len({result.hit.tags["edition"] for result in page.results}) != 1


def searching(
    encoder: Any, source: Path, folder: Path, cache: Path, cycles: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Searches without pause, while nothing happens and while versions of two editions are published in turn."""
    tags = "role,field,location,seniority,languages,edition"
    both = editions(source, folder)
    build(both[0], cache, "--tag-fields", tags)
    pipeline = SearchPipeline(encoder, Store(connect(Settings(redis_url=URL))))
    quiet = measured(pipeline, lambda: time.sleep(15))
    return quiet, measured(pipeline, lambda: [build(both[n % 2], cache, "--tag-fields", tags) for n in range(cycles)])


def measured(pipeline: SearchPipeline, work: Callable[[], object]) -> dict[str, float]:
    """Search for as long as some work takes: latencies, errors, and answers of more than one version."""
    stop = threading.Event()
    times: list[float] = []
    wrong = {"errors": 0, "mixed": 0}

    def search() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            started = time.perf_counter()
            try:
                page = pipeline.search(SearchRequest("product marketing manager" if number % 2 else "data engineer"))
                wrong["mixed"] += is_mixed(page)
            except Exception:
                wrong["errors"] += 1
            times.append((time.perf_counter() - started) * 1000)

    searcher = threading.Thread(target=search)
    searcher.start()
    try:
        work()
    finally:
        stop.set()
        searcher.join()
    cuts = statistics.quantiles(times, n=100)
    return {"p50": cuts[49], "p99": cuts[98], "searches": len(times), **wrong}


if __name__ == "__main__":
    main()
