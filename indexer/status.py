"""What is in Redis: versions, who builds, and how far the live one has drifted."""

from dataclasses import asdict
from typing import Any

from profilesearch.errors import DamagedVersion, RedisUnavailable, StoreError
from profilesearch.store import WAY_OUT, Store, VersionRecord
from profilesearch.store.build_lock import Owner

from .drift import measure_drift


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
        "models": _models(store, live),
        "ft_hybrid": store.hybrid.server_fuses,
        "words": record is not None and bool(record.words),
        "versions": [_version(record) for record in survey.records],
        "damaged": damaged,
        "building": None if owner is None else asdict(owner) | {"dead": owner.is_dead()},
        "drift": drift,
        "clusters": clusters,
    }


def _models(store: Store, live: str | None) -> dict[str, str]:
    """The live version of each model, the default first."""
    try:
        return store.versions.live_names() if live else {}
    except DamagedVersion:
        return {}


def _version(record: VersionRecord) -> dict[str, Any]:
    return {name: value for name, value in asdict(record).items() if name not in ("built_sizes", "sizes")}


def _clusters(store: Store, record: VersionRecord) -> list[dict[str, Any]]:
    model = store.clusters.model(record)
    return [{"id": n, "size": model.sizes[n], "label": label} for n, label in enumerate(model.labels)]
