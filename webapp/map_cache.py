"""The map's bytes, made once per version, and at most once a minute while it changes."""

import gzip
import threading
import time
from dataclasses import dataclass

from profilesearch.map import read_map
from profilesearch.routing import Snapshot
from profilesearch.store import Store

_LEAST_SECONDS = 60.0


@dataclass(frozen=True)
class DrawnMap:
    """A map as it is sent, compressed, with a tag that changes when it does."""

    version: str
    tag: str
    compressed: bytes
    made: float


class MapCache:
    """Holds the latest map."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._held: DrawnMap | None = None

    def get(self, snapshot: Snapshot) -> DrawnMap:
        """The map of a version, read from Redis if it is not at hand."""
        record = snapshot.version
        tag = f"{record.version}-{record.built_at:.0f}-{record.changed}"
        with self._lock:
            held = self._held
            fresh = (
                held is not None and held.version == record.version and time.monotonic() - held.made < _LEAST_SECONDS
            )
            if held is None or not (held.tag == tag or fresh):
                data = gzip.compress(read_map(self._store, snapshot).to_bytes(), 6)
                held = self._held = DrawnMap(record.version, tag, data, time.monotonic())
        return held
