"""Tables for people and JSON for programs."""

import json
import os
import platform
import re
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


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table as documents have it."""
    return "\n".join("| " + " | ".join(line) + " |" for line in (columns, ["---"] * len(columns), *rows))


def save(name: str, measured: dict[str, Any]) -> None:
    """Write what was measured, with the machine it was measured on."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    whole = {"machine": machine(), **measured}
    (RESULTS / f"{name}.json").write_text(json.dumps(whole, indent=1) + "\n")


def machine() -> dict[str, Any]:
    """What something is measured on: processor, whether it multiplies bfloat16, cores that may be used, Python's version."""
    try:
        about = Path("/proc/cpuinfo").read_text()
    except OSError:
        about = ""
    name = re.search(r"^model name\s*: (.*)$", about, re.MULTILINE)
    return {
        "cpu": name[1] if name else platform.processor() or platform.machine(),
        "bfloat16": "avx512_bf16" in about or "amx_bf16" in about,
        "cores": _cores(),
        "python": platform.python_version(),
    }


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
