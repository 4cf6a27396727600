"""One text's vector for other programs."""

import json
from typing import Literal

import numpy as np

from profilesearch.embedding import Encoder, compatible, require_model
from profilesearch.errors import InvalidRequest, StoreError
from profilesearch.fields import Fields
from profilesearch.search.live import read_snapshot
from profilesearch.search.request import SearchRequest
from profilesearch.search.routing import RankedCluster, find_route
from profilesearch.search.snapshot import Snapshot
from profilesearch.search.typed_query import read_asked
from profilesearch.store import Store
from profilesearch.vector_index import VectorIndex
from profilesearch.vectors import Vectors

VectorFormat = Literal["raw", "hex", "json"]


def embed(text: str, encoder: Encoder) -> Vectors:
    """The ``(dim,)`` float32 vector of a text as a query, as the model gives it, of length 1.

    Talk about the company, signs and years are left out of the text as a search leaves them out; other conditions stay, and
    ``field:value``, since only a version tells what is one.

    Raises:
        InvalidRequest: the text is empty.
    """
    if not text.strip():
        raise InvalidRequest("text", "text: expected something to embed, got nothing")
    return np.asarray(encoder.encode_queries([read_asked(text, Fields()).compared()])[0])


def live_snapshot(store: Store, encoder: Encoder) -> Snapshot:
    """The live version of a model.

    Raises:
        ModelMismatch: none of that model is live.
        StoreError: Redis is away, or nothing is.
    """
    versions = store.versions.all_live()
    version = next((each for each in versions if compatible(each.fingerprint, encoder.fingerprint)), versions[0])
    require_model(version, encoder)
    return read_snapshot(store, version)


def as_indexed(vector: Vectors, store: Store, encoder: Encoder) -> tuple[Vectors, VectorIndex]:
    """A model's ``(dim,)`` vector as its live version has vectors, and how these are indexed.

    Where none is live, or Redis is away, it is what the model gives.
    """
    try:
        snapshot = live_snapshot(store, encoder)
    except StoreError:
        return vector, VectorIndex(len(vector))
    return snapshot.vector(vector), snapshot.version.vectors


def route_of(vector: Vectors, snapshot: Snapshot) -> tuple[RankedCluster, ...]:
    """The clusters that a search for a version's ``(dim,)`` vector looks into by default, nearest first."""
    return find_route(SearchRequest("vector"), snapshot, vector).chosen


def render(vector: Vectors, vectors: VectorIndex, format_: VectorFormat) -> bytes:
    """A ``(dim,)`` vector as the bytes that Redis holds, as hexadecimal digits of these, or as a JSON array."""
    if format_ == "raw":
        return vectors.to_bytes(vector)
    if format_ == "hex":
        return vectors.to_bytes(vector).hex().encode() + b"\n"
    return json.dumps([float(f"{number:.9g}") for number in vector]).encode() + b"\n"
