"""Values of several models' versions: one thread reads each, and nobody waits for another model's."""

import threading
from collections.abc import Mapping
from typing import Any

from profilesearch.fields import Fields
from profilesearch.search.known_values import KnownValues
from profilesearch.store import Filter, VersionRecord
from profilesearch.vector_index import VectorIndex


class Counts:
    """Counts as Redis gives them, but when a test lets it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.began = threading.Semaphore(0)
        self.going_on = {"slow": threading.Event(), "quick": threading.Event()}

    def by_tag(self, version: VersionRecord, admitted: Filter, field: str) -> Mapping[str, int]:
        self.asked.append(version.model)
        self.began.release()
        assert self.going_on[version.model].wait(60)
        return {"Bonn": 1}


def record(model: str) -> VersionRecord:
    return VersionRecord("v1", model, "print", Fields(tags=("city",)), VectorIndex(4))


def test_one_thread_reads_a_version_s_values_and_others_models_are_given_meanwhile() -> None:
    counts = Counts()
    store: Any = type("Store", (), {"counts": counts})()
    values = KnownValues(store)
    found: list[object] = []
    versions = {model: record(model) for model in ("slow", "quick")}

    def ask(model: str) -> threading.Thread:
        thread = threading.Thread(target=lambda: found.append(values.named(versions[model], "in Bonn")), daemon=True)
        thread.start()
        return thread

    slow = [ask("slow") for _ in range(4)]
    assert counts.began.acquire(timeout=60)
    counts.going_on["quick"].set()
    ask("quick").join(60)
    assert len(found) == 1, "though Redis has not answered for the other model"
    counts.going_on["slow"].set()
    for thread in slow:
        thread.join(60)
    assert len(found) == 5 and sorted(counts.asked) == ["quick", "slow"]
