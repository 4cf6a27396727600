"""Rows as changes that can be applied to a version: embedded, and with their nearest cluster."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import hiredis
import numpy as np

from profilesearch.clusters.model import ClusterModel
from profilesearch.embedding import AWAY, Encoder, PassageEncoder, column_of
from profilesearch.embedding.whole_texts import Windows
from profilesearch.errors import EncoderError, ProfileSearchError
from profilesearch.fields import Fields
from profilesearch.passages import Passage
from profilesearch.projection import Projection
from profilesearch.row import Row
from profilesearch.store import Upsert, VersionRecord
from profilesearch.vectors import Vectors, dimension_of, from_bytes, scaled

from .kept_tokens import kept_tokens
from .rows import Length, RowError, check_row, parse_json, shown

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """A version, and what changes to it need.

    Attributes:
        projection: from the encoder's vectors to those of the version; None where they are the same.
    """

    record: VersionRecord
    clusters: ClusterModel
    encoder: Encoder
    projection: Projection | None = None

    def reduced(self, vectors: Vectors) -> Vectors:
        """``(n, dim)`` vectors as the version has them, of those that the encoder gives."""
        return vectors if self.projection is None else self.projection.of(vectors)


def upserts(rows: Sequence[tuple[Row, str]], target: Target) -> list[Upsert]:
    """Changes for rows, each given with its JSON as it came."""
    encoder = target.encoder
    if not rows:
        return []
    texts = [row.text for row, _ in rows]
    windows: dict[int, Windows] = {}
    if column_of(encoder.name):
        vectors = _brought([row for row, _ in rows], target)
    elif isinstance(encoder, PassageEncoder):
        vectors, _, windows = encoder.encode_passages(texts)
    else:
        vectors = encoder.encode_documents(texts)
    vectors = target.reduced(vectors)
    passages = {position: _passages(some, target) for position, some in windows.items()}
    assigned = target.clusters.predict(vectors)
    tokens = kept_tokens([row for row, _ in rows], encoder, target.record.token_vectors)
    return [
        Upsert(row, int(number), vector, source, passages.get(position, ()), kept)
        for position, ((row, source), number, vector, kept) in enumerate(
            zip(rows, assigned, vectors, tokens, strict=True)
        )
    ]


def _brought(rows: Sequence[Row], target: Target) -> Vectors:
    """``(n, dim)`` the vectors that rows bring, scaled to length 1.

    Raises:
        EncoderError: one is not as long as those of the version's model.
    """
    dimension, _ = target.record.vectors.model_shape
    for row in rows:
        if (length := dimension_of(row.vector)) != dimension:
            raise EncoderError(f"profile {row.id!r}: expected a vector of {dimension:,} numbers, got {length:,}")
    return np.vstack([scaled(from_bytes(row.vector, dimension)) for row in rows])


def _passages(windows: Windows, target: Target) -> list[Passage]:
    """The windows of a text as its passages, each with its nearest cluster."""
    vectors = target.reduced(windows.vectors)
    assigned = target.clusters.predict(vectors)
    return [Passage(*each) for each in zip(windows.places, map(int, assigned), vectors, strict=True)]


@dataclass(frozen=True)
class Prepared:
    """Changes that can be applied, and for the others, by id, why they cannot."""

    upserts: list[Upsert]
    refused: dict[str, str]


def prepare(rows: Mapping[str, tuple[Row, str]], target: Target) -> Prepared:
    """Changes for rows by id, each given with its JSON as it came; one that cannot be embedded harms itself alone.

    Raises:
        EncoderError: the model is away (code ``away``).
        ProfileSearchError: what is no fault of a row, such as a cache that cannot be written.
    """
    try:
        return Prepared(_packed(list(rows.values()), target), {})
    except EncoderError as error:
        if error.code == AWAY:
            raise
    except ProfileSearchError:
        raise
    except Exception:
        log.debug("a batch cannot be embedded together", exc_info=True)
    made: list[Upsert] = []
    refused: dict[str, str] = {}
    for id_, row in rows.items():
        try:
            made += _packed([row], target)
        except EncoderError as error:
            if error.code == AWAY:
                raise
            refused[id_] = str(error)
        except ProfileSearchError:
            raise
        except Exception as error:
            refused[id_] = f"it cannot be embedded: {type(error).__name__}: {error}"
    return Prepared(made, refused)


def _packed(rows: Sequence[tuple[Row, str]], target: Target) -> list[Upsert]:
    """Changes that Redis takes, too."""
    made = upserts(rows, target)
    for upsert in made:
        words: Any = (upsert.source, *upsert.row.to_hash(upsert.cluster, b"").values())
        hiredis.pack_command(words)
    return made


def length_in(record: VersionRecord) -> Length | None:
    """Of the vector that a row must bring for a version; None if its text is embedded."""
    return Length(record.vectors.model_shape[0], f"those of {record.version}") if record.fields.vector else None


def row_of(source: str, id_: str, fields: Fields, length: Length | None = None) -> Row:
    """A profile that came as JSON under an id.

    Args:
        source: the JSON; bytes that are no UTF-8 are surrogates (``surrogateescape``).
        id_: the id.
        fields: the version's columns.
        length: of its vector, if it brings one; see :func:`length_in`.

    Raises:
        RowError: it is no profile, or has another id; whatever else it makes this program raise.
    """
    try:
        return _row_of(source, id_, fields, length)
    except RowError:
        raise
    except Exception as error:
        raise RowError("profile", repr(source[:80]), f"a profile ({type(error).__name__}: {error})") from None


def _row_of(source: str, id_: str, fields: Fields, length: Length | None) -> Row:
    values = parse_json(source, "profile")
    if not isinstance(values, dict):
        raise RowError("profile", shown(values), "a JSON object")
    row = check_row({fields.id: id_, **values}, fields, length)
    if row.id != id_:
        raise RowError(fields.id, repr(row.id), f"{id_!r}, the id that the change names")
    return row
