"""What came of an experiment, as tables for people and as JSON."""

import io
import json
from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from .evaluate.measures import Estimate
from .experiment import SAID
from .experiment_report import ExperimentReport
from .wording import word


def as_json(found: ExperimentReport) -> str:
    """All figures, with intervals and p-values."""
    return json.dumps(asdict(found) | {"worse": found.worse}, indent=1)


def status_line(found: ExperimentReport) -> str:
    """What is compared, since when, and whether it goes on."""
    experiment = found.experiment
    since = datetime.fromtimestamp(experiment.started_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    line = word(SAID[experiment.kind], share=experiment.share, a=experiment.a.model, b=experiment.b.model)
    state = word("experiment.ended", reason=experiment.ended) if experiment.ended else word("experiment.runs")
    return "\n".join([line, word("experiment.since", since=since, state=state)])


def counts(found: ExperimentReport) -> str:
    """How many searches and judgements each side has."""
    lines = [
        word("experiment.counts", name=name, model=side.model, searches=side.searches, labels=side.labels)
        for name, side in zip("AB", found.sides, strict=True)
    ]
    if found.missed:
        lines.append(word("experiment.missed", missed=found.missed, b=found.experiment.b.model))
    return "\n".join(lines)


def table(found: ExperimentReport) -> str:
    """Both sides, and what the tests say."""
    console = Console(width=130, record=True, file=io.StringIO(), highlight=False)
    console.print(status_line(found))
    sides = Table()
    for name in ("", "searches", "texts", "judgements", "of these fit", "texts with a fit", "p50 ms"):
        sides.add_column(name, justify="right" if name else "left")
    for name, side in zip("AB", found.sides, strict=True):
        milliseconds = "" if side.milliseconds is None else f"{side.milliseconds:.1f}"
        counts = (f"{number:,}" for number in (side.searches, side.texts, side.labels))
        model = f"{name} {side.model} ({', '.join(side.versions)})"
        sides.add_row(model, *counts, _interval(side.fits), _interval(side.success), milliseconds)
    console.print(sides)
    if found.missed:
        console.print(word("experiment.missed", missed=found.missed, b=found.experiment.b.model))
    for key, p_value in (("experiment.fits", found.p_fits), ("experiment.success", found.p_success)):
        if p_value is not None:
            console.print(word(key, p_value=p_value))
    if (shadow := found.shadow) is not None:
        times = dict(zip(("ms_a", "ms_b"), shadow.milliseconds, strict=True))
        console.print(word("experiment.pairs", pairs=shadow.pairs, overlap=shadow.overlap, **times))
        if shadow.fitting is not None:
            a, b = shadow.fitting
            values = {"a": _interval(a), "b": _interval(b), "p_value": 1.0 if b.p_value is None else b.p_value}
            console.print(word("experiment.fitting", judged=shadow.judged, **values))
    if worse := found.worse:
        console.print(word("experiment.worse", b=found.experiment.b.model, worse=", ".join(worse)))
    return console.export_text()


def _interval(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.mean:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"
