"""The evaluation from a task to its result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from profilesearch.embedding import Encoder
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.rerankers import Reranker
from profilesearch.store import Candidate, Store, VersionRecord

from ..compare.economics import Prices, load_prices
from .closer import ClosersCompared, compare_closer
from .measures import Quality, measure
from .modes import Run, run_clusters, run_indexes, run_rankings
from .sizes import NO_SIZES, Size, Sizes, run_sizes
from .tasks import Task, by_length


@dataclass(frozen=True)
class Measured:
    """One way of searching with all that was measured of it; overlaps are shares of the exact first 10 and 30."""

    run: Run
    quality: Quality
    overlap_10: float
    overlap_30: float


@dataclass(frozen=True)
class MeasuredSize:
    """Vectors of one size with all that was measured of them."""

    size: Size
    way: Measured


@dataclass(frozen=True)
class Compared:
    """Ways of searching over the same queries; differences are tested against the first.

    Attributes:
        name: what is compared.
        ways: how each did.
    """

    name: str
    ways: Sequence[Measured]


@dataclass(frozen=True)
class Evaluation:
    """An evaluation.

    Attributes:
        clusters: choices of clusters, by meaning; the first searches everything.
        indexes: kinds of vector index, by meaning, against the same first.
        rankings: by meaning, words and both: for short queries and for long ones, where there are both.
        closer: by both with rerankers and diversities, likewise; empty if none was asked for.
        sizes: smaller vectors, by meaning, everything searched, against whole ones, which come first; none if none were tried.
        routed: share of the queries that are routed to the cluster with most of their relevant profiles.
    """

    task: Task
    version: VersionRecord
    clusters: Compared
    indexes: Compared
    rankings: Sequence[Compared]
    closer: Sequence[ClosersCompared]
    routed: float
    prices_date: str
    sizes: Sequence[MeasuredSize] = ()


@dataclass(frozen=True)
class CloserLook:
    """What is tried beside the ranking, and what it is charged with."""

    rerankers: Sequence[Reranker] = ()
    diversities: Sequence[float] = ()
    prices: Prices = field(default_factory=load_prices)


def evaluate(store: Store, encoder: Encoder, task: Task, look: CloserLook, sizes: Sizes = NO_SIZES) -> Evaluation:
    """Compare every way of searching on the live version.

    Raises:
        StoreError: nothing is live, or the model is another one.
    """
    pipeline = SearchPipeline(encoder, store, look.rerankers)
    snapshot = pipeline.snapshot()
    kinds = _kinds(store, snapshot.version, task)
    clusters = run_clusters(pipeline, task)
    indexes = run_indexes(pipeline, store, task)
    rankings = run_rankings(pipeline, task)
    return Evaluation(
        task=task,
        version=snapshot.version,
        clusters=_compared("clusters", task, clusters, clusters[0], kinds),
        indexes=_compared("indexes, everything searched", task, indexes, clusters[0], kinds),
        rankings=[
            _compared(part.name, part, [run.over(part) for run in rankings], rankings[0].over(part), kinds)
            for part in by_length(task)
        ],
        closer=compare_closer(pipeline, task, look.diversities, look.prices),
        routed=_routed(store, pipeline, task),
        prices_date=look.prices.date,
        sizes=_sizes(task, run_sizes(pipeline, store, task, sizes), kinds),
    )


def _compared(name: str, task: Task, runs: Sequence[Run], exact: Run, kinds: Mapping[str, str]) -> Compared:
    baseline = measure(task, exact.rankings, kinds)
    return Compared(
        name, [_measured(task, run, exact, kinds, None if run.name == exact.name else baseline) for run in runs]
    )


def _sizes(task: Task, sizes: Sequence[Size], kinds: Mapping[str, str]) -> list[MeasuredSize]:
    if not sizes:
        return []
    compared = _compared("sizes", task, [size.run for size in sizes], sizes[0].run, kinds)
    return [MeasuredSize(size, way) for size, way in zip(sizes, compared.ways, strict=True)]


def _measured(task: Task, run: Run, exact: Run, kinds: Mapping[str, str], baseline: Quality | None) -> Measured:
    def overlap(depth: int) -> float:
        pairs = [(exact.rankings[query][:depth], run.rankings[query][:depth]) for query in task.queries]
        return fmean(len(set(one) & set(two)) / max(1, len(one)) for one, two in pairs)

    return Measured(run, measure(task, run.rankings, kinds, baseline), overlap(10), overlap(30))


def _kinds(store: Store, version: VersionRecord, task: Task) -> dict[str, str]:
    """What the profiles judged not relevant are: their role, or their first tag field."""
    name = "role" if "role" in version.fields.tags else next(iter(version.fields.tags), "")
    ids = {id_ for judged in task.judged.values() for id_, grade in judged.items() if grade == 0}
    hits = store.profiles.read(version, [Candidate(id_, 0.0) for id_ in sorted(ids)])
    return {hit.id: ", ".join(hit.tags.get(name, ())) for hit in hits}


def _routed(store: Store, pipeline: SearchPipeline, task: Task) -> float:
    snapshot = pipeline.snapshot()
    right = []
    for query, text in task.queries.items():
        relevant = [Candidate(id_, 0.0) for id_, grade in sorted(task.judged[query].items()) if grade > 0]
        clusters = [hit.cluster for hit in store.profiles.read(snapshot.version, relevant)]
        predicted = int(snapshot.clusters.predict(pipeline.embed(text)[None])[0])
        most = max(map(clusters.count, set(clusters)), default=0)
        right.append(bool(clusters) and clusters.count(predicted) == most)
    return fmean(right)
