"""The evaluation from a task to its result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from profilesearch.embedding import Encoder
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.store import Candidate, Store, VersionRecord

from .measures import Quality, measure
from .modes import Run, run_indexes, run_modes
from .tasks import Task


@dataclass(frozen=True)
class Measured:
    """One way of searching with all that was measured of it; overlaps are shares of the exact first 10 and 30."""

    run: Run
    quality: Quality
    overlap_10: float
    overlap_30: float


@dataclass(frozen=True)
class Evaluation:
    """An evaluation. ``routed`` is the share of queries routed to the cluster with most of their relevant profiles."""

    task: Task
    version: VersionRecord
    ways: Sequence[Measured]
    indexes: Sequence[Measured]
    routed: float


def evaluate(store: Store, encoder: Encoder, task: Task) -> Evaluation:
    """Compare every way of searching on the live version.

    Raises:
        StoreError: nothing is live, or the model is another one.
    """
    pipeline = SearchPipeline(encoder, store)
    snapshot = pipeline.snapshot()
    runs = run_modes(pipeline, task)
    indexes = run_indexes(pipeline, store, task)
    exact = runs[0]
    kinds = _kinds(store, snapshot.version, task)
    baseline = measure(task, exact.rankings, kinds)
    return Evaluation(
        task=task,
        version=snapshot.version,
        ways=[_measured(task, run, exact, kinds, None if run is exact else baseline) for run in runs],
        indexes=[_measured(task, run, exact, kinds, baseline) for run in indexes],
        routed=_routed(store, pipeline, task),
    )


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
