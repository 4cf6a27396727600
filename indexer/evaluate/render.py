"""An evaluation as tables and as JSON."""

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from ..wording import word
from .closer import Closer, ClosersCompared
from .evaluation import Compared, Evaluation, Measured, MeasuredSize
from .measures import METRICS, Estimate, Quality

_SIGNIFICANT = 0.05


def table(evaluation: Evaluation) -> str:
    """Tables for people."""
    console = Console(width=150, record=True, file=io.StringIO(), highlight=False)
    task, version = evaluation.task, evaluation.version
    console.print(
        word(
            "evaluate.head",
            task=task.name,
            queries=len(task.queries),
            version=version.version,
            profiles=version.profiles,
            model=version.model,
        )
    )
    for compared in evaluation.rankings:
        console.print(_ranking_table(compared))
    for closer in evaluation.closer:
        console.print(closer_table(closer))
    console.print(_table(evaluation.clusters))
    console.print(_table(evaluation.indexes))
    if evaluation.sizes:
        console.print(_size_table(evaluation.sizes))
    console.print(word("evaluate.routed", routed=evaluation.routed))
    console.print(word("evaluate.star"))
    if evaluation.closer:
        console.print(word("evaluate.closer", date=evaluation.prices_date))
    console.print(word("evaluate.noise"))
    for way in evaluation.clusters.ways[:2]:
        noisy = ", ".join(f"{count} {kind}" for kind, count in way.quality.noisy)
        console.print(word("evaluate.noisy", way=way.run.name, noisy=noisy or "none"))
    return console.export_text()


def _ranking_table(compared: Compared) -> Table:
    """Each metric with its 95 % interval."""
    metrics = ("P@10", "P@30", "nDCG@10", "MAP")
    table = _empty(f"ranked by, {compared.name}", (*metrics, "p50 ms", "p99 ms"))
    for way in compared.ways:
        estimates = [way.quality.metrics[name] for name in metrics]
        cells = [f"{_starred(estimate)} ({estimate.low:.3f} to {estimate.high:.3f})" for estimate in estimates]
        table.add_row(way.run.name, *cells, f"{way.run.p50:.1f}", f"{way.run.p99:.1f}")
    return table


def closer_table(compared: ClosersCompared) -> Table:
    """What each way of looking closer found, how varied it is, and what it takes."""
    columns = ("P@10", "nDCG@10", "likeness", "titles", "copies", "p50 ms", "calls", "$", "failed")
    table = _empty(f"a closer look, {compared.name}", columns)
    for way in compared.ways:
        table.add_row(way.run.name, *closer_cells(way))
    return table


def closer_cells(way: Closer) -> tuple[str, ...]:
    """A line of the table without its name."""
    estimates = [way.quality.metrics[name] for name in ("P@10", "nDCG@10")]
    return (
        *(f"{_starred(each)} ({each.low:.3f} to {each.high:.3f})" for each in estimates),
        f"{way.variety.likeness:.2f}",
        f"{way.variety.titles:.1f}",
        f"{way.variety.copies:.1f}",
        f"{way.run.p50:.1f}",
        f"{way.calls:.1f}",
        "?" if way.dollars is None else f"{way.dollars:.3f}",
        f"{way.run.failed}",
    )


def _table(compared: Compared) -> Table:
    columns = (*METRICS, "noise", "unjudged", "exact@10", "exact@30", "searched", "p50 ms", "p99 ms")
    table = _empty(compared.name, columns)
    for way in compared.ways:
        table.add_row(
            way.run.name,
            *(_starred(way.quality.metrics[name]) for name in METRICS),
            f"{way.quality.noise:.3f}",
            f"{way.quality.unjudged:.3f}",
            f"{way.overlap_10:.3f}",
            f"{way.overlap_30:.3f}",
            f"{way.run.share:.0%}",
            f"{way.run.p50:.1f}",
            f"{way.run.p99:.1f}",
        )
    return table


def _size_table(sizes: Sequence[MeasuredSize]) -> Table:
    columns = ("bytes each", "its hash", "in the index", "recall@10", "P@10", "nDCG@10", "p50 ms")
    table = _empty("vectors, everything searched", columns)
    for each in sizes:
        metrics = each.way.quality.metrics
        table.add_row(
            each.way.run.name,
            f"{each.size.vectors.size:,}",
            f"{each.size.hash_bytes:,.0f}",
            f"{each.size.index_bytes:,.0f}",
            f"{each.way.overlap_10:.3f}",
            _starred(metrics["P@10"]),
            _starred(metrics["nDCG@10"]),
            f"{each.way.run.p50:.2f}",
        )
    return table


def _empty(title: str, columns: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for name in columns:
        table.add_column(name, justify="right")
    return table


def _starred(estimate: Estimate) -> str:
    differs = estimate.p_value is not None and estimate.p_value < _SIGNIFICANT
    return f"{estimate.mean:.3f}{'*' if differs else ''}"


def as_json(evaluation: Evaluation) -> str:
    """Everything, intervals and p-values included."""
    return json.dumps(
        {
            "task": evaluation.task.name,
            "queries": len(evaluation.task.queries),
            "version": evaluation.version.version,
            "routed": evaluation.routed,
            "rankings": {compared.name: [_as_dict(way) for way in compared.ways] for compared in evaluation.rankings},
            "closer": {
                compared.name: [_closer_as_dict(way) for way in compared.ways] for compared in evaluation.closer
            },
            "clusters": [_as_dict(way) for way in evaluation.clusters.ways],
            "indexes": [_as_dict(way) for way in evaluation.indexes.ways],
            "sizes": [
                {
                    **_as_dict(each.way),
                    "bytes": each.size.vectors.size,
                    "hash_bytes": each.size.hash_bytes,
                    "index_bytes": each.size.index_bytes,
                }
                for each in evaluation.sizes
            ],
        },
        indent=1,
    )


def _closer_as_dict(way: Closer) -> dict[str, Any]:
    return {
        "name": way.run.name,
        "metrics": _metrics(way.quality),
        **asdict(way.variety),
        "calls": way.calls,
        "dollars": way.dollars,
        "failed": way.run.failed,
        "p50_ms": way.run.p50,
        "p99_ms": way.run.p99,
    }


def _metrics(quality: Quality) -> dict[str, Any]:
    return {
        name: {"mean": e.mean, "low": e.low, "high": e.high, "p_value": e.p_value}
        for name, e in quality.metrics.items()
    }


def _as_dict(way: Measured) -> dict[str, Any]:
    return {
        "name": way.run.name,
        "metrics": _metrics(way.quality),
        "noise@30": way.quality.noise,
        "unjudged@30": way.quality.unjudged,
        "noisy": dict(way.quality.noisy),
        "overlap@10": way.overlap_10,
        "overlap@30": way.overlap_30,
        "share": way.run.share,
        "p50_ms": way.run.p50,
        "p99_ms": way.run.p99,
    }
