"""What ``status`` tells, for people."""

from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from profilesearch.store.build_lock import Owner

from .wording import word

_STATES = {
    "live": "● live",
    "retired": "○ retired",
    "building": "… building",
    "ready": "… ready",
    "failed": "✗ failed",
    "removing": "✗ being removed",
}


def show(status: dict[str, Any], owner: Owner | None, console: Console) -> None:
    """Print what :func:`.status.gather` gathered.

    Args:
        status: that.
        owner: of the job that runs.
        console: where to print.
    """
    versions = status["versions"]
    several = len({version["model"] for version in versions}) > 1
    console.print(_versions(versions, several) if versions else word("status.nothing"))
    paragraphs = [
        *(_about(version) for version in versions if version["state"] in ("live", "failed")),
        *status["damaged"].values(),
    ]
    if len(status["models"]) > 1:
        default = next(iter(status["models"]))
        paragraphs.append(word("status.default", model=default, version=status["models"][default]))
    if versions and status["live"]:
        paragraphs.append(word(_searched_by(status)))
    if owner is not None:
        paragraphs.append(word("status.dead" if owner.is_dead() else "status.running", owner=str(owner)))
    if status["drift"]:
        paragraphs.append(_drift(status["drift"]))
    for paragraph in paragraphs:
        console.print(f"\n{paragraph}", markup=False, soft_wrap=True)
    if status["clusters"]:
        console.print()
        console.print(_clusters(status["clusters"]))


def _versions(versions: list[dict[str, Any]], several: bool) -> Table:
    """A line for each version, with its model where there are several."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("version", "state", "profiles", "changed", "built"):
        table.add_column(name, justify="right" if name in ("profiles", "changed") else "left", no_wrap=True)
    if several:
        table.add_column("model", overflow="fold")
    for version in versions:
        counts = (word("status.count", count=version[name]) for name in ("profiles", "changed"))
        model = [escape(version["model"])] if several else []
        table.add_row(version["version"], _STATES[version["state"]], *counts, _when(version["built_at"]), *model)
    return table


def _about(version: dict[str, Any]) -> str:
    if version["state"] == "live":
        return word("status.live", **version)
    reason = version["checks"].get("failed", "unknown why")
    return word("status.failed", version=version["version"], reason=reason)


def _searched_by(status: dict[str, Any]) -> str:
    if not status["words"]:
        return "status.no_words"
    return "status.fused_there" if status["ft_hybrid"] else "status.fused_here"


def _drift(drift: dict[str, Any]) -> str:
    advice = (
        word("status.rebuild", reasons="; ".join(drift["reasons"])) if drift["reasons"] else word("status.no_rebuild")
    )
    return word("status.drift", **drift) + "\n" + advice


def _clusters(clusters: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("cluster", justify="right")
    table.add_column("profiles", justify="right")
    table.add_column("label")
    for cluster in clusters:
        table.add_row(str(cluster["id"]), word("status.count", count=cluster["size"]), escape(cluster["label"]))
    return table


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC") if seconds else ""
