"""The live version and its clusters are read once, whatever is applied to it."""

import threading
from collections.abc import Sequence

import numpy as np
import pytest

import redis
from profilesearch.arrays import array_to_bytes
from profilesearch.clusters.calibration import Calibration
from profilesearch.clusters.model import ClusterModel
from profilesearch.clusters.partition import Partition
from profilesearch.clusters.plane import Plane
from profilesearch.errors import DamagedVersion
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.search.live import read_snapshot
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.store import Batch, Server, Store, Upsert, VersionRecord
from profilesearch.vector_index import VectorIndex
from profilesearch.words.bm25 import Bm25
from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.fusion import WordWeights
from profilesearch.words.regions import RegionWords
from profilesearch.words.statistics import TermStatistics
from tests.encoders import StandIn

EYE = np.eye(4, dtype=np.float32)
CLUSTERS = ClusterModel(Partition(EYE[:2], EYE[:2], np.array([0, 1])), ("a", "b"), (1, 1), Plane(EYE[0], EYE[:2]))
CALIBRATION = Calibration(np.ones(2), np.ones(2), np.ones(2), np.ones(2), 0.1, 2)


class One(StandIn):
    """Every text lies along the first axis."""

    name, fingerprint, dimension, token_limit = "one", "print", 4, 8

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.repeat(EYE[:1], len(texts), axis=0)


class Counting(Store):
    """Counts how often the cluster model is read."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.reads = 0
        read = self.clusters.read

        def counted(record: VersionRecord) -> tuple[ClusterModel, Calibration]:
            self.reads += 1
            return read(record)

        vars(self.clusters)["read"] = counted


def publish(store: Store, amount: int = 2) -> VersionRecord:
    record = VersionRecord(store.versions.new_name(), "one", "print", Fields(), VectorIndex(4), profiles=amount)
    store.create(record)
    sum(store.profiles.write(record, ((Row(f"p{n}", "h", "t"), n % 2, EYE[n % 4]) for n in range(amount))))
    store.clusters.write(record, CLUSTERS, CALIBRATION)
    store.versions.publish(record)
    return record


@pytest.fixture
def counting(server: Server) -> Counting:
    return Counting(server)


def test_changes_do_not_make_it_read_the_clusters_again(counting: Counting, client: redis.Redis) -> None:
    record = publish(counting)
    pipeline = SearchPipeline(One(), counting)
    assert pipeline.snapshot() is pipeline.snapshot() and counting.reads == 1
    for number in range(5):
        row = Row(f"new{number}", "h", "t")
        assert counting.changes.apply(record, Batch([Upsert(row, 1, EYE[1], "{}")]))
        assert pipeline.snapshot().version.changed == number + 1
    read = counting.reads
    counting.refresh_counts(record)
    counting.reads = read
    snapshot = pipeline.snapshot()
    assert counting.reads == 1 and snapshot.version.profiles == 7 and snapshot.clusters.sizes == (1, 6)
    assert counting.clusters.model(counting.versions.live()).sizes == (1, 6)


def test_one_thread_reads_for_all(counting: Counting) -> None:
    publish(counting)
    pipeline, ready = SearchPipeline(One(), counting), threading.Barrier(8)

    def look() -> None:
        ready.wait()
        pipeline.snapshot()

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counting.reads == 1


def test_a_version_of_the_same_name_is_read_anew(counting: Counting, client: redis.Redis) -> None:
    publish(counting)
    pipeline = SearchPipeline(One(), counting)
    pipeline.snapshot()
    client.flushall()
    publish(counting, 4)
    assert len(pipeline.search(SearchRequest("x", mode="off")).results) == 4 and counting.reads == 2


def test_what_was_read_answers_after_damage_and_a_new_process_says_what_helps(
    counting: Counting, client: redis.Redis
) -> None:
    publish(counting)
    pipeline = SearchPipeline(One(), counting)
    pipeline.snapshot()
    client.hset("profiles:record:v1", "seconds", "garbage")
    assert len(pipeline.search(SearchRequest("x", mode="off")).results) == 2
    with pytest.raises(DamagedVersion, match="v1: its record is damaged: seconds.*build the index again"):
        SearchPipeline(One(), Store(counting._server)).search(SearchRequest("x"))


@pytest.mark.parametrize("field", [*CLUSTERS.to_hash(), *CALIBRATION.to_hash()])
@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"\x93NUMPY", None, "another shape"])
def test_a_damaged_cluster_model_says_what_helps(
    store: Store, client: redis.Redis, field: bytes, damage: bytes | str | None
) -> None:
    record = publish(store)
    key = "profiles:clusters:v1"
    if damage is None:
        client.hdel(key, field)
    elif damage == "another shape":
        client.hset(key, field, array_to_bytes(np.zeros((3, 3, 3), np.float32)))
    else:
        client.hset(key, field, damage)
    with pytest.raises(DamagedVersion, match=r"v1: its cluster model is damaged.*build the index again"):
        store.clusters.read(record)


TEXTS = ["a nurse on a ward", "a baker"]
BM25 = Bm25(TermStatistics.of(TEXTS), TEXTS)
REGIONS = RegionWords.of(BM25.terms, BM25.weights, np.array([0, 1]), 2)
WORDS = FittedWords(TermStatistics.of(TEXTS), WordWeights(0.1, 0.4), REGIONS, ("city",))
NEEDED = WORDS.to_hash().keys() - {b"conditions", b"region_keys"}  # without these it is as one that was built earlier


def test_what_a_version_knows_of_its_words_goes_with_it(store: Store, client: redis.Redis) -> None:
    record = publish(store)
    pipeline = SearchPipeline(One(), store)
    assert pipeline.snapshot().words is None
    store.words.write(record, WORDS)
    words = read_snapshot(store, record).words
    assert words is not None and words.terms("the nurse of ward nine") == WORDS.terms("the nurse of ward nine") != ()
    client.set("profiles:live", "v0")
    store.drop(record.version)
    assert client.keys("profile*v1*") == []


@pytest.mark.parametrize(
    ("field", "damage"),
    [
        *((field, damage) for field in WORDS.to_hash() for damage in (b"", b"\x93NUMPY", "another shape")),
        *((field, None) for field in sorted(NEEDED)),
    ],
)
def test_damaged_words_say_what_helps(
    store: Store, client: redis.Redis, field: bytes, damage: bytes | str | None
) -> None:
    record = publish(store)
    store.words.write(record, WORDS)
    if damage is None:
        client.hdel("profiles:words:v1", field)
    else:
        other = array_to_bytes(np.zeros((3, 3, 3), np.float32))
        client.hset("profiles:words:v1", field, other if damage == "another shape" else damage)
    with pytest.raises(DamagedVersion, match=r"v1: its word model is damaged.*build the index again"):
        read_snapshot(store, record)
