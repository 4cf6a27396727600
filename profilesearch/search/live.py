"""Live versions with their clusters, each read once for all searches."""

import threading
from dataclasses import dataclass, replace

from ..embedding import Encoder, compatible, require_model
from ..store import Store, VersionRecord
from .snapshot import Snapshot

_REMEMBERED = 4
"""Versions that are remembered: one that was live may be again, and models of one kind have a version each."""


class LiveSnapshots:
    """Reads a version and its clusters again only when another version is live; of those before, a few are remembered.

    Args:
        encoder: the model; it must be the one that the version was built with.
        store: where the profiles are.
    """

    def __init__(self, encoder: Encoder, store: Store) -> None:
        self._encoder = encoder
        self._store = store
        self._known: dict[str, Snapshot] = {}  # the one that was asked for last comes last
        self._lock = threading.Lock()

    def latest(self) -> Snapshot:
        """The live version of the encoder's model and its clusters; where these must be read, one thread reads for all.

        Raises:
            NoLiveVersion, RedisUnavailable, ModelMismatch, DamagedVersion: it cannot be searched, and why.
        """
        version = self._store.versions.live()
        if not compatible(version.fingerprint, self._encoder.fingerprint):
            others = self._store.versions.all_live()
            version = next(
                (each for each in others if compatible(each.fingerprint, self._encoder.fingerprint)), version
            )
        return self.of(version)

    def of(self, version: VersionRecord) -> Snapshot:
        """A version and its clusters; where these must be read, one thread reads for all.

        Raises:
            RedisUnavailable, ModelMismatch, DamagedVersion: it cannot be searched, and why.
        """
        known = self._known.get(version.identity)
        if known is not None and known.version is version:
            return known
        with self._lock:
            snapshot = self._snapshot_of(version, self._known.get(version.identity))
            others = [(name, each) for name, each in self._known.items() if name != version.identity]
            self._known = dict([*others[1 - _REMEMBERED :], (version.identity, snapshot)])
            return snapshot

    def _snapshot_of(self, version: VersionRecord, before: Snapshot | None) -> Snapshot:
        """The snapshot of a version, from an earlier one where only its counters differ."""
        if before is not None and version.identity != "":
            sizes = version.sizes if len(version.sizes) == len(before.clusters) else before.clusters.sizes
            same = before.clusters.sizes == tuple(sizes)
            return replace(
                before, version=version, clusters=before.clusters if same else before.clusters.resized(sizes)
            )
        require_model(version, self._encoder)
        return read_snapshot(self._store, version)


@dataclass(frozen=True)
class OneSnapshot:
    """One version, whatever is live."""

    snapshot: Snapshot

    def latest(self) -> Snapshot:
        """That one."""
        return self.snapshot

    def of(self, version: VersionRecord) -> Snapshot:
        """That one, with what is known of it by now."""
        return replace(self.snapshot, version=version)


def read_snapshot(store: Store, version: VersionRecord) -> Snapshot:
    """A version with its clusters, and what it knows of its words.

    Raises:
        DamagedVersion: a part of it cannot be read.
    """
    clusters, calibration = store.clusters.read(version)
    return Snapshot(version, clusters, calibration, store.words.read(version), store.clusters.projection(version))
