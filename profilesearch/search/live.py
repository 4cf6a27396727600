"""The live version with its clusters, read once for all searches."""

import threading
from dataclasses import replace

from ..embedding import Encoder, require_model
from ..store import Store, VersionRecord
from .snapshot import Snapshot


class LiveSnapshots:
    """Reads a version and its clusters again only when another version is live.

    Args:
        encoder: the model; it must be the one that the version was built with.
        store: where the profiles are.
    """

    def __init__(self, encoder: Encoder, store: Store) -> None:
        self._encoder = encoder
        self._store = store
        self._latest: Snapshot | None = None
        self._lock = threading.Lock()

    def latest(self) -> Snapshot:
        """The live version and its clusters; where these must be read, one thread reads for all.

        Raises:
            NoLiveVersion, RedisUnavailable, ModelMismatch, DamagedVersion: it cannot be searched, and why.
        """
        version = self._store.versions.live()
        latest = self._latest
        if latest is not None and latest.version is version:
            return latest
        with self._lock:
            self._latest = self._snapshot_of(version, self._latest)
            return self._latest

    def _snapshot_of(self, version: VersionRecord, before: Snapshot | None) -> Snapshot:
        """The snapshot of a version, from an earlier one where only its counters differ."""
        if before is not None and before.version.identity == version.identity != "":
            sizes = version.sizes if len(version.sizes) == len(before.clusters) else before.clusters.sizes
            same = before.clusters.sizes == tuple(sizes)
            return replace(
                before, version=version, clusters=before.clusters if same else before.clusters.resized(sizes)
            )
        require_model(version, self._encoder)
        return read_snapshot(self._store, version)


def read_snapshot(store: Store, version: VersionRecord) -> Snapshot:
    """A version with its clusters, and what it knows of its words.

    Raises:
        DamagedVersion: a part of it cannot be read.
    """
    return Snapshot(version, *store.clusters.read(version), store.words.read(version))
