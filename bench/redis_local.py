"""redis_local against Chroma, and against the plain redis-server behind it: one run, one machine.

python -m bench.redis_local [--rows 6904,100000] [--no-chroma]

Medians over 200 queries after 20 for warm-up, 384 dimensions, k = 10. Ratios are what to quote; absolute times
belong to the machine.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import psutil

import redis

from .connection import connect
from .report import save, show
from .vectors import Collection, collection

PORT = 6399
K = 10
WARM_UP = 20
CLUSTERS = {6904: 10, 100_000: 300}
SCHEMA = ("SCHEMA", "cluster", "TAG", "role", "TAG", "location", "TAG", "years", "NUMERIC", "embedding", "VECTOR", "FLAT", "6",
          "TYPE", "FLOAT32", "DIM", "384", "DISTANCE_METRIC", "COSINE")  # fmt: skip


@click.command()
@click.option("--rows", default="6904,100000", show_default=True, help="Sizes to measure.")
@click.option("--chroma/--no-chroma", default=True, help="Whether to measure Chroma too.")
def main(rows: str, chroma: bool) -> None:
    """Measure and print."""
    measured: dict[str, Any] = {}
    for size in map(int, rows.split(",")):
        clusters = CLUSTERS.get(size, max(2, size // 300))
        data = collection(size, clusters)
        ours = measure_ours(data)
        theirs = measure_chroma(data) if chroma else {}
        measured[str(size)] = {"clusters": clusters, "redis_local": ours, "chroma": theirs}
        _show(size, clusters, ours, theirs)
    save("redis_local", measured)


def median_ms(ask: Callable[[int], object], queries: int) -> float:
    """The median time of a query, in milliseconds."""
    times = []
    for number in range(-WARM_UP, queries):
        started = time.perf_counter()
        ask(number % queries)
        if number >= 0:
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


# ---------------------------------------------------------------- redis_local
def start(directory: Path) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen([sys.executable, "-m", "redis_local", "--port", str(PORT), "--dir", str(directory)],
                               stderr=subprocess.DEVNULL)  # fmt: skip
    while True:
        try:
            redis.Redis(port=PORT).ping()
            return process
        except redis.ConnectionError:
            time.sleep(0.02)


def measure_ours(data: Collection) -> dict[str, float]:
    """Load, query, restart."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        process = start(Path(folder))
        client = connect(port=PORT)
        behind = connect(unix_socket_path=f"{folder}/redis.sock")
        found["load_plain_per_s"] = load(behind, data)
        behind.flushall()
        client.execute_command("FT.CREATE", "idx", "PREFIX", "1", "p:", *SCHEMA)
        started = time.perf_counter()
        found["load_per_s"] = load(client, data)
        assert client.execute_command("FT.SEARCH", "idx", "*", "LIMIT", "0", "0")[0] == len(data.vectors)
        found["load_searchable_per_s"] = len(data.vectors) / (time.perf_counter() - started)
        queries = len(data.queries)
        found["knn_all_ms"] = median_ms(lambda i: knn(client, data, i, "*"), queries)
        found["knn_cluster_ms"] = median_ms(
            lambda i: knn(client, data, i, f"(@cluster:{{{data.query_cluster[i]}}})"), queries
        )
        found["memory_mb"] = psutil.Process(process.pid).memory_info().rss / 1e6
        found["memory_of_vectors"] = psutil.Process(process.pid).memory_info().rss / data.vectors.nbytes
        found |= plain_commands(client, behind)
        process.terminate()
        process.wait()
        started = time.perf_counter()
        process = start(Path(folder))
        found["ready_after_s"] = wait_ready(len(data.vectors)) - started
        process.terminate()
        process.wait()
    return found


def load(client: Any, data: Collection) -> float:
    """Write every row as a hash, 1,000 in a pipeline; hashes per second, until the last is acknowledged."""
    started = time.perf_counter()
    for begin in range(0, len(data.vectors), 1000):
        pipeline = client.pipeline(transaction=False)
        for row in range(begin, min(begin + 1000, len(data.vectors))):
            pipeline.hset(f"p:{row}", mapping={
                "id": row, "headline": "Product marketing manager at Nordlicht", "cluster": int(data.cluster[row]),
                "role": f"role {row % 79}", "location": f"city {row % 50}", "years": row % 30,
                "embedding": data.vectors[row].tobytes(),
            })  # fmt: skip
        pipeline.execute()
    return len(data.vectors) / (time.perf_counter() - started)


def knn(client: Any, data: Collection, number: int, filter_: str) -> Any:
    return client.execute_command(
        "FT.SEARCH", "idx", f"{filter_}=>[KNN {K} @embedding $vec AS distance]", "PARAMS", "2", "vec",
        data.queries[number].tobytes(), "SORTBY", "distance", "RETURN", "2", "id", "distance", "LIMIT", "0", K, "DIALECT", "2",
    )  # fmt: skip


def plain_commands(client: Any, behind: Any) -> dict[str, float]:
    """GET and SET through redis_local as a share of the speed of the server behind, on its Unix socket."""
    through, direct = plain_rates(client), plain_rates(behind)
    return {name: through[name] for name in through} | {
        f"{name}_ratio": through[name] / direct[name] for name in through
    }


def plain_rates(client: Any) -> dict[str, float]:
    def one_by_one() -> float:
        started = time.perf_counter()
        for number in range(3000):
            client.set(f"k{number}", "value")
            client.get(f"k{number}")
        return 6000 / (time.perf_counter() - started)

    def pipelined() -> float:
        started = time.perf_counter()
        for _ in range(20):
            pipeline = client.pipeline(transaction=False)
            for number in range(1000):
                pipeline.set(f"k{number}", "value").get(f"k{number}")
            pipeline.execute()
        return 40_000 / (time.perf_counter() - started)

    return {"plain_per_s": statistics.median(one_by_one() for _ in range(3)),
            "plain_pipelined_per_s": statistics.median(pipelined() for _ in range(3))}  # fmt: skip


def wait_ready(rows: int) -> float:
    client = connect(port=PORT)
    while True:
        try:
            if client.execute_command("FT.SEARCH", "idx", "*", "LIMIT", "0", "0")[0] == rows:
                return time.perf_counter()
        except redis.BusyLoadingError:
            time.sleep(0.05)


# ---------------------------------------------------------------- Chroma
def measure_chroma(data: Collection) -> dict[str, float]:
    """The same rows and queries in Chroma's embedded client, with the cluster as metadata."""
    import chromadb

    with tempfile.TemporaryDirectory() as folder:
        client = chromadb.PersistentClient(folder, chromadb.config.Settings(anonymized_telemetry=False))
        rows = client.create_collection("profiles", metadata={"hnsw:space": "cosine"})
        started = time.perf_counter()
        for begin in range(0, len(data.vectors), 5000):
            chosen = range(begin, min(begin + 5000, len(data.vectors)))
            rows.add(
                ids=[str(row) for row in chosen], embeddings=data.vectors[begin : begin + 5000],
                metadatas=[{"cluster": int(data.cluster[row]), "years": row % 30} for row in chosen],
            )  # fmt: skip
        found = {"load_per_s": len(data.vectors) / (time.perf_counter() - started)}
        queries = len(data.queries)
        found["knn_all_ms"] = median_ms(
            lambda i: rows.query(data.queries[i : i + 1], n_results=K, include=["distances"]), queries
        )
        found["knn_cluster_ms"] = median_ms(
            lambda i: rows.query(data.queries[i : i + 1], n_results=K, include=["distances"],
                                 where={"cluster": int(data.query_cluster[i])}), queries
        )  # fmt: skip
    return found


def _show(size: int, clusters: int, ours: dict[str, float], theirs: dict[str, float]) -> None:
    def row(label: str, name: str, more_is_better: bool) -> list[str]:
        cells = [label, f"{ours[name]:,.2f}" if ours[name] < 1000 else f"{ours[name]:,.0f}"]
        if name in theirs:
            ratio = ours[name] / theirs[name] if more_is_better else theirs[name] / ours[name]
            return [*cells, f"{theirs[name]:,.2f}" if theirs[name] < 1000 else f"{theirs[name]:,.0f}", f"{ratio:.1f}x"]
        return [*cells, "", ""]

    show(
        f"{size:,} rows, {clusters} clusters, 384 dimensions, k = {K}", ["", "redis_local", "Chroma", "faster by"],
        [
            row("KNN over everything, p50 ms", "knn_all_ms", False),
            row("KNN in one cluster, p50 ms", "knn_cluster_ms", False),
            row("loading, rows/s", "load_per_s", True),
            ["  until searchable, rows/s", f"{ours['load_searchable_per_s']:,.0f}", "", ""],
            ["  share of the plain redis-server's rate", f"{ours['load_per_s'] / ours['load_plain_per_s']:.2f}", "", ""],
            ["GET/SET one by one, share of the server behind", f"{ours['plain_per_s_ratio']:.2f}", "", ""],
            ["GET/SET pipelined, share of the server behind", f"{ours['plain_pipelined_per_s_ratio']:.2f}", "", ""],
            ["memory of the process / bytes of the vectors", f"{ours['memory_of_vectors']:.2f}", "", ""],
            ["ready after a start on existing data, s", f"{ours['ready_after_s']:.1f}", "", ""],
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()
