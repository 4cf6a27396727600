"""What passages cost: memory, time to write and index, and the time of a search, against the same people without."""

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from profilesearch.fields import Fields
from profilesearch.passages import Passage, Place
from profilesearch.row import Row
from profilesearch.settings import Settings
from profilesearch.store import Embedded, Filter, KnnQuery, Store, VersionRecord, connect
from profilesearch.vector_index import VectorIndex

from ..connection import connect_url
from ..redis_local import PORT, start
from ..vectors import Collection, collection

PASSAGES = (0, 3)
"""Of each profile: a text of about 600 tokens has three."""

_URL = f"redis://127.0.0.1:{PORT}/0"
_TEXT = "about a thousand characters of what somebody did " * 20
_CLUSTERS, _SEARCHED = 100, 10
_DEPTH = 31
_ROUNDS = 100


def costs(rows: int) -> dict[str, dict[str, float]]:
    """Bytes in Redis and in redis_local's own process for each profile, seconds to write and index all, milliseconds of a
    search in a tenth of the clusters: without passages, and with three of each profile. Searches take turns.
    """
    data = collection(rows * (1 + max(PASSAGES)), _CLUSTERS)
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        process = start(Path(folder))
        try:
            store = Store(connect(Settings(redis_url=_URL)))
            versions = {}
            for amount in PASSAGES:
                name = "passages" if amount else "cut or mean"
                versions[name], found[name] = _written(store, data, (rows, amount), psutil.Process(process.pid))
            for name, times in _searched(store, data, versions).items():
                found[name]["search ms"] = statistics.median(times)
        finally:
            process.terminate()
            process.wait()
    return found


def _written(
    store: Store, data: Collection, size: tuple[int, int], process: psutil.Process
) -> tuple[VersionRecord, dict[str, float]]:
    rows, amount = size
    used, resident = _used(), _resident(process)
    record = VersionRecord(
        store.versions.new_name(), "random", "0", Fields(), VectorIndex(384), profiles=rows, passages=bool(amount)
    )
    started = time.perf_counter()
    store.versions.save(record)
    sum(store.profiles.write(record, (_profile(data, number, rows, amount) for number in range(rows))))
    store.indexes.create(record)
    store.indexes.wait(record)
    if amount:
        store.indexes.wait(record, record.passage_index)
    seconds = time.perf_counter() - started
    return record, {
        "bytes in Redis": (_used() - used) / rows,
        "bytes in redis_local": (_resident(process) - resident) / rows,
        "write and index s": seconds,
    }


def _profile(data: Collection, number: int, rows: int, amount: int) -> Embedded:
    parts = [rows + number * amount + part for part in range(amount)]
    passages = [Passage(Place(0, 300), int(data.cluster[part]), data.vectors[part]) for part in parts]
    return Embedded(Row(f"p{number:06}", "-", _TEXT), int(data.cluster[number]), data.vectors[number], passages)


def _searched(store: Store, data: Collection, versions: dict[str, VersionRecord]) -> dict[str, list[float]]:
    chance = np.random.default_rng(3)
    times: dict[str, list[float]] = {name: [] for name in versions}
    for number in range(_ROUNDS):
        clusters = tuple(map(int, chance.choice(_CLUSTERS, _SEARCHED, replace=False)))
        query = KnnQuery(data.queries[number], _DEPTH, Filter((int(data.query_cluster[number]), *clusters[1:])))
        for name, record in versions.items():
            started = time.perf_counter()
            store.rank(record, query)
            times[name].append((time.perf_counter() - started) * 1000)
    return times


def _used() -> int:
    return int(connect_url(_URL).info("memory")["used_memory"])


def _resident(process: psutil.Process) -> int:
    return int(sum(each.memory_info().rss for each in (process, *process.children(recursive=True))))
