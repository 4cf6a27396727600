"""The map's bytes, made once per version, and at most once a minute while it changes."""

import gzip
import logging
import threading
import time
from dataclasses import dataclass

from profilesearch.errors import ProfileSearchError
from profilesearch.profile_map import read_map
from profilesearch.search.snapshot import Snapshot
from profilesearch.store import Store

log = logging.getLogger(__name__)

_LEAST_SECONDS = 60.0
_PATIENCE_SECONDS = 2.0
_MOST_KEPT = 4
"""Maps that are held, each of another model."""


@dataclass(frozen=True)
class DrawnMap:
    """A map as it is sent, compressed, with a tag that changes when it does."""

    version: str
    tag: str
    compressed: bytes
    made: float


class MapIsDrawn(ProfileSearchError):
    """The first map is still being made: ask again in a moment."""


class _Drawing:
    """A map that a thread is making."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.error: Exception | None = None


class MapCache:
    """Holds the latest map of each model; a newer one is made by a thread of its own while the latest is still given out.

    Args:
        store: where the profiles are.
        patience: seconds to wait for the first map.
    """

    def __init__(self, store: Store, patience: float = _PATIENCE_SECONDS) -> None:
        self._store = store
        self._patience = patience
        self._lock = threading.Lock()  # held for moments, never while a map is made
        self._latest: dict[str, DrawnMap] = {}  # by model, the one that was drawn last comes last
        self._drawing: dict[str, _Drawing] = {}

    def get(self, snapshot: Snapshot) -> DrawnMap:
        """The map of a version, or the one before while it is being made.

        Raises:
            MapIsDrawn: there is none yet.
            StoreError: it cannot be read.
        """
        record = snapshot.version
        tag = f"{record.version}-{record.built_at:.0f}-{record.changed}"
        with self._lock:
            latest = self._latest.get(record.model)
            if latest is not None and (latest.tag == tag or _is_fresh(latest, record.version)):
                return latest
            if record.model not in self._drawing:
                self._drawing[record.model] = _Drawing()
                arguments = (self._drawing[record.model], snapshot, tag)
                threading.Thread(target=self._draw, args=arguments, name="draw the map", daemon=True).start()
            drawing = self._drawing[record.model]
        if latest is not None:
            return latest
        drawing.done.wait(self._patience)
        if drawing.error is not None:
            raise drawing.error
        latest = self._latest.get(record.model)
        if latest is None:
            raise MapIsDrawn("the map is being drawn; ask again in a moment")
        return latest

    def _draw(self, drawing: _Drawing, snapshot: Snapshot, tag: str) -> None:
        try:
            data = gzip.compress(read_map(self._store, snapshot).to_bytes(), 6)
            latest = DrawnMap(snapshot.version.version, tag, data, time.monotonic())
            with self._lock:
                others = [(model, each) for model, each in self._latest.items() if model != snapshot.version.model]
                self._latest = dict([*others[1 - _MOST_KEPT :], (snapshot.version.model, latest)])
        except Exception as error:
            log.warning("the map was not drawn: %s", error, exc_info=not isinstance(error, ProfileSearchError))
            drawing.error = error
        finally:
            with self._lock:
                del self._drawing[snapshot.version.model]
            drawing.done.set()


def _is_fresh(drawn: DrawnMap, version: str) -> bool:
    return drawn.version == version and time.monotonic() - drawn.made < _LEAST_SECONDS
