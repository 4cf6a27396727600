"""Runs every way of searching over a task's queries."""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import numpy as np

from profilesearch.search.pipeline import RANKING, SearchPipeline
from profilesearch.search.request import MOST_RESULTS, SearchRequest
from profilesearch.search.rerankers.language_model import Usage
from profilesearch.search.routing import find_route
from profilesearch.search.snapshot import Snapshot
from profilesearch.store import Indexes, KnnQuery, Store
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
        spent: on questions to a language model, by all queries together.
        failed: queries whose reranker gave no answer; their ranking stayed as it was.
    """

    name: str
    rankings: Mapping[str, Sequence[str]]
    milliseconds: Mapping[str, Sequence[float]]
    share: float
    clusters: float
    spent: Usage = field(default_factory=Usage)
    failed: int = 0

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
    """By meaning, by words, and by both."""
    return [_run(pipeline, task, name, options) for name, options in RANKINGS.items()]


def run_closer(pipeline: SearchPipeline, task: Task, diversities: Iterable[float] = ()) -> list[Run]:
    """Both with each of the pipeline's rerankers, and with each of some diversities; the first is both alone."""
    both = RANKINGS["both"]
    ways = {"both": both} | {f"both, {name}": {**both, "rerank": name} for name in pipeline.tools.rerankers}
    ways |= {f"both, diversity {each:g}": {**both, "diversity": each} for each in diversities}
    return [_run(pipeline, task, name, options) for name, options in ways.items()]


def _run(pipeline: SearchPipeline, task: Task, name: str, options: Mapping[str, Any]) -> Run:
    profiles = pipeline.snapshot().version.profiles
    shares: list[float] = []
    searched: list[int] = []
    failed: set[str] = set()

    def ask(text: str) -> list[str]:
        state = pipeline.run(RANKING, SearchRequest(text, **options), depth=MOST_RESULTS)
        searched.append(len(state.ranking.searched))
        shares.append(sum(cluster.size for cluster in state.ranking.searched) / max(1, profiles))
        failed.update(text for note in state.notes if note.code == "not_reranked")
        return [candidate.id for candidate in state.ranking.candidates]

    usage = getattr(pipeline.tools.rerankers.get(options.get("rerank", "")), "usage", Usage())
    before = replace(usage)
    rankings, times = timed(task, ask, rounds=0 if options.get("rerank") else _ROUNDS)
    share = min(1.0, statistics.fmean(shares))
    return Run(name, rankings, times, share, statistics.fmean(searched), usage.since(before), len(failed))


def run_indexes(pipeline: SearchPipeline, store: Store, task: Task) -> list[Run]:
    """FLAT and HNSW over the same profiles, everything searched; indexes that are not there are made and dropped.

    Timed as :func:`run_clusters` times: the live version is asked for and a route is found for each search.
    """
    snapshot = pipeline.snapshot()
    runs = []
    for algorithm in ("flat", "hnsw"):
        with _indexes(store, snapshot, algorithm) as indexes:
            for ef_runtime in EF_RUNTIMES if algorithm == "hnsw" else (None,):

                def ask(text: str, indexes: Indexes = indexes, ef_runtime: int | None = ef_runtime) -> list[str]:
                    version = pipeline.snapshot().version
                    vector = pipeline.embed(text)
                    find_route(SearchRequest(text, mode="off"), snapshot, vector)
                    query = KnnQuery(vector, MOST_RESULTS, ef_runtime=ef_runtime, type=version.vectors.type)
                    return [candidate.id for candidate in store.rank(version, query, indexes)]

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
            found = ask(text)
            if number or not rounds:
                times[query].append((time.perf_counter() - started) * 1000)
            dropped = task.dropped.get(query, frozenset())
            rankings[query] = [id_ for id_ in found if id_ not in dropped]
    return rankings, times


@contextmanager
def _indexes(store: Store, snapshot: Snapshot, algorithm: str) -> Iterator[Indexes]:
    """Indexes of that algorithm over the version's profiles, and their passages if it has any."""
    version, own = snapshot.version, Indexes.of(snapshot.version)
    if version.vectors.algorithm == algorithm:
        yield own
        return
    vectors: VectorIndex = replace(version.vectors, algorithm=algorithm)  # type: ignore[arg-type]
    made = Indexes(f"{own.whole}:evaluate", own.passages and f"{own.passages}:evaluate")
    names = [name for name in (made.whole, made.passages) if name is not None]
    store.indexes.create(replace(version, vectors=vectors), made)
    try:
        for name in names:
            store.indexes.wait(version, name)
        yield made
    finally:
        for name in names:
            store.indexes.drop(name)
