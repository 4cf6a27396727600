"""Rows as changes that can be applied to a version: embedded, and with their nearest cluster."""

import json
from collections.abc import Sequence
from typing import Any

from profilesearch.clustering import ClusterModel
from profilesearch.embedding import Encoder, compatible
from profilesearch.errors import ModelMismatch
from profilesearch.profile import Fields, Row
from profilesearch.store import Upsert, VersionRecord

from .rows import BadValue, check_row


def upserts(rows: Sequence[tuple[Row, str]], encoder: Encoder, clusters: ClusterModel) -> list[Upsert]:
    """Changes for rows, each given with its JSON as it came."""
    if not rows:
        return []
    vectors = encoder.encode_documents([row.text for row, _ in rows])
    assigned = clusters.predict(vectors)
    return [
        Upsert(row, int(number), vector, source)
        for (row, source), number, vector in zip(rows, assigned, vectors, strict=True)
    ]


def row_of(source: str, id_: str, fields: Fields) -> Row:
    """A profile that came as JSON under an id.

    Raises:
        BadValue: it is no profile, or has another id.
    """
    try:
        values: Any = json.loads(source)
    except (ValueError, RecursionError) as error:
        raise BadValue("profile", repr(source[:80]), f"a JSON object ({error})") from None
    if not isinstance(values, dict):
        raise BadValue("profile", repr(source[:80]), "a JSON object")
    row = check_row({fields.id: id_, **values}, fields)
    if row.id != id_:
        raise BadValue(fields.id, repr(row.id), f"{id_!r}, the id that the change names")
    return row


def check_model(record: VersionRecord, encoder: Encoder) -> None:
    """Only the model that a version was built with can embed changes to it.

    Raises:
        ModelMismatch: it is another one.
    """
    if not compatible(record.fingerprint, encoder.fingerprint):
        raise ModelMismatch(
            f"version {record.version} was built with the model {record.model} ({record.fingerprint}), and this is "
            f"{encoder.name} ({encoder.fingerprint}): choose it with --model, or build the index again"
        )
