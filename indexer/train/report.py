"""Models before and after training, on judged sets: as tables, as JSON, and as one page with plots."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.table import Table

from ..evaluate.measures import Estimate
from ..wording import word
from .quality import DEPTHS, METRICS, Figures, JudgedSet

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_SHOWN = (*METRICS, "R@1", "R@10", "R@100")
_SIGNIFICANT = 0.05
_STYLE = """body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
pre { overflow-x: auto }"""


@dataclass(frozen=True)
class Measured:
    """A set and every model on it, the base first."""

    judged: JudgedSet
    models: Sequence[Figures]


def table(measured: Sequence[Measured]) -> str:
    """Tables for people."""
    console = Console(width=190, record=True, file=io.StringIO(), highlight=False)
    for each in measured:
        judged = each.judged
        field = word("train.inside" if judged.inside else "train.outside")
        rows = Table(title=f"{judged.name} ({field}, {len(judged.questions.task.queries):,})", title_justify="left")
        for name in ("", *_SHOWN, "overlap", "floor", "precision", "recall"):
            rows.add_column(name, justify="right" if name else "left")
        for model in each.models:
            floor = model.spread.threshold
            cells = [_interval(model.of(metric)) for metric in _SHOWN]
            numbers = (model.spread.overlap, floor.cosine, floor.precision, floor.recall)
            rows.add_row(model.model, *cells, *(f"{number:.3f}" for number in numbers))
        console.print(rows)
    console.print(word("train.star"))
    return console.export_text()


def _interval(estimate: Estimate) -> str:
    differs = estimate.p_value is not None and estimate.p_value < _SIGNIFICANT
    return f"{estimate.mean:.3f}{'*' if differs else ''} ±{(estimate.high - estimate.low) / 2:.3f}"


def as_json(measured: Sequence[Measured]) -> str:
    """Everything, intervals and p-values included."""
    return json.dumps({each.judged.name: _set(each) for each in measured}, indent=1)


def _set(each: Measured) -> dict[str, Any]:
    return {
        "inside": each.judged.inside,
        "queries": len(each.judged.questions.task.queries),
        "models": {model.model: _model(model) for model in each.models},
    }


def _model(model: Figures) -> dict[str, Any]:
    def plain(estimate: Estimate) -> Mapping[str, float | None]:
        return {"mean": estimate.mean, "low": estimate.low, "high": estimate.high, "p_value": estimate.p_value}

    return {
        "recall": {depth: plain(estimate) for depth, estimate in model.recalls.items()},
        **{metric: plain(model.metrics[metric]) for metric in METRICS},
        "overlap": model.spread.overlap,
        "floor": vars(model.spread.threshold),
        "right": list(model.spread.right),
        "wrong": list(model.spread.wrong),
    }


def page(measured: Sequence[Measured]) -> str:
    """One HTML page that loads nothing."""
    figures = [figure for each in measured for figure in (_recalls(each), _cosines(each))]
    plots = [
        figure.to_html(full_html=False, include_plotlyjs=not place, config={"displaylogo": False})
        for place, figure in enumerate(figures)
    ]
    title = escape(word("train.title"))
    return "\n".join(
        [
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>',
            f"<body><h1>{title}</h1><pre>{escape(table(measured))}</pre>",
            *plots,
            "</body></html>\n",
        ]
    )


def _recalls(each: Measured) -> "Figure":
    from plotly.graph_objects import Figure, Scatter

    figure = Figure(layout={"title": f"{escape(each.judged.name)}: recall@N", "xaxis": {"type": "log", "title": "N"}})
    for model in each.models:
        means = [model.recalls[depth].mean for depth in DEPTHS]
        figure.add_trace(Scatter(name=escape(model.model), x=list(DEPTHS), y=means, mode="lines+markers"))
    return figure


def _cosines(each: Measured) -> "Figure":
    from plotly.graph_objects import Figure, Scatter

    bins = len(each.models[0].spread.right)
    centres = (np.arange(bins) + 0.5) * 2 / bins - 1
    figure = Figure(layout={"title": f"{escape(each.judged.name)}: cosines of what fits, and of random pairs (dotted)"})
    for model in each.models:
        name = escape(model.model)
        figure.add_trace(Scatter(name=name, x=centres, y=list(model.spread.right)))
        figure.add_trace(Scatter(name=f"{name}, random", x=centres, y=list(model.spread.wrong), line={"dash": "dot"}))
    return figure
