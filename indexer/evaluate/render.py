"""An evaluation as a table, as JSON, and as a picture."""

import io
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from .command import Report, Row
from .measures import METRICS


def table(report: Report) -> str:
    """Tables for people."""
    console = Console(width=150, record=True, file=io.StringIO(), highlight=False)
    console.print(f"{report.task.name}, {len(report.task.queries)} queries, version {report.version.version}: "
                  f"{report.version.profiles:,} profiles, {report.version.model}")  # fmt: skip
    console.print(_table("clusters", report.rows))
    console.print(_table("indexes, everything searched", report.indexes))
    console.print(f"{report.routed:.0%} of the queries are routed to the cluster with most of their relevant profiles.")
    console.print("* differs from off with p < 0.05 (paired randomisation test). Ties are ordered by id everywhere.")
    console.print("noise@30: judged and not relevant; unjudged@30: nobody said. Unjudged is not irrelevant.")
    for row in report.rows[:2]:
        noisy = ", ".join(f"{count} {kind}" for kind, count in row.quality.noisy)
        console.print(f"{row.run.name}: noise is {noisy or 'none'}")
    return console.export_text()


def _table(title: str, rows: Any) -> Table:
    shown = Table(title=title, title_justify="left")
    shown.add_column("")
    for name in (*METRICS, "noise", "unjudged", "exact@10", "exact@30", "searched", "p50 ms", "p99 ms"):
        shown.add_column(name, justify="right")
    for row in rows:
        cells = [_cell(row, name) for name in METRICS]
        shown.add_row(
            row.run.name, *cells, f"{row.quality.noise:.3f}", f"{row.quality.unjudged:.3f}", f"{row.overlap_10:.3f}",
            f"{row.overlap_30:.3f}", f"{row.run.share:.0%}", f"{row.run.p50:.1f}", f"{row.run.p99:.1f}",
        )  # fmt: skip
    return shown


def _cell(row: Row, name: str) -> str:
    estimate = row.quality.metrics[name]
    return f"{estimate.mean:.3f}{'*' if estimate.p_value is not None and estimate.p_value < 0.05 else ''}"


def as_json(report: Report) -> str:
    """Everything, intervals and p-values included."""
    return json.dumps({
        "task": report.task.name, "queries": len(report.task.queries), "version": report.version.version,
        "routed": report.routed, "clusters": [_row(row) for row in report.rows],
        "indexes": [_row(row) for row in report.indexes],
    }, indent=1)  # fmt: skip


def _row(row: Row) -> dict[str, Any]:
    metrics = {
        name: {"mean": e.mean, "low": e.low, "high": e.high, "p_value": e.p_value}
        for name, e in row.quality.metrics.items()
    }
    return {
        "name": row.run.name, "metrics": metrics, "noise@30": row.quality.noise, "unjudged@30": row.quality.unjudged,
        "noisy": dict(row.quality.noisy), "overlap@10": row.overlap_10, "overlap@30": row.overlap_30, "share": row.run.share,
        "p50_ms": row.run.p50, "p99_ms": row.run.p99,
    }  # fmt: skip


def plot(report: Report, path: Path) -> None:
    """Two pictures in one: recall against latency, and P@30 against probes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for row in (*report.rows, *report.indexes):
        marker = "o" if row in report.rows else "s"
        left.scatter(row.run.p50, row.overlap_10, marker=marker)
        left.annotate(
            row.run.name, (row.run.p50, row.overlap_10), fontsize=8, xytext=(4, 4), textcoords="offset points"
        )
    left.set(xlabel="p50, ms", ylabel="recall@10 against exact search", ylim=(None, 1.03))
    for row in report.rows:
        estimate = row.quality.metrics["P@30"]
        bars = [[estimate.mean - estimate.low], [estimate.high - estimate.mean]]
        right.errorbar(row.run.clusters, estimate.mean, yerr=bars, fmt="o", capsize=3)
        right.annotate(
            row.run.name, (row.run.clusters, estimate.mean), fontsize=8, xytext=(4, 4), textcoords="offset points"
        )
    right.set(xlabel="probes: clusters searched, on average", ylabel="P@30, 95 % interval", xlim=(0, None))
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
