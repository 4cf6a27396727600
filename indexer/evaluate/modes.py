"""Runs every way of searching over a task's queries."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from profilesearch.search.pipeline import RANKING, SearchPipeline
from profilesearch.search.request import MOST_RESULTS, SearchRequest
from profilesearch.search.routing import find_route
from profilesearch.search.snapshot import Snapshot
from profilesearch.store import KnnQuery, Store
from profilesearch.vector_index import VectorIndex

from .tasks import Task

MODES: dict[str, dict[str, Any]] = {
    "off": {"mode": "off", "by": "meaning"},
    "predicted": {"mode": "predicted", "by": "meaning"},
    "probes 2": {"mode": "predicted", "probes": 2, "by": "meaning"},
    "probes 3": {"mode": "predicted", "probes": 3, "by": "meaning"},
    "probes 5": {"mode": "predicted", "probes": 5, "by": "meaning"},
    "auto": {"mode": "auto", "by": "meaning"},
    "hybrid off": {"mode": "off", "by": "hybrid"},
    "hybrid auto": {"mode": "auto", "by": "hybrid"},
    "words": {"mode": "off", "by": "words"},
}
"""Choices of clusters by meaning alone, which are compared with its exact answer, and what words change."""

EF_RUNTIMES = (10, 50, 100, 200)
_ROUNDS = 3


@dataclass(frozen=True)
class Run:
    """One way of searching: rankings by query, milliseconds of every search, mean share of profiles and mean number of
    clusters searched.
    """

    name: str
    rankings: Mapping[str, Sequence[str]]
    milliseconds: Sequence[float]
    share: float
    clusters: float

    @property
    def p50(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def p99(self) -> float:
        return float(np.percentile(self.milliseconds, 99))


def run_modes(pipeline: SearchPipeline, task: Task) -> list[Run]:
    """Every choice of clusters, with the live version's own index."""
    profiles = pipeline.snapshot().version.profiles
    runs = []
    for name, options in MODES.items():
        shares: list[float] = []
        searched: list[int] = []

        def ask(
            text: str, options: dict[str, Any] = options, shares: list[float] = shares, searched: list[int] = searched
        ) -> list[str]:
            ranking = pipeline.run(RANKING, SearchRequest(text, **options), depth=MOST_RESULTS).ranking
            searched.append(len(ranking.searched))
            shares.append(sum(cluster.size for cluster in ranking.searched) / max(1, profiles))
            return [candidate.id for candidate in ranking.candidates]

        rankings, times = _timed(task, ask)
        runs.append(Run(name, rankings, times, min(1.0, statistics.fmean(shares)), statistics.fmean(searched)))
    return runs


def run_indexes(pipeline: SearchPipeline, store: Store, task: Task) -> list[Run]:
    """FLAT and HNSW over the same profiles, everything searched; indexes that are not there are made and dropped.

    Timed as :func:`run_modes` times: the live version is asked for and a route is found for each search.
    """
    snapshot = pipeline.snapshot()
    runs = []
    for algorithm in ("flat", "hnsw"):
        with _index(store, snapshot, algorithm) as index:
            for ef_runtime in EF_RUNTIMES if algorithm == "hnsw" else (None,):

                def ask(text: str, index: str = index, ef_runtime: int | None = ef_runtime) -> list[str]:
                    version = pipeline.snapshot().version
                    vector = pipeline.embed(text)
                    find_route(SearchRequest(text, mode="off"), snapshot, vector)
                    query = KnnQuery(vector, MOST_RESULTS, ef_runtime=ef_runtime)
                    return [candidate.id for candidate in store.rank(version, query, index)]

                rankings, times = _timed(task, ask)
                name = algorithm.upper() if ef_runtime is None else f"HNSW ef {ef_runtime}"
                runs.append(Run(name, rankings, times, 1.0, len(snapshot.clusters)))
    return runs


def _timed(task: Task, ask: Callable[[str], list[str]]) -> tuple[dict[str, list[str]], list[float]]:
    """Ask every query, once for warm-up and then in rounds."""
    rankings = {query: ask(text) for query, text in task.queries.items()}
    times = []
    for _ in range(_ROUNDS):
        for text in task.queries.values():
            started = time.perf_counter()
            ask(text)
            times.append((time.perf_counter() - started) * 1000)
    return rankings, times


@contextmanager
def _index(store: Store, snapshot: Snapshot, algorithm: str) -> Iterator[str]:
    """The name of an index of that algorithm over the version's profiles."""
    version = snapshot.version
    if version.vectors.algorithm == algorithm:
        yield version.index
        return
    vectors: VectorIndex = replace(version.vectors, algorithm=algorithm)  # type: ignore[arg-type]
    name = f"{version.index}:evaluate"
    store.indexes.create(replace(version, vectors=vectors), name)
    try:
        store.indexes.wait(version, name)
        yield name
    finally:
        store.indexes.drop(name)
