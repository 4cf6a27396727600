"""Runs every way of searching over a task's queries."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from profilesearch.search.pipeline import RANKING, SearchPipeline
from profilesearch.search.request import MOST_RESULTS, SearchRequest
from profilesearch.search.routing import find_route
from profilesearch.search.snapshot import Snapshot
from profilesearch.store import KnnQuery, Store
from profilesearch.vector_index import VectorIndex

from .tasks import Task

CLUSTER_CHOICES: dict[str, dict[str, Any]] = {
    "off": {"mode": "off"},
    "predicted": {"mode": "predicted"},
    "probes 2": {"mode": "predicted", "probes": 2},
    "probes 3": {"mode": "predicted", "probes": 3},
    "probes 5": {"mode": "predicted", "probes": 5},
    "auto": {"mode": "auto"},
}
"""All by meaning, as indexes are compared."""

RANKINGS: dict[str, dict[str, Any]] = {
    "meaning": {"mode": "off", "by": "meaning"},
    "words": {"mode": "off", "by": "words"},
    "both": {"mode": "off", "by": "hybrid"},
    "both, auto": {"mode": "auto", "by": "hybrid"},
}
"""Everything searched, but for the last, which is what the page does by default."""

EF_RUNTIMES = (10, 50, 100, 200)
_ROUNDS = 3


@dataclass(frozen=True)
class Run:
    """One way of searching, over all queries.

    Attributes:
        name: of the way.
        rankings: ids by query, best first.
        milliseconds: of every search, by query.
        share: mean share of the profiles that was searched.
        clusters: mean number of clusters that were.
    """

    name: str
    rankings: Mapping[str, Sequence[str]]
    milliseconds: Mapping[str, Sequence[float]]
    share: float
    clusters: float

    @property
    def p50(self) -> float:
        """Median milliseconds of a search."""
        return statistics.median(chain.from_iterable(self.milliseconds.values()))

    @property
    def p99(self) -> float:
        """Milliseconds that 99 of 100 searches stay below."""
        return float(np.percentile(list(chain.from_iterable(self.milliseconds.values())), 99))

    def over(self, task: Task) -> "Run":
        """The same over the queries of a part of the task."""
        rankings = {query: self.rankings[query] for query in task.queries}
        return replace(
            self, rankings=rankings, milliseconds={query: self.milliseconds[query] for query in task.queries}
        )


def run_clusters(pipeline: SearchPipeline, task: Task) -> list[Run]:
    """Every choice of clusters, with the live version's own index."""
    return [_run(pipeline, task, name, {"by": "meaning", **options}) for name, options in CLUSTER_CHOICES.items()]


def run_rankings(pipeline: SearchPipeline, task: Task) -> list[Run]:
    """By meaning, by words, by both, and by both with each of the pipeline's rerankers."""
    reranked = {f"both, {name}": {"mode": "off", "by": "hybrid", "rerank": name} for name in pipeline.tools.rerankers}
    return [_run(pipeline, task, name, options) for name, options in {**RANKINGS, **reranked}.items()]


def _run(pipeline: SearchPipeline, task: Task, name: str, options: Mapping[str, Any]) -> Run:
    profiles = pipeline.snapshot().version.profiles
    shares: list[float] = []
    searched: list[int] = []

    def ask(text: str) -> list[str]:
        ranking = pipeline.run(RANKING, SearchRequest(text, **options), depth=MOST_RESULTS).ranking
        searched.append(len(ranking.searched))
        shares.append(sum(cluster.size for cluster in ranking.searched) / max(1, profiles))
        return [candidate.id for candidate in ranking.candidates]

    rankings, times = timed(task, ask, rounds=0 if options.get("rerank") else _ROUNDS)
    return Run(name, rankings, times, min(1.0, statistics.fmean(shares)), statistics.fmean(searched))


def run_indexes(pipeline: SearchPipeline, store: Store, task: Task) -> list[Run]:
    """FLAT and HNSW over the same profiles, everything searched; indexes that are not there are made and dropped.

    Timed as :func:`run_clusters` times: the live version is asked for and a route is found for each search.
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
                    query = KnnQuery(vector, MOST_RESULTS, ef_runtime=ef_runtime, type=version.vectors.type)
                    return [candidate.id for candidate in store.rank(version, query, index)]

                rankings, times = timed(task, ask)
                name = algorithm.upper() if ef_runtime is None else f"HNSW ef {ef_runtime}"
                runs.append(Run(name, rankings, times, 1.0, len(snapshot.clusters)))
    return runs


def timed(
    task: Task, ask: Callable[[str], list[str]], rounds: int = _ROUNDS
) -> tuple[dict[str, list[str]], dict[str, list[float]]]:
    """Ask every query, once for warm-up and then in rounds; without rounds, what takes long is asked once and timed."""
    rankings: dict[str, list[str]] = {}
    times: dict[str, list[float]] = {query: [] for query in task.queries}
    for number in range(1 + rounds):
        for query, text in task.queries.items():
            started = time.perf_counter()
            rankings[query] = ask(text)
            if number or not rounds:
                times[query].append((time.perf_counter() - started) * 1000)
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
