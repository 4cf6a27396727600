"""What is in Redis: versions, who builds, and how far the live one has drifted."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from profilesearch.errors import DamagedVersion, RedisUnavailable, StoreError
from profilesearch.store import WAY_OUT, Store, VersionRecord
from profilesearch.store.build_lock import Owner

from .drift import Drift, measure_drift

_STATES = {
    "live": "● live",
    "retired": "○ retired",
    "building": "… building",
    "ready": "… ready",
    "failed": "✗ failed",
    "removing": "✗ being removed",
}


def gather(store: Store, owner: Owner | None) -> dict[str, Any]:
    """Everything that ``status`` tells, for programs."""
    survey = store.versions.survey()
    damaged = dict(survey.damaged)
    try:
        live = store.versions.live_name()
    except DamagedVersion as error:
        live, damaged["live"] = None, str(error)
    record = next((record for record in survey.records if record.version == live), None)
    if live is not None and record is None:
        damaged.setdefault(live, f"the live version {live} has no record: {WAY_OUT}")
    drift, clusters = None, []
    if record is not None:
        try:
            clusters = _clusters(store, record)
            drift = measure_drift(store, record).to_json()
        except RedisUnavailable:
            raise
        except StoreError as error:
            damaged[record.version] = str(error)
    return {
        "live": live,
        "versions": [_version(record) for record in survey.records],
        "damaged": damaged,
        "building": None if owner is None else asdict(owner) | {"dead": owner.is_dead()},
        "drift": drift,
        "clusters": clusters,
    }


def _version(record: VersionRecord) -> dict[str, Any]:
    told = asdict(record)
    return {name: told[name] for name in told if name not in ("built_sizes", "sizes")}


def _clusters(store: Store, record: VersionRecord) -> list[dict[str, Any]]:
    model = store.clusters.model(record)
    return [{"id": n, "size": model.sizes[n], "label": label} for n, label in enumerate(model.labels)]


def show(status: dict[str, Any], owner: Owner | None, console: Console) -> None:
    """The same for people."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, side in (
        ("version", "left"),
        ("state", "left"),
        ("profiles", "right"),
        ("changed", "right"),
        ("built", "left"),
    ):
        table.add_column(name, justify=side, no_wrap=True)  # type: ignore[arg-type]
    for each in status["versions"]:
        table.add_row(
            each["version"],
            _STATES[each["state"]],
            f"{each['profiles']:,}",
            f"{each['changed']:,}",
            _when(each["built_at"]),
        )
    console.print(table if status["versions"] else "no version: run python -m indexer build FILE")
    for each in status["versions"]:
        if each["state"] == "live":
            console.print(
                f"\n{each['version']} was built by {each['built_by']} from {each['source']}\n"
                f"model {each['model']} ({each['fingerprint']}), {each['vectors']['dimension']} dimensions; index "
                f"{each['vectors']['algorithm']}, {each['vectors']['metric']}",
                markup=False,
                soft_wrap=True,
            )
        if each["state"] == "failed":
            console.print(
                f"\n{each['version']} failed: {each['checks'].get('failed', 'unknown why')}",
                markup=False,
                soft_wrap=True,
            )
    for reason in status["damaged"].values():
        console.print(f"\n{reason}", markup=False, soft_wrap=True)
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
        markup=False,
        soft_wrap=True,
    )
    console.print(
        "a rebuild is worth it: " + "; ".join(drift.reasons) if drift.reasons else "no rebuild is needed",
        markup=False,
        soft_wrap=True,
    )


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC") if seconds else ""
