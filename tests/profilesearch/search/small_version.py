"""A small version to search: few profiles, two clusters, and a model that knows what it was told."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from profilesearch.clusters.calibration import Calibration
from profilesearch.clusters.model import ClusterModel
from profilesearch.clusters.partition import Partition
from profilesearch.clusters.plane import Plane
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.store import Store, VersionRecord
from profilesearch.vector_index import VectorIndex
from tests.encoders import StandIn

EYE = np.eye(4, dtype=np.float32)
CLUSTERS = ClusterModel(Partition(EYE[:2], EYE[:2], np.array([0, 1])), ("a", "b"), (1, 1), Plane(EYE[0], EYE[:2]))
CALIBRATION = Calibration(np.ones(2), np.ones(2), np.ones(2), np.ones(2), 0.1, 2)


class Told(StandIn):
    """Every text lies along the first axis, but for those that were told otherwise."""

    name, fingerprint, dimension, token_limit = "told", "print", 4, 8

    def __init__(self, vectors: Mapping[str, np.ndarray] | None = None) -> None:
        self.vectors = vectors or {}

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self.vectors.get(text, EYE[0]) for text in texts])


def publish(
    store: Store,
    profiles: Iterable[tuple[Row, int, np.ndarray]],
    fields: Fields | None = None,
    encoder: type[StandIn] | StandIn = Told,
) -> VersionRecord:
    """Make a version of these profiles live for a model."""
    rows = list(profiles)
    record = VersionRecord(
        store.versions.new_name(),
        encoder.name,
        encoder.fingerprint,
        fields or Fields(),
        VectorIndex(4),
        profiles=len(rows),
    )
    store.create(record)
    sum(store.profiles.write(record, rows))
    store.clusters.write(record, CLUSTERS, CALIBRATION)
    store.indexes.wait(record)
    store.versions.publish(record)
    return record


def near(*, first: float) -> np.ndarray:
    """A vector of length 1 whose cosine with the first axis is as given."""
    return np.array([first, 0, np.sqrt(1 - first * first), 0], np.float32)
