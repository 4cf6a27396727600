"""Vectors of documents that came with them: ``precomputed:COLUMN``, with what embeds queries, ``?model=NAME&queries=FILE``.

Rows bring their vectors, so that nothing of them is embedded. What people type is embedded by the model that the column
comes from, if it is named; or looked up in a file of texts with their vectors. Without either, texts cannot be searched
for, but people like somebody can be found.

The fingerprint is a digest of the column, the dimension and the query model's weights, then a mark of the file, then the
query model's backend and precision; only the first of these decides what may be compared. Where neither model nor file is
named, nobody but the source knows the dimension, and it is left out: the version's record has it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode

import numpy as np

from ..errors import EncoderError, NoQueryModel
from ..vectors import Vectors
from .encoder import NO_LIMIT, Encoder, Progress
from .query_file import QueryFile

PREFIX = "precomputed"
_OPTIONS = ("model", "queries")


@dataclass(frozen=True)
class PrecomputedSpec:
    """A column of vectors, and what embeds queries.

    Attributes:
        column: of the source.
        model: the name of the model that embeds queries; empty for none.
        queries: the path of a file of texts with their vectors; empty for none.
    """

    column: str
    model: str = ""
    queries: str = ""

    @classmethod
    def parse(cls, name: str) -> "PrecomputedSpec | None":
        """Read the name of a model; None for a model of another kind.

        Raises:
            EncoderError: it names no column, or has an option that there is not.
        """
        prefix, colon, rest = name.partition(":")
        if prefix != PREFIX or not colon:
            return None
        column, _, query = rest.partition("?")
        if not column:
            raise EncoderError(f"model {name!r}: expected the name of a column after the colon, got nothing")
        try:
            options = dict(parse_qsl(query, True, True, max_num_fields=len(_OPTIONS))) if query else {}
            unknown = sorted(options.keys() - set(_OPTIONS))
        except ValueError:
            options, unknown = {}, [query]
        if unknown:
            raise EncoderError(
                f"model {name!r}: expected the options {', '.join(_OPTIONS)}, got {', '.join(unknown)!r}"
            )
        if options.get("model", "").startswith(f"{PREFIX}:"):
            raise EncoderError(f"model {name!r}: expected a model that embeds texts, got another column")
        return cls(column, options.get("model", ""), options.get("queries", ""))

    @property
    def name(self) -> str:
        """As :meth:`parse` reads it."""
        options = {name: value for name in _OPTIONS if (value := getattr(self, name))}
        return f"{PREFIX}:{self.column}" + (f"?{urlencode(options, quote_via=quote, safe='/:')}" if options else "")


def column_of(model: str) -> str:
    """The column whose vectors a model of this name is; empty for a model that embeds documents itself."""
    spec = PrecomputedSpec.parse(model)
    return "" if spec is None else spec.column


class PrecomputedEncoder:
    """What is left to embed where documents bring their vectors: queries, and parts of documents.

    Args:
        spec: what it is called, and made of.
        model: embeds texts; None if none does.

    Attributes:
        inner: the model.

    Raises:
        EncoderError: the file of queries cannot be used, or its vectors are not as long as the model's.
    """

    def __init__(self, spec: PrecomputedSpec, model: Encoder | None) -> None:
        self.name = spec.name
        self.inner = model
        self.token_limit = NO_LIMIT if model is None else model.token_limit
        self._known = (
            QueryFile.read(Path(spec.queries), 0 if model is None else model.dimension) if spec.queries else None
        )
        self.dimension = model.dimension if model is not None else self._known.dimension if self._known else 0
        weights, _, way = ("", "", "") if model is None else model.fingerprint.partition("+")
        digest = hashlib.sha256(repr((spec.column, self.dimension, weights)).encode()).hexdigest()[:16]
        marks = [digest, *([f"queries.{self._known.digest}"] if self._known else []), *filter(None, [way])]
        self.fingerprint = "+".join(marks)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """``(n, dim)`` rows for parts of documents, such as sentences; a document has a vector of its own.

        Raises:
            NoQueryModel: no model embeds texts.
        """
        if self.inner is None:
            raise NoQueryModel(f"{self.name} has vectors of whole profiles alone: no model embeds parts of them")
        return self.inner.encode_documents(texts, progress)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """``(n, dim)`` rows.

        Raises:
            NoQueryModel: no model embeds texts, and one is not in the file, if there is a file.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        known = [self.known(text) for text in texts]
        others = [place for place, vector in enumerate(known) if vector is None]
        for place, vector in enumerate(known):
            if vector is not None:
                vectors[place] = vector
        if others:
            vectors[others] = self._embedded([texts[place] for place in others])
        return vectors

    def known(self, text: str) -> Vectors | None:
        """The ``(dim,)`` vector that the file has for a text."""
        return self._known.vector(text) if self._known else None

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        if self.inner is not None:
            return self.inner.encode_queries(texts)
        if self._known is None:
            raise NoQueryModel(
                f"texts cannot be searched for: the vectors of {self.name} came with the profiles, and nothing embeds what "
                "is asked; build it again with the query model that they come from, or with vectors of the texts",
                code="no_query_model",
            )
        raise NoQueryModel(
            f"this text cannot be searched for: the file of {self.name} has vectors of {len(self._known):,} texts, but not "
            "of this one, and no query model embeds others",
            code="no_query_model",
        )


def precomputed(encoder: Encoder) -> PrecomputedEncoder | None:
    """The part of an encoder that knows what documents bring, whatever wraps it; None if it embeds documents."""
    if not column_of(encoder.name):
        return None
    inner: object = encoder
    while not isinstance(inner, PrecomputedEncoder):
        inner = getattr(inner, "inner", None)
        if inner is None:
            return None
    return inner


def embeds_texts(model: str) -> bool:
    """Whether the model of a name embeds any text; it need not be loaded for that."""
    spec = PrecomputedSpec.parse(model)
    return spec is None or bool(spec.model)
