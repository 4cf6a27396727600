"""Redis at its maxmemory: nothing more is stored, and what makes room still works."""

from collections.abc import Iterator

import numpy as np
import pytest

import redis
from indexer.prune import prune
from indexer.report import Report
from indexer.rollback import roll_back
from profilesearch.clusters.calibration import Calibration
from profilesearch.clusters.fit import fit_partition
from profilesearch.clusters.model import ClusterModel
from profilesearch.clusters.plane import fit_plane
from profilesearch.errors import StoreError
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.store import Batch, BuildLock, Server, Store, Upsert, VersionRecord
from profilesearch.vector_index import VectorIndex

ROWS = 20


@pytest.fixture
def versions(store: Store, client: redis.Redis) -> Iterator[Store]:
    """A store with v1, which was live, v2, which is, and no memory left."""
    vectors = np.eye(4, dtype=np.float32)[np.arange(ROWS) % 4]
    curve = np.ones(1)
    for _ in range(2):
        record = VersionRecord(store.versions.new_name(), "model", "print", Fields(), VectorIndex(4), profiles=ROWS)
        store.create(record)
        partition, assigned = fit_partition(vectors, 1)
        model = ClusterModel(partition, ("all",), (ROWS,), fit_plane(vectors))
        store.clusters.write(record, model, Calibration(curve, curve, curve, curve, 0.0, 1))
        rows = ((Row(f"p{n}", "h", "text"), int(assigned[n]), vectors[n]) for n in range(ROWS))
        assert sum(store.profiles.write(record, rows)) == ROWS
        store.indexes.wait(record)
        store.versions.publish(record)
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", 1)
    yield store
    client.config_set("maxmemory", 0)


def upsert(id_: str) -> Upsert:
    return Upsert(Row(id_, "h", "more"), 0, np.ones(4, np.float32), "{}")


def test_prune_makes_room(versions: Store, server: Server, client: redis.Redis) -> None:
    with BuildLock(server) as lock:
        assert lock.renew()
        assert prune(Store(server).locked(lock), 0, Report()) == ["v1"]
    assert versions.versions.traces() == {"v2"} and not client.keys("profiles:build*")


def test_one_can_go_back(versions: Store, server: Server) -> None:
    with BuildLock(server) as lock:
        assert roll_back(Store(server).locked(lock), None).record.version == "v1"
    assert versions.versions.live().version == "v1"


def test_changes_do_not_fill_it_further(versions: Store, client: redis.Redis) -> None:
    """Though each begins by removing the profile as it was: nothing of the batch is done, and deletes still are."""
    record = versions.versions.live()
    with pytest.raises(StoreError, match="maxmemory"):
        versions.changes.apply(record, Batch([upsert("p1"), upsert("new")], ["p2"]))
    assert client.hget(record.key("p1"), "text") == b"text"
    assert client.exists(record.key("p2")) and not client.exists(record.key("new"))
    assert versions.changes.apply(record, Batch(deletes=["p2"])) and not client.exists(record.key("p2"))


def test_catching_up_does_not_fill_it_further(versions: Store, client: redis.Redis) -> None:
    record = versions.versions.get("v1")
    with pytest.raises(StoreError, match="maxmemory"):
        versions.changes.pending.apply(record, Batch([upsert("p1")]))
    assert client.hget(record.key("p1"), "text") == b"text"
    versions.changes.pending.apply(record, Batch(deletes=["p2"]))
    assert not client.exists(record.key("p2"))


def test_a_version_is_not_written(versions: Store, client: redis.Redis) -> None:
    record = versions.versions.get("v1")
    with pytest.raises(StoreError, match="maxmemory"):
        list(versions.profiles.write(record, [(Row("new", "h", "t"), 0, np.ones(4, np.float32))]))
    assert not client.exists(record.key("new"))
