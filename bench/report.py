"""Tables for people and JSON for programs."""

import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="left" if column == columns[0] else "right")
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)


def save(name: str, measured: dict[str, Any]) -> None:
    """Write what was measured, with the machine it was measured on."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    cpu = platform.processor() or platform.machine()
    whole = {"machine": {"cpu": cpu, "cores": _cores(), "python": platform.python_version()}, **measured}
    (RESULTS / f"{name}.json").write_text(json.dumps(whole, indent=1) + "\n")


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
