"""One text's vector for other programs."""

import json
from typing import Literal

import numpy as np

from profilesearch.embedding import Encoder, compatible, require_model
from profilesearch.errors import InvalidRequest
from profilesearch.fields import Fields
from profilesearch.search.live import read_snapshot
from profilesearch.search.request import SearchRequest
from profilesearch.search.routing import RankedCluster, find_route
from profilesearch.search.typed_query import read_asked
from profilesearch.store import Store
from profilesearch.vectors import Vectors, to_bytes

VectorFormat = Literal["raw", "hex", "json"]


def embed(text: str, encoder: Encoder) -> Vectors:
    """The ``(dim,)`` float32 vector that a search for a text compares profiles with, of length 1.

    Talk about the company, signs and years are left out of the text as a search leaves them out; other conditions stay, and
    ``field:value``, since only a version tells what is one.

    Raises:
        InvalidRequest: the text is empty.
    """
    if not text.strip():
        raise InvalidRequest("text", "text: expected something to embed, got nothing")
    return np.asarray(encoder.encode_queries([read_asked(text, Fields()).compared()])[0])


def route_of(vector: Vectors, store: Store, encoder: Encoder) -> tuple[RankedCluster, ...]:
    """The clusters of a model's live version that a search for a ``(dim,)`` vector looks into by default, nearest first.

    Raises:
        ModelMismatch: the vector is of a model that has no live version.
    """
    versions = store.versions.all_live()
    version = next((each for each in versions if compatible(each.fingerprint, encoder.fingerprint)), versions[0])
    require_model(version, encoder)
    return find_route(SearchRequest("vector"), read_snapshot(store, version), vector).chosen


def render(vector: Vectors, format_: VectorFormat) -> bytes:
    """A ``(dim,)`` vector as raw little-endian float32, as hexadecimal digits, or as a JSON array."""
    if format_ == "raw":
        return to_bytes(vector)
    if format_ == "hex":
        return to_bytes(vector).hex().encode() + b"\n"
    return json.dumps([float(f"{number:.9g}") for number in vector]).encode() + b"\n"
