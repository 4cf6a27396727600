"""How long a search takes over HTTP, stage by stage, and what `auto` saves at 100,000 profiles.

python -m bench.search [--rows 100000] [--clusters 300]

Medians over 200 queries after 20 for warm-up, in one run on one machine.
"""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import click
import numpy as np

from profilesearch.clusters.calibration import calibrate_vectors
from profilesearch.clusters.fit import fit_partition, hold_back
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.settings import Settings
from profilesearch.store import Filter, KnnQuery, Store, VersionRecord, connect
from profilesearch.vector_index import VectorIndex

from .redis_local import PORT, median_ms, start
from .report import save, show
from .vectors import collection

DEPTH = 31
"""What a first page of 30 asks for."""

URL = f"redis://127.0.0.1:{PORT}/0"


@click.command()
@click.option("--rows", default=100_000, show_default=True)
@click.option("--clusters", default=300, show_default=True)
@click.option("--http/--no-http", default=True, help="Whether to build the sample and measure HTTP, too.")
def main(rows: int, clusters: int, http: bool) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        process = start(Path(folder))
        try:
            found: dict[str, Any] = {"routing": routing(rows, clusters)}
            if http:
                found["http"] = over_http(Path(folder))
        finally:
            process.terminate()
            process.wait()
    save("search", found)


def routing(rows: int, clusters: int) -> dict[str, float]:
    """`off` against `auto`, ids and distances of a first page, through the store."""
    data = collection(rows, clusters)
    store = Store(connect(Settings(redis_url=URL)))
    held = hold_back(rows)
    model, assigned = fit_partition(data.vectors, clusters, held)
    calibration = calibrate_vectors(model, data.vectors, assigned, held)
    record = VersionRecord(
        store.versions.new_name(), "random", "0", Fields(), VectorIndex(data.vectors.shape[1]), profiles=rows
    )
    store.create(record)
    pairs = zip(data.vectors, assigned, strict=True)
    sum(store.profiles.write(record, ((Row(str(n), "-", "-"), int(c), v) for n, (v, c) in enumerate(pairs))))
    store.indexes.wait(record)
    landmarks = calibration.landmarks_for(0.95)
    sizes = np.bincount(assigned)
    searched, recalls = [], []

    def auto(i: int) -> list[str]:
        query = data.queries[i][None]
        near = sorted({int(model.predict(query)[0]), *map(int, model.near(query)[0, :landmarks])})
        searched.append(sizes[near].sum() / rows)
        return [c.id for c in store.rank(record, KnnQuery(data.queries[i], DEPTH, Filter(tuple(near))))]

    def off(i: int) -> list[str]:
        return [c.id for c in store.rank(record, KnnQuery(data.queries[i], DEPTH))]

    for number in range(100):
        recalls.append(len(set(auto(number)[:10]) & set(off(number)[:10])) / 10)
    times = {"off": median_ms(off, 200), "auto": median_ms(auto, 200)}
    share = statistics.fmean(searched)
    recall = statistics.fmean(recalls)
    show(f"{rows:,} profiles, {clusters} clusters, ids and distances of the first 31",
         ["", "p50 ms", "recall@10", "searched", "faster by"],
         [["off", f"{times['off']:.2f}", "1.000", "100%", ""],
          ["auto", f"{times['auto']:.2f}", f"{recall:.3f}", f"{share:.1%}", f"{times['off'] / times['auto']:.1f}x"]])  # fmt: skip
    store.drop(record.version)
    return {**times, "share": share, "recall": recall}


def over_http(folder: Path) -> dict[str, float]:
    """The sample behind the web app: searches whose text is new, and searches whose text was asked before."""
    env = os.environ | {"REDIS_URL": URL, "PYTHONPATH": str(Path(__file__).parents[1])}
    profiles, queries = folder / "profiles.jsonl", folder / "queries.jsonl"
    for args in (["sample", "--out", str(profiles), "--queries", str(queries)], ["build", str(profiles)]):
        subprocess.run([sys.executable, "-m", "indexer", *args], env=env, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    web = subprocess.Popen([sys.executable, "-m", "webapp", "--port", str(port)], env=env)
    texts = [json.loads(line)["text"] for line in queries.read_text().splitlines()]
    try:
        while not _answers(port):
            time.sleep(0.1)
        fresh = [_search(port, f"{texts[n % 20]} {n}") for n in range(120)][20:]
        stages = {
            name: statistics.median(a["timings_ms"][name] for a in fresh)
            for name in ("embed", "route", "redis", "total")
        }
        times = {"fresh": statistics.median(answer["http_ms"] for answer in fresh)}
        for text in texts:
            _search(port, text)
        times["seen"] = median_ms(lambda i: _search(port, texts[i % 20]), 200)
    finally:
        web.terminate()
        web.wait()
    show("HTTP on the sample, k = 30, default clusters, p50 ms", ["", "ms"],
         [["a new text", f"{times['fresh']:.1f}"], *[[f"  {name}", f"{value:.1f}"] for name, value in stages.items()],
          ["  rendering and HTTP", f"{times['fresh'] - stages['total']:.1f}"],
          ["a text asked before", f"{times['seen']:.1f}"]])  # fmt: skip
    return {**times, **{f"fresh_{name}": value for name, value in stages.items()}}


def _search(port: int, text: str) -> dict[str, Any]:
    started = time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/search?" + urllib.parse.urlencode({"q": text})) as reply:
        answer: dict[str, Any] = json.loads(reply.read())
    answer["http_ms"] = (time.perf_counter() - started) * 1000
    return answer


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    main()
