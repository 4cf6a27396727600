"""``promote``: another model becomes the default only if every gate lets it.

Both models have a live version, side by side. They are asked the same judged queries as the page asks, in turns; then each
gate says what it expects and what came. Nothing is switched unless all pass, and ``models default`` goes back at once.
"""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from profilesearch.embedding import Encoder, require_model
from profilesearch.errors import VerificationFailed
from profilesearch.search.live import read_snapshot
from profilesearch.search.pipeline import RANKING, SearchPipeline
from profilesearch.search.request import MOST_RESULTS, SearchRequest
from profilesearch.store import Store, VersionRecord

from .canaries import compare_versions, mean_overlap
from .evaluate.measures import Quality, measure
from .evaluate.tasks import Task
from .train.quality import JudgedSet, figures

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Demands:
    """What a model must do to be promoted.

    Attributes:
        metric: of the judged queries that it must be significantly better in: a name of the evaluation's metrics.
        margin: how much worse, absolutely, it may be on each set outside its field, in the same metric.
        overlap: overlap@10 with what is live that the canary queries need, on average; None for any.
        slower: how many times as long a search may take, by the median.
        larger: how many times as many numbers a vector may have.
    """

    metric: str = "nDCG@10"
    margin: float = 0.02
    overlap: float | None = None
    slower: float = 1.5
    larger: float = 1.5


@dataclass(frozen=True)
class Gate:
    """One demand: what was expected, what came, and whether that is enough."""

    name: str
    expected: str
    got: str
    passed: bool


@dataclass(frozen=True)
class Contender:
    """A model with its live version."""

    record: VersionRecord
    encoder: Encoder


@dataclass(frozen=True)
class Trial:
    """What the models are asked.

    Attributes:
        task: judged queries of the profiles, that were not trained on.
        outside: sets outside the field; their texts need not be profiles.
        canaries: queries whose answers are compared.
    """

    task: Task
    outside: Sequence[JudgedSet] = ()
    canaries: Sequence[str] = ()


def judge(store: Store, before: Contender, after: Contender, trial: Trial, demands: Demands) -> list[Gate]:
    """Every gate, asked of a model that may take the place of another.

    Raises:
        ModelMismatch: a version was built with other weights than its model has now.
    """
    for contender in (before, after):
        require_model(contender.record, contender.encoder)
    rankings, times = _asked(store, (before, after), trial.task)
    old = measure(trial.task, rankings[0], {})
    new = measure(trial.task, rankings[1], {}, old)
    gates = [_better(old, new, demands.metric)]
    gates += [_not_worse(judged, before, after, demands) for judged in trial.outside]
    if trial.canaries or demands.overlap is not None:
        gates.append(_alike(store, before, after, trial.canaries, demands.overlap or 0.0))
    slower = times[1] / times[0]
    gates.append(
        Gate(
            "speed",
            f"at most {demands.slower:g} times {times[0]:.1f} ms",
            f"{slower:.2f} times",
            slower <= demands.slower,
        )
    )
    sizes = [contender.record.vectors.dimension for contender in (before, after)]
    larger = sizes[1] / sizes[0]
    gates.append(
        Gate("size", f"at most {demands.larger:g} times {sizes[0]} dimensions", f"{sizes[1]}", larger <= demands.larger)
    )
    return gates


def _asked(
    store: Store, contenders: tuple[Contender, Contender], task: Task
) -> tuple[list[Mapping[str, Sequence[str]]], list[float]]:
    """What each finds, and its median milliseconds; the two are asked each query in turn, after one for warm-up."""
    pipelines = [SearchPipeline(contender.encoder, store) for contender in contenders]
    snapshots = [read_snapshot(store, contender.record) for contender in contenders]
    rankings: list[dict[str, Sequence[str]]] = [{}, {}]
    times: list[list[float]] = [[], []]
    for number, (query, text) in enumerate([*list(task.queries.items())[:1], *task.queries.items()]):
        for place in (0, 1) if number % 2 else (1, 0):
            started = time.perf_counter()
            answer = pipelines[place].run(RANKING, SearchRequest(text), snapshots[place], depth=MOST_RESULTS)
            if number:
                times[place].append((time.perf_counter() - started) * 1000)
            rankings[place][query] = [candidate.id for candidate in answer.ranking.candidates]
    return list(rankings), [statistics.median(each) for each in times]


def _better(old: Quality, new: Quality, metric: str) -> Gate:
    before, after = old.metrics[metric], new.metrics[metric]
    p_value = 1.0 if after.p_value is None else after.p_value
    return Gate(
        "better",
        f"{metric} above {before.mean:.3f}, p < {SIGNIFICANT}",
        f"{after.mean:.3f}, p = {p_value:.3f}",
        after.mean > before.mean and p_value < SIGNIFICANT,
    )


def _alike(store: Store, before: Contender, after: Contender, canaries: Sequence[str], least: float) -> Gate:
    expected = f"overlap@10 of {least:.0%} or more"
    if not canaries:
        return Gate("canaries", expected, "no queries to compare", False)
    pairs = (before.record, before.encoder), (after.record, after.encoder)
    overlap = mean_overlap(compare_versions(store, *pairs, canaries))
    return Gate("canaries", expected, f"{overlap:.0%}", overlap >= least)


def _not_worse(judged: JudgedSet, before: Contender, after: Contender, demands: Demands) -> Gate:
    old = figures(before.record.model, before.encoder, judged)
    new = figures(after.record.model, after.encoder, judged, old)
    least = old.quality.metrics[demands.metric].mean - demands.margin
    got = new.quality.metrics[demands.metric].mean
    return Gate(f"outside: {judged.name}", f"{demands.metric} of {least:.3f} or more", f"{got:.3f}", got >= least)


def table(gates: Sequence[Gate]) -> str:
    """The gates as lines for people."""
    names = max(len(gate.name) for gate in gates)
    wide = max(len(gate.expected) for gate in gates)
    return "\n".join(
        f"{'passed ' if gate.passed else 'REFUSED'}  {gate.name:<{names}}  {gate.expected:<{wide}}  {gate.got}"
        for gate in gates
    )


def require(gates: Sequence[Gate], model: str) -> None:
    """Refuse a model that some gate refuses.

    Raises:
        VerificationFailed: with the table that says why.
    """
    if failed := [gate for gate in gates if not gate.passed]:
        raise VerificationFailed(
            f"{model} is not promoted: {', '.join(gate.name for gate in failed)}\n{table(gates)}",
            checks=tuple(gate.name for gate in failed),
        )
