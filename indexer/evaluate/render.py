"""An evaluation as a table, as JSON, and as a picture."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from .evaluation import Evaluation, Measured
from .measures import METRICS


def table(evaluation: Evaluation) -> str:
    """Tables for people."""
    console = Console(width=150, record=True, file=io.StringIO(), highlight=False)
    console.print(
        f"{evaluation.task.name}, {len(evaluation.task.queries)} queries, version {evaluation.version.version}: "
        f"{evaluation.version.profiles:,} profiles, {evaluation.version.model}"
    )
    console.print(_table("clusters", evaluation.ways))
    console.print(_table("indexes, everything searched", evaluation.indexes))
    console.print(
        f"{evaluation.routed:.0%} of the queries are routed to the cluster with most of their relevant profiles."
    )
    console.print("* differs from off with p < 0.05 (paired randomisation test). Ties are ordered by id everywhere.")
    console.print("noise@30: judged and not relevant; unjudged@30: nobody said. Unjudged is not irrelevant.")
    for way in evaluation.ways[:2]:
        noisy = ", ".join(f"{count} {kind}" for kind, count in way.quality.noisy)
        console.print(f"{way.run.name}: noise is {noisy or 'none'}")
    return console.export_text()


def _table(title: str, ways: Sequence[Measured]) -> Table:
    shown = Table(title=title, title_justify="left")
    shown.add_column("")
    for name in (*METRICS, "noise", "unjudged", "exact@10", "exact@30", "searched", "p50 ms", "p99 ms"):
        shown.add_column(name, justify="right")
    for way in ways:
        cells = [_cell(way, name) for name in METRICS]
        shown.add_row(
            way.run.name,
            *cells,
            f"{way.quality.noise:.3f}",
            f"{way.quality.unjudged:.3f}",
            f"{way.overlap_10:.3f}",
            f"{way.overlap_30:.3f}",
            f"{way.run.share:.0%}",
            f"{way.run.p50:.1f}",
            f"{way.run.p99:.1f}",
        )
    return shown


def _cell(way: Measured, name: str) -> str:
    estimate = way.quality.metrics[name]
    return f"{estimate.mean:.3f}{'*' if estimate.p_value is not None and estimate.p_value < 0.05 else ''}"


def as_json(evaluation: Evaluation) -> str:
    """Everything, intervals and p-values included."""
    return json.dumps(
        {
            "task": evaluation.task.name,
            "queries": len(evaluation.task.queries),
            "version": evaluation.version.version,
            "routed": evaluation.routed,
            "clusters": [_as_dict(way) for way in evaluation.ways],
            "indexes": [_as_dict(way) for way in evaluation.indexes],
        },
        indent=1,
    )


def _as_dict(way: Measured) -> dict[str, Any]:
    metrics = {
        name: {"mean": e.mean, "low": e.low, "high": e.high, "p_value": e.p_value}
        for name, e in way.quality.metrics.items()
    }
    return {
        "name": way.run.name,
        "metrics": metrics,
        "noise@30": way.quality.noise,
        "unjudged@30": way.quality.unjudged,
        "noisy": dict(way.quality.noisy),
        "overlap@10": way.overlap_10,
        "overlap@30": way.overlap_30,
        "share": way.run.share,
        "p50_ms": way.run.p50,
        "p99_ms": way.run.p99,
    }


def plot(evaluation: Evaluation, path: Path) -> None:
    """Two pictures in one: recall against latency, and P@30 against probes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for way in (*evaluation.ways, *evaluation.indexes):
        marker = "o" if way in evaluation.ways else "s"
        left.scatter(way.run.p50, way.overlap_10, marker=marker)
        left.annotate(
            way.run.name, (way.run.p50, way.overlap_10), fontsize=8, xytext=(4, 4), textcoords="offset points"
        )
    left.set(xlabel="p50, ms", ylabel="recall@10 against exact search", ylim=(None, 1.03))
    for way in evaluation.ways:
        estimate = way.quality.metrics["P@30"]
        bars = [[estimate.mean - estimate.low], [estimate.high - estimate.mean]]
        right.errorbar(way.run.clusters, estimate.mean, yerr=bars, fmt="o", capsize=3)
        right.annotate(
            way.run.name, (way.run.clusters, estimate.mean), fontsize=8, xytext=(4, 4), textcoords="offset points"
        )
    right.set(xlabel="probes: clusters searched, on average", ylabel="P@30, 95 % interval", xlim=(0, None))
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
