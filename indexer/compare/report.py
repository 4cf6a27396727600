"""A comparison as one self-contained page: tables, and plots by plotly, whose script is in the page."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from .comparison import Measured
from .render import Rows, Shown, head, tables

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; margin: 0 0 2rem; font-variant-numeric: tabular-nums } caption { text-align: left;
font-weight: 600; padding: .4rem 0 } th, td { border-bottom: 1px solid #ccc; padding: .25rem .7rem; text-align: right }
th:first-child, td:first-child { text-align: left } .wide { overflow-x: auto }
"""


def report(shown: Shown) -> str:
    """The page, as HTML that loads nothing."""
    models = shown.comparison.models
    figures = [_quality(models), _similarities(models)]
    if any(model.cost for model in models):
        figures.append(_quality_and_rate(models))
    if any(model.compressed for model in models):
        figures.append(_compression(models))
    plots = [
        figure.to_html(full_html=False, include_plotlyjs=not place, config={"displaylogo": False})
        for place, figure in enumerate(figures)
    ]
    made = f"{shown.machine['processor']}, {shown.machine['cores']} cores, {shown.machine['date']}"
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Embedding models, compared</title>',
            f"<style>{_STYLE}</style></head><body><h1>Embedding models, compared</h1>",
            f"<p>{escape(head(shown))}. {escape(made)}.</p>",
            *plots,
            *map(_table, tables(shown)),
            "</body></html>\n",
        ]
    )


def _table(rows: Rows) -> str:
    header = "".join(f'<th scope="col">{escape(name)}</th>' for name in rows.columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows.rows)
    caption = f"<caption>{escape(rows.title)}</caption>"
    return f'<div class="wide"><table>{caption}<thead><tr>{header}</tr></thead><tbody>{body}</tbody></table></div>'


def _names(models: Sequence[Measured]) -> list[str]:
    """Plotly reads a little HTML in texts."""
    return [escape(model.model) for model in models]


def _quality(models: Sequence[Measured]) -> "Figure":
    from plotly.graph_objects import Bar, Figure

    figure = Figure(layout={"title": "nDCG@10 with 95 % intervals", "barmode": "group", "yaxis": {"range": [0, 1]}})
    for name, qualities in (
        ("everything searched", [model.everything for model in models]),
        ("the query's cluster alone", [model.predicted for model in models]),
    ):
        values = [quality.metrics["nDCG@10"] for quality in qualities]
        above, below = [each.high - each.mean for each in values], [each.mean - each.low for each in values]
        bars = {"type": "data", "symmetric": False, "array": above, "arrayminus": below}
        figure.add_trace(Bar(name=name, x=_names(models), y=[each.mean for each in values], error_y=bars))
    return figure


def _similarities(models: Sequence[Measured]) -> "Figure":
    from plotly.graph_objects import Scatter
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=len(models), cols=1, shared_xaxes=True, subplot_titles=_names(models))
    centres = np.linspace(-1, 1, 81)[:-1] + 0.0125
    for row, model in enumerate(models, 1):
        for name, pairs, colour in (
            ("relevant", model.similarity.right, "#1a7f5a"),
            ("random", model.similarity.wrong, "#999"),
        ):
            figure.add_trace(
                Scatter(
                    name=name,
                    x=centres,
                    y=list(pairs.histogram),
                    fill="tozeroy",
                    line={"color": colour},
                    showlegend=row == 1,
                ),
                row=row,
                col=1,
            )
    figure.update_layout(title="cosines of relevant and of random pairs", height=160 * len(models) + 120)
    return figure


def _quality_and_rate(models: Sequence[Measured]) -> "Figure":
    from plotly.graph_objects import Figure, Scatter

    timed = [model for model in models if model.cost]
    rates = [model.cost.texts_per_second for model in timed if model.cost]
    quality = [model.everything.metrics["nDCG@10"].mean for model in timed]
    figure = Figure(Scatter(x=rates, y=quality, text=_names(timed), mode="markers+text", textposition="top center"))
    return figure.update_layout(
        title="quality and rate", xaxis={"title": "texts a second here", "type": "log"}, yaxis={"title": "nDCG@10"}
    )


def _compression(models: Sequence[Measured]) -> "Figure":
    from plotly.graph_objects import Figure, Scatter

    figure = Figure()
    for model, name in zip(models, _names(models), strict=True):
        forms = sorted(model.compressed, key=lambda each: each.bytes)
        labels = [f"{each.form.dimension} {each.form.reduction} {each.form.type}" for each in forms]
        sizes, recalls = [each.bytes for each in forms], [each.recall for each in forms]
        figure.add_trace(Scatter(name=name, x=sizes, y=recalls, text=labels, mode="markers+lines"))
    return figure.update_layout(
        title="recall@10 against float32, by size",
        xaxis={"title": "bytes each", "type": "log"},
        yaxis={"title": "recall@10"},
    )
