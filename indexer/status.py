"""What is in Redis: versions, who builds, and how far the live one has drifted."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from profilesearch.store import Store, VersionRecord
from profilesearch.store.build_lock import Owner

from .drift import Drift, measure_drift

_STATES = {"live": "● live", "retired": "○ retired", "building": "… building", "ready": "… ready", "failed": "✗ failed"}


def gather(store: Store, owner: Owner | None) -> dict[str, Any]:
    """Everything that ``status`` tells, for programs."""
    records = store.versions.all()
    live = store.versions.live_name()
    record = next((each for each in records if each.version == live), None)
    return {
        "live": live,
        "versions": [_version(each) for each in records],
        "building": None if owner is None else asdict(owner) | {"dead": owner.is_dead()},
        "drift": None if record is None else measure_drift(store, record).to_json(),
        "clusters": [] if record is None else _clusters(store, record),
    }


def _version(record: VersionRecord) -> dict[str, Any]:
    told = asdict(record)
    return {name: told[name] for name in told if name not in ("built_sizes",)}


def _clusters(store: Store, record: VersionRecord) -> list[dict[str, Any]]:
    model = store.clusters(record)
    return [{"id": n, "size": int(model.sizes[n]), "label": label} for n, label in enumerate(model.labels)]


def show(status: dict[str, Any], owner: Owner | None, console: Console) -> None:
    """The same for people."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, side in (("version", "left"), ("state", "left"), ("profiles", "right"), ("changed", "right"), ("built", "left")):  # fmt: skip
        table.add_column(name, justify=side, no_wrap=True)  # type: ignore[arg-type]
    for each in status["versions"]:
        table.add_row(each["version"], _STATES[each["state"]], f"{each['profiles']:,}", f"{each['changed']:,}",
                      _when(each["built_at"]))  # fmt: skip
    console.print(table if status["versions"] else "no version: run python -m indexer build FILE")
    for each in status["versions"]:
        if each["state"] == "live":
            console.print(
                f"\n{each['version']} was built by {each['built_by']} from {each['source']}\n"
                f"model {each['model']} ({each['fingerprint']}), {each['vectors']['dimension']} dimensions; index "
                f"{each['vectors']['algorithm']}, {each['vectors']['metric']}",
                markup=False, soft_wrap=True,
            )  # fmt: skip
        if each["state"] == "failed":
            console.print(
                f"\n{each['version']} failed: {each['checks'].get('failed', 'unknown why')}",
                markup=False,
                soft_wrap=True,
            )
    if owner is not None:
        console.print(
            f"\nbuilding: {owner}{', which is dead' if owner.is_dead() else ''}", markup=False, soft_wrap=True
        )
    if status["drift"]:
        _show_drift(Drift(**status["drift"]), console)
    if status["clusters"]:
        clusters = Table(box=None, pad_edge=False, header_style="bold")
        clusters.add_column("cluster", justify="right")
        clusters.add_column("profiles", justify="right")
        clusters.add_column("label")
        for each in status["clusters"]:
            clusters.add_row(str(each["id"]), f"{each['size']:,}", escape(each["label"]))
        console.print()
        console.print(clusters)


def _show_drift(drift: Drift, console: Console) -> None:
    console.print(
        f"\ndrift: {drift.far:.1%} far from every cluster, {drift.moved:.1%} moved, {drift.changed:.1%} changed, largest "
        f"cluster {drift.imbalance:.1f} times the mean; built {drift.age_days:.1f} days ago",
        markup=False, soft_wrap=True,
    )  # fmt: skip
    console.print(
        "a rebuild is worth it: " + "; ".join(drift.reasons) if drift.reasons else "no rebuild is needed", markup=False,
        soft_wrap=True,
    )  # fmt: skip


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC") if seconds else ""
