"""What words and passages cost: memory, time to write and index, and the time of a search, against the same people without."""

import statistics
import time
from collections.abc import Sequence

import numpy as np
import psutil

from profilesearch.fields import Fields
from profilesearch.passages import Passage, Place
from profilesearch.row import Row
from profilesearch.settings import Settings
from profilesearch.store import Embedded, Filter, KnnQuery, Store, VersionRecord, connect
from profilesearch.vector_index import VectorIndex

from ..connection import connect_url
from ..fusion.collections import PEOPLE, sample_rows
from ..own_redis import OwnRedis, own_redis
from ..vectors import Collection, collection

PASSAGES = 3
"""Of each profile: a text of about 600 tokens has three."""

_WAYS = {"without words": (False, 0), "cut or mean": (True, 0), "passages": (True, PASSAGES)}
"""Whether words are indexed, and how many passages each profile has."""

_CLUSTERS, _SEARCHED = 100, 10
_DEPTH = 31
_ROUNDS = 100


def costs(rows: int) -> dict[str, dict[str, float]]:
    """Bytes in Redis and in redis_local's own process for each profile, seconds to write and to index all, milliseconds of a
    search in a tenth of the clusters; of the sample's people, at most 6,904, with random vectors. Searches take turns.
    """
    data = collection(rows * (1 + PASSAGES), _CLUSTERS)
    found: dict[str, dict[str, float]] = {}
    with own_redis() as server:
        store = Store(connect(Settings(redis_url=server.url)))
        versions = {}
        for name, (words, amount) in _WAYS.items():
            record = VersionRecord(
                store.versions.new_name(), "random", "0", Fields(), VectorIndex(384), words=words, passages=bool(amount)
            )
            profiles = [_profile(data, number, row, amount) for number, row in enumerate(sample_rows()[:rows])]
            versions[name] = record
            found[name] = _written(store, record, profiles, server)
        for name, times in _searched(store, data, versions).items():
            found[name]["search ms"] = statistics.median(times)
    return found


def _written(store: Store, record: VersionRecord, profiles: Sequence[Embedded], server: OwnRedis) -> dict[str, float]:
    process = psutil.Process(server.process.pid)
    used, resident, started = _used(server), _resident(process), time.perf_counter()
    store.versions.save(record)
    sum(store.profiles.write(record, profiles))
    written = time.perf_counter()
    store.indexes.create(record)
    store.indexes.wait(record)
    if record.passages:
        store.indexes.wait(record, record.passage_index)
    return {
        "bytes in Redis": (_used(server) - used) / len(profiles),
        "bytes in redis_local": (_resident(process) - resident) / len(profiles),
        "write s": written - started,
        "index s": time.perf_counter() - written,
    }


def _profile(data: Collection, number: int, row: Row, amount: int) -> Embedded:
    first = PEOPLE + number * amount
    passages = [
        Passage(Place(0, 300), int(data.cluster[part % len(data.cluster)]), data.vectors[part % len(data.vectors)])
        for part in range(first, first + amount)
    ]
    return Embedded(row, int(data.cluster[number]), data.vectors[number], passages)


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


def _used(server: OwnRedis) -> int:
    return int(connect_url(server.url).info("memory")["used_memory"])


def _resident(process: psutil.Process) -> int:
    return int(sum(each.memory_info().rss for each in (process, *process.children(recursive=True))))
