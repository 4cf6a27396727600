"""Models of the catalogue as tables and as JSON."""

import io
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table

from profilesearch.embedding.encoder import NO_LIMIT

from ..wording import word
from .benchmark import Cost
from .install import requirements
from .models import Model

_COLUMNS = ("dimension", "tokens", "parameters", "MB", "licence", "here", "languages")


_HOW_TO_HAVE = {
    "package": "catalogue.package",
    "zip": "catalogue.zip",
    "gguf": "catalogue.gguf",
    "fitted": "catalogue.fitted",
    "remote": "catalogue.remote",
}
"""What to say of a model that is not installed, by its kind."""


def models_table(models: Iterable[Model]) -> str:
    """A line for each model."""
    table = Table(title=word("catalogue.title"), title_justify="left")
    table.add_column("")
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name in _COLUMNS[4:] else "right")
    for model in models:
        table.add_row(
            model.name,
            _number(model.dimension),
            _tokens(model),
            f"{model.parameters:g} M" if model.parameters else "–",
            _number(int(model.megabytes)),
            model.licence,
            word("catalogue.yes") if model.installed else _missing(model),
            model.languages,
        )
    return _text(table)


def model_text(model: Model) -> str:
    """All that is known of one model."""
    lines = [
        f"{model.name}: {model.about}",
        word("catalogue.size", dimension=_number(model.dimension), tokens=_tokens(model), megabytes=model.megabytes),
        word("catalogue.origin", languages=model.languages, licence=model.licence, source=model.source),
        word("catalogue.prompts", prompts=_prompts(model)),
    ]
    if model.pooling:
        lines.append(word("catalogue.pooling", pooling=model.pooling))
    lines.append(word("catalogue.here") if model.installed else word(_HOW_TO_HAVE[model.kind], name=model.name))
    if model.packages:
        lines += ["", requirements(model).rstrip()]
    return "\n".join(lines)


def costs_table(costs: Iterable[Cost]) -> str:
    """What models cost, a line each."""
    table = Table(title=word("catalogue.costs"), title_justify="left")
    for name in ("", "load s", "texts/s", "CPU ms each", "query p50 ms", "peak MB", "texts", "tokens each"):
        table.add_column(name, justify="right" if name else "left")
    for cost in costs:
        table.add_row(
            cost.model,
            f"{cost.load_seconds:.1f}",
            f"{cost.texts_per_second:.1f}",
            f"{cost.cpu_ms:.1f}",
            f"{cost.query_ms:.1f}",
            f"{cost.memory_megabytes:.0f}",
            str(cost.texts),
            f"{cost.mean_tokens:.0f}",
        )
    return _text(table)


def as_dict(model: Model) -> dict[str, Any]:
    """A model for JSON."""
    names = (
        "name",
        "about",
        "dimension",
        "tokens",
        "parameters",
        "megabytes",
        "languages",
        "licence",
        "source",
        "kind",
    )
    about = {name: getattr(model, name) for name in names}
    return {**about, "prompts": dict(model.prompts), "installed": model.installed}


def _missing(model: Model) -> str:
    return word("catalogue.no") if model.packages else "–"


def _number(value: int) -> str:
    return f"{value:,}" if value else "–"


def _tokens(model: Model) -> str:
    return word("catalogue.any") if model.tokens >= NO_LIMIT else _number(model.tokens)


def _prompts(model: Model) -> str:
    return ", ".join(f"{side} {text!r}" for side, text in model.prompts.items()) or word("catalogue.none")


def _text(table: Table) -> str:
    console = Console(width=160, record=True, file=io.StringIO(), highlight=False)
    console.print(table)
    return console.export_text()
