"""A comparison as tables. ``report`` makes a page of the same tables, ``results`` has everything as JSON."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from rich.console import Console
from rich.table import Table

from ..catalogue.benchmark import machine
from ..evaluate.measures import Estimate, Quality
from ..wording import word
from .comparison import Comparison, Measured
from .economics import SIZES, Bill, Prices, bills
from .tasks import TASKS

_METRICS = ("nDCG@10", "MAP", "MRR", "P@30")
_SIGNIFICANT = 0.05
_UNKNOWN = "–"


@dataclass(frozen=True)
class Rows:
    """A table: title, names of columns, and cells, the first of each row being what it is about."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Shown:
    """A comparison with its bills, and where and when it was made."""

    comparison: Comparison
    bills: Sequence[Bill]
    tokens: float
    machine: Mapping[str, Any]
    prices: Prices

    @classmethod
    def of(cls, comparison: Comparison, prices: Prices, gpu_rates: Mapping[str, tuple[str, float]]) -> "Shown":
        """Work out the bills.

        Raises:
            SourceError: there is no price for a card.
        """
        costs = [model.cost for model in comparison.models if model.cost is not None]
        counted = [cost.mean_tokens for cost in costs if cost.mean_tokens]
        tokens = fmean(counted) if counted else 0.0
        rates = {cost.model: cost.texts_per_second for cost in costs}
        return cls(comparison, bills(rates, gpu_rates, tokens, prices), tokens, machine(), prices)


def table(shown: Shown) -> str:
    """Tables for people."""
    console = Console(width=170, record=True, file=io.StringIO(), highlight=False)
    console.print(head(shown))
    for rows in tables(shown):
        console.print(rich_table(rows))
    console.print(word("compare.star"))
    return console.export_text()


def head(shown: Shown) -> str:
    """What was compared, in a line."""
    corpus, task = shown.comparison.corpus, shown.comparison.questions.task
    return word("compare.head", queries=len(task.queries), task=task.name, texts=len(corpus.ids), corpus=corpus.name)


def tables(shown: Shown) -> list[Rows]:
    """Every table that has something to say."""
    comparison = shown.comparison
    models = comparison.models
    made = [
        _quality(word("compare.quality"), models, [model.everything for model in models]),
        _quality(
            word("compare.predicted", clusters=comparison.clusters), models, [model.predicted for model in models]
        ),
        _grouping(models),
        Rows(
            word("compare.tasks"),
            ("", "retrieval", *TASKS),
            [[model.model, *(_number(model.tasks.get(name)) for name in ("retrieval", *TASKS))] for model in models],
        ),
        _compression(models),
        Rows(
            word("compare.overlap"),
            ("", "and", "overlap@10"),
            [[one, other, f"{share:.3f}"] for (one, other), share in comparison.overlaps.items()],
        ),
        _costs(shown),
        _economics(shown),
    ]
    return [rows for rows in made if rows.rows]


def _quality(title: str, models: Sequence[Measured], qualities: Sequence[Quality]) -> Rows:
    rows = []
    for model, quality in zip(models, qualities, strict=True):
        cells = [_interval(quality.metrics[name]) for name in _METRICS]
        rows.append([model.model, *cells, f"{quality.noise:.3f}", f"{quality.unjudged:.3f}"])
    return Rows(title, ("", *_METRICS, "noise@30", "unjudged@30"), rows)


def _grouping(models: Sequence[Measured]) -> Rows:
    rows = []
    for model in models:
        similarity = model.similarity
        rows.append(
            [
                model.model,
                _interval(model.routed),
                _number(model.purity),
                _number(model.silhouette),
                f"{similarity.right.mean:.2f} ± {similarity.right.deviation:.2f}",
                f"{similarity.wrong.mean:.2f} ± {similarity.wrong.deviation:.2f}",
                f"{similarity.auc:.3f}",
                f"{similarity.d_prime:.2f}",
            ]
        )
    columns = ("", "routed right", "purity", "silhouette", "relevant pairs", "random pairs", "AUC", "d'")
    return Rows(word("compare.grouping"), columns, rows)


def _compression(models: Sequence[Measured]) -> Rows:
    rows = []
    for model in models:
        exact = model.everything.metrics["nDCG@10"]
        if model.compressed:
            rows.append(
                [
                    model.model,
                    str(model.dimension),
                    "",
                    "float32",
                    str(4 * model.dimension),
                    "1.000",
                    f"{exact.mean:.3f}",
                ]
            )
        for each in model.compressed:
            form = each.form
            reduction = form.reduction if form.dimension < model.dimension else ""
            rows.append([
                model.model, str(form.dimension), reduction, form.type, str(each.bytes), f"{each.recall:.3f}",
                _starred(each.ndcg),
            ])  # fmt: skip
    columns = ("", "dimensions", "which", "type", "bytes each", "recall@10", "nDCG@10")
    return Rows(word("compare.compression"), columns, rows)


def _costs(shown: Shown) -> Rows:
    rows = []
    for model in shown.comparison.models:
        if (cost := model.cost) is not None:
            rows.append(
                [
                    model.model,
                    str(model.dimension),
                    str(4 * model.dimension),
                    f"{cost.load_seconds:.1f}",
                    f"{cost.texts_per_second:.1f}",
                    f"{cost.cpu_ms:.1f}",
                    f"{cost.query_ms:.1f}",
                    f"{cost.memory_megabytes:.0f}",
                    f"{cost.mean_tokens:.0f}",
                ]
            )
    columns = (
        "",
        "dimensions",
        "bytes each",
        "load s",
        "texts/s",
        "CPU ms each",
        "query p50 ms",
        "peak MB",
        "tokens each",
    )
    return Rows(word("compare.costs", **shown.machine), columns, rows)


def _economics(shown: Shown) -> Rows:
    rows = []
    for bill in shown.bills:
        cells = []
        for place, dollars in enumerate(bill.dollars):
            hours = "" if bill.hours is None else f"{_hours(bill.hours[place])}, "
            cells.append(f"{hours}${dollars:,.2f}" if dollars < 100 else f"{hours}${dollars:,.0f}")
        rows.append([bill.name, *cells])
    title = word("compare.economics", tokens=shown.tokens, date=shown.prices.date)
    return Rows(title, ("", *(f"{size:,}" for size in SIZES)), rows)


def _hours(hours: float) -> str:
    return f"{hours:,.0f} h" if hours >= 10 else f"{hours:.1f} h" if hours >= 1 else f"{60 * hours:.1f} min"


def _interval(value: Estimate) -> str:
    return f"{_starred(value)} [{value.low:.3f}, {value.high:.3f}]"


def _starred(value: Estimate) -> str:
    return f"{value.mean:.3f}{'*' if value.p_value is not None and value.p_value < _SIGNIFICANT else ''}"


def _number(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.3f}"


def rich_table(rows: Rows) -> Table:
    """A table for a terminal."""
    table = Table(title=rows.title or None, title_justify="left")
    for name in rows.columns:
        table.add_column(name, justify="right" if name else "left")
    for row in rows.rows:
        table.add_row(*row)
    return table
