"""Only what changed is applied to the live version."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import redis
from indexer.encoders import SingleEncoder
from indexer.report import Report
from indexer.sync import Counts, SyncOptions, sync
from profilesearch.embedding import CachedEncoder, EmbeddingCache, load_encoder, model_stamp
from profilesearch.errors import BadRows, ChangeRefused, ModelMismatch, SourceError
from profilesearch.settings import Settings
from profilesearch.store import Filter, KnnQuery, Store, connect
from tests.encoders import StandIn
from tests.indexer.conftest import Warm

WORDS = ["nurse", "engineer", "teacher", "chef", "lawyer"]


def people(count: int) -> list[dict[str, Any]]:
    return [{"id": f"p{n}", "headline": WORDS[n % 5], "text": f"{WORDS[n % 5]} number{n}", "city": "Köln", "years": n}
            for n in range(count)]  # fmt: skip


class Synced:
    def __init__(self, warm: Warm, model: Path, redis_url: str, folder: Path) -> None:
        self.source, self.cache = folder / "people.jsonl", folder / "cache"
        self.encoder = CachedEncoder(str(model), lambda: load_encoder(str(model)), EmbeddingCache(self.cache), model_stamp(str(model)))  # fmt: skip
        self.store = Store(connect(Settings(redis_url=redis_url)))
        self.write(people(100))
        status, _, err = warm.run(
            redis_url, "build", str(self.source), "--model", str(model), "--tag-fields", "city", "--numeric-fields", "years",
            "--clusters", "5", PROFILESEARCH_CACHE=str(self.cache),
        )  # fmt: skip
        assert status == 0, err

    def write(self, rows: list[dict[str, Any]]) -> None:
        self.source.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def __call__(self, **options: Any) -> Counts:
        self.encoder.computed = 0
        return sync(
            SyncOptions(str(self.source), **options), self.store, SingleEncoder(self.encoder), self.cache, Report()
        )

    def hash(self, id_: str) -> dict[bytes, bytes]:
        fields: dict[bytes, bytes] = self.store._server.run("HGETALL", f"profile:v1:{id_}")
        return fields


@pytest.fixture
def synced(warm: Warm, small_model: Path, client: redis.Redis, redis_url: str, tmp_path: Path) -> Synced:
    return Synced(warm, small_model, redis_url, tmp_path)


def test_new_changed_and_gone(synced: Synced) -> None:
    rows = people(103)[3:]
    rows[0]["text"] = "lawyer who cooks"
    rows[1]["city"] = "Bonn"
    synced.write(rows)
    assert synced(dry_run=True) == Counts(3, 2, 95, 3, 0, 0)
    assert synced() == Counts(3, 2, 95, 3, 0, 0) and synced.encoder.computed == 4
    record = synced.store.versions.live()
    assert record.profiles == 103 and record.changed == 5
    assert sum(synced.store.clusters.model(record).sizes) == 103
    assert synced.hash("p4")[b"city"] == b"Bonn" and synced.hash("p101")[b"id"] == b"p101"
    moved, vector = synced.store.profiles.one(record, "p3")
    assert np.allclose(vector, synced.encoder.encode_documents([moved.text])[0], atol=1e-6)
    assert moved.cluster == synced.store.clusters.model(record).predict(vector[None])[0]
    assert "p3" in [each.id for each in synced.store.rank(record, KnnQuery(vector, 3, Filter((moved.cluster,))))]
    assert synced(delete_missing=True) == Counts(0, 0, 100, 3, 3, 0)
    assert not synced.hash("p0") and synced.store.versions.live().profiles == 100
    assert synced() == Counts(0, 0, 100, 0, 0, 0) and synced.encoder.computed == 0


def test_a_field_that_is_gone_is_gone(synced: Synced) -> None:
    rows = people(100)
    rows[0]["city"] = None
    rows[0]["years"] = None
    synced.write(rows)
    assert synced().changed == 1
    assert b"city" not in synced.hash("p0") and b"years" not in synced.hash("p0")


def test_a_dry_run_changes_nothing_and_needs_no_model(synced: Synced) -> None:
    synced.write(people(120)[50:])
    before = {id_: synced.hash(id_) for id_ in ("p1", "p60")}
    assert synced(dry_run=True, delete_missing=True, allow_shrink=True) == Counts(20, 0, 50, 50, 50, 0)
    assert {id_: synced.hash(id_) for id_ in before} == before and not synced.hash("p110")
    assert synced.encoder._inner is None


def test_what_is_refused(synced: Synced, small_model: Path) -> None:
    synced.write(people(79))
    with pytest.raises(
        ChangeRefused, match=r"expected at least 80 of the 100 profiles of v1, got 79: nothing was changed"
    ):
        synced(delete_missing=True)
    assert synced.store.versions.live().changed == 0 and synced.hash("p99")
    synced.write([{"id": "p1", "text": "no city"}])
    with pytest.raises(SourceError, match="expected a column"):
        synced()
    synced.write([*people(100), {"id": "bad", "headline": "", "text": "", "city": "", "years": 1}])
    with pytest.raises(BadRows):
        synced()
    assert synced(rejects=synced.cache / "r.jsonl").rejected == 1

    class Other(StandIn):
        name, fingerprint, dimension = "other", "another", 32

    synced.write(people(101))
    with pytest.raises(ModelMismatch, match="but this process has"):
        sync(SyncOptions(str(synced.source)), synced.store, SingleEncoder(Other()), synced.cache, Report())


def test_the_command_line(synced: Synced, warm: Warm, small_model: Path, redis_url: str) -> None:
    synced.write(people(102)[1:])
    variables = {"PROFILESEARCH_CACHE": str(synced.cache), "PROFILESEARCH_MODEL": str(small_model)}
    status, out, err = warm.run(redis_url, "sync", str(synced.source), "--dry-run", **variables)
    assert status == 0 and "new 2, changed 0, unchanged 99, missing 1, deleted 0" in err and "dry run" in err
    status, out, err = warm.run(redis_url, "sync", str(synced.source), "--json", **variables)
    assert status == 0 and {k: json.loads(out)[k] for k in ("new", "missing", "deleted")} == {"new": 2, "missing": 1, "deleted": 0}  # fmt: skip
