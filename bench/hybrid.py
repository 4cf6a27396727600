"""FT.HYBRID of redis_local against its own KNN: one run, one machine, both in turns.

python -m bench.hybrid [--rows 100000] [--clusters 300] [--rounds 10]

Profiles of 200 words, drawn by Zipf's law from 60,000 invented ones. Both sides have the cluster as their filter; the
first 30 are asked for, of KNN the distances alone. What to quote is the median of the ratios of two queries asked one
after the other.
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import numpy.typing as npt
import psutil

from .connection import connect
from .redis_local import PORT, start
from .report import save, show
from .vectors import Collection, collection

WORDS = (8, 16, 32, 64)
FIRST = "30"
VOCABULARY = 60_000
LENGTH = 200
QUERIES = 40
RARE = (200, 20_000)
"""Ranks between which the words of a query are: what is left of a text once its commonest words are gone."""

SCHEMA = ("SCHEMA", "cluster", "TAG", "text", "TEXT", "embedding", "VECTOR", "FLAT", "6", "TYPE", "FLOAT32", "DIM", "384",
          "DISTANCE_METRIC", "COSINE")  # fmt: skip


@click.command()
@click.option("--rows", default=100_000, show_default=True, help="Profiles.")
@click.option("--clusters", default=300, show_default=True, help="Clusters of them.")
@click.option("--rounds", default=10, show_default=True, help="How often all queries are asked.")
def main(rows: int, clusters: int, rounds: int) -> None:
    """Measure and print."""
    data = collection(rows, clusters)
    with tempfile.TemporaryDirectory() as folder:
        process = start(Path(folder))
        try:
            client = connect(port=PORT)
            before = psutil.Process(process.pid).memory_info().rss
            seconds = load(client, data)
            held = (psutil.Process(process.pid).memory_info().rss - before) / 1e6
            measured = {str(words): measure(client, data, words, rounds) for words in WORDS}
        finally:
            process.terminate()
            process.wait()
    save("hybrid", {"rows": rows, "clusters": clusters, "load_s": seconds, "index_mb": held, "words": measured})
    show(
        f"{rows:,} profiles in {clusters} clusters, first {FIRST}; index {held:,.0f} MB, loaded in {seconds:.0f} s",
        ["words", "KNN ms", "hybrid ms", "ratio"],
        [
            [words, *(f"{each[name]:.2f}" for name in ("knn_ms", "hybrid_ms", "ratio"))]
            for words, each in measured.items()
        ],
    )


def load(client: Any, data: Collection) -> float:
    """Write every profile and wait until all are found; in seconds."""
    rng = np.random.default_rng(11)
    spoken, shares = vocabulary()
    client.execute_command("FT.CREATE", "idx", "PREFIX", "1", "p:", *SCHEMA)
    seconds = 0.0
    for begin in range(0, len(data.vectors), 500):
        pipeline = client.pipeline(transaction=False)
        rows = range(begin, min(begin + 500, len(data.vectors)))
        for row, words in zip(rows, rng.choice(VOCABULARY, size=(len(rows), LENGTH), p=shares), strict=True):
            pipeline.hset(f"p:{row}", mapping={
                "cluster": int(data.cluster[row]), "text": " ".join(spoken[words]), "embedding": data.vectors[row].tobytes(),
            })  # fmt: skip
        started = time.perf_counter()
        pipeline.execute()
        found = client.execute_command("FT.SEARCH", "idx", "*", "LIMIT", "0", "0")
        seconds += time.perf_counter() - started
        assert found[0] == rows.stop, found
    return seconds


def vocabulary() -> tuple[npt.NDArray[np.str_], npt.NDArray[np.float64]]:
    """Words by rank and how often each is said."""
    shares = 1 / np.arange(1, VOCABULARY + 1) ** 0.9
    return np.array([f"w{rank:x}" for rank in range(VOCABULARY)]), shares / shares.sum()


def measure(client: Any, data: Collection, words: int, rounds: int) -> dict[str, Any]:
    """Medians over the same queries, asked of both one after the other, and of the ratio of each two."""
    rng, (spoken, _) = np.random.default_rng(words), vocabulary()
    texts = ["|".join(spoken[rng.choice(np.arange(*RARE), words, replace=False)]) for _ in range(QUERIES)]
    knn_ms: list[float] = []
    hybrid_ms: list[float] = []
    for turn in range(-1, rounds):
        for number, text in enumerate(texts):
            vector, filter_ = data.queries[number].tobytes(), f"@cluster:{{{data.query_cluster[number]}}}"
            took = timed(client, knn(vector, filter_)), timed(client, hybrid(text, vector, filter_))
            if turn >= 0:
                knn_ms.append(took[0])
                hybrid_ms.append(took[1])
    ratios = [one / other for one, other in zip(hybrid_ms, knn_ms, strict=True)]
    medians = map(statistics.median, (knn_ms, hybrid_ms, ratios))
    return dict(zip(("knn_ms", "hybrid_ms", "ratio"), medians, strict=True))


def timed(client: Any, command: list[str | bytes]) -> float:
    started = time.perf_counter()
    client.execute_command(*command)
    return (time.perf_counter() - started) * 1000


def knn(vector: bytes, filter_: str) -> list[str | bytes]:
    return ["FT.SEARCH", "idx", f"({filter_})=>[KNN {FIRST} @embedding $vec AS distance]", "PARAMS", "2", "vec", vector,
            "SORTBY", "distance", "RETURN", "1", "distance", "LIMIT", "0", FIRST, "DIALECT", "2"]  # fmt: skip


def hybrid(text: str, vector: bytes, filter_: str) -> list[str | bytes]:
    return ["FT.HYBRID", "idx", "SEARCH", f"(@text:({text}) {filter_})", "VSIM", "@embedding", "$vec", "KNN", "2", "K", FIRST,
            "FILTER", filter_, "COMBINE", "RRF", "2", "WINDOW", FIRST, "LIMIT", "0", FIRST, "PARAMS", "2", "vec",
            vector]  # fmt: skip


if __name__ == "__main__":
    main()
