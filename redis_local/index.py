"""One index in memory: which document is in which row, and a column for each schema field."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .arguments import text
from .columns import BadValue, Column, GeoColumn, Mask, NumericColumn, TagColumn, TextColumn, VectorColumn, Vocabulary
from .columns.shared import grown
from .document_rules import DocumentRules
from .schema import Field, IndexDefinition
from .slices import unbroken

_FIRST_CAPACITY = 64


@dataclass(frozen=True, slots=True)
class Document:
    """What was read of one hash.

    ``values`` has one entry for each of the index's ``identifiers``, in order, or is None where there is no such hash (any more);
    ``expires_in`` is in milliseconds.
    """

    key: bytes
    values: Sequence[bytes | None] | None
    expires_in: int | None = None


class Index:
    """Documents in rows; a changed document keeps its row and gets a new, higher document number."""

    def __init__(self, definition: IndexDefinition) -> None:
        self.definition = definition
        self.failures = 0
        self.last_failure: tuple[str, str] = ("N/A", "N/A")
        self.field_failures: dict[str, int] = {}
        self.searches = 0
        self.indexing_seconds = 0.0
        self.clear()

    def clear(self) -> None:
        """Forget every document."""
        self._rules = DocumentRules(self.definition)
        sounds = any(field.phonetic for field in self.definition.fields)
        self.vocabulary = Vocabulary(self.definition.stopword_set, self.definition.language, sounds)
        self.columns: dict[str, Column] = {field.attribute: self._column(field) for field in self.definition.fields}
        self._row_of: dict[bytes, int] = {}
        self._keys: list[bytes | None] = []
        self._free: list[int] = []
        self._deadlines: dict[int, float] = {}
        self._capacity = 0
        self.live = np.zeros(0, bool)
        self.numbers = np.zeros(0, np.int64)
        self.scores = np.zeros(0)
        self._last_number = 0

    def _column(self, field: Field) -> Column:
        if field.type == "TAG":
            return TagColumn(field)
        if field.type == "NUMERIC":
            return NumericColumn(field)
        if field.type == "GEO":
            return GeoColumn(field)
        if field.type == "VECTOR":
            return VectorColumn(field)
        return TextColumn(field, self.vocabulary)

    # ------------------------------------------------------------ sizes and lookups
    def __len__(self) -> int:
        return len(self._row_of)

    @property
    def rows(self) -> int:
        """Rows in use, free ones in between included."""
        return len(self._keys)

    @property
    def last_number(self) -> int:
        """The highest document number given so far."""
        return self._last_number

    @property
    def identifiers(self) -> list[bytes]:
        """The hash fields to read: those of the schema, in its order, and what else decides how a document is indexed."""
        named = (field.identifier for field in self.definition.fields)
        return [*(name.encode(errors="surrogateescape") for name in named), *self._rules.identifiers]

    def synonyms(self, word: bytes) -> list[bytes]:
        """The words of all synonym groups that a word is in."""
        groups = (words for _, words in self.definition.synonyms if text(word) in words)
        return [each.encode(errors="surrogateescape") for words in groups for each in words]

    def identifier(self, name: bytes) -> bytes:
        """The hash field behind a query name; the name itself where the schema does not know it."""
        field = self.definition.field(text(name))
        return name if field is None else field.identifier.encode(errors="surrogateescape")

    def column(self, attribute: bytes) -> Column | None:
        """The column that a query names, or None."""
        return self.columns.get(text(attribute))

    def text_columns(self, fields: tuple[bytes, ...] = ()) -> list[TextColumn]:
        """The text columns among these fields, or all of them."""
        wanted = {text(field) for field in fields}
        return [c for n, c in self.columns.items() if isinstance(c, TextColumn) and (not wanted or n in wanted)]

    def key(self, row: int) -> bytes:
        key = self._keys[row]
        assert key is not None
        return key

    def keys(self) -> Iterable[bytes]:
        return self._row_of.keys()

    def row(self, key: bytes) -> int | None:
        return self._row_of.get(key)

    def all_rows(self) -> Mask:
        return self.live[: self.rows]

    def in_order(self, mask: Mask) -> npt.NDArray[np.intp]:
        """The mask's rows, oldest document number first."""
        rows = np.flatnonzero(mask)
        return rows[np.argsort(self.numbers[rows], kind="stable")]

    # ------------------------------------------------------------ changes
    def apply(self, documents: Sequence[Document]) -> None:
        """Take in what was read: index, replace or remove each document."""
        started = time.perf_counter()
        vectors: dict[str, tuple[list[int], list[bytes]]] = {}
        for document in documents:
            self._apply_one(document, vectors)
        for attribute, (rows, blobs) in vectors.items():
            column = self.columns[attribute]
            assert isinstance(column, VectorColumn)
            column.set_many(rows, b"".join(blobs))
        self.indexing_seconds += time.perf_counter() - started

    def _apply_one(self, document: Document, vectors: dict[str, tuple[list[int], list[bytes]]]) -> None:
        values = document.values
        fields, rest = (None, ()) if values is None else (values[: len(self.columns)], values[len(self.columns) :])
        if fields is None or not self._rules.admits(rest) or not self._fits(document.key, fields):
            self.remove(document.key)
            return
        row = self._row_for(document.key)
        language, self.scores[row] = self._rules.language(rest), self._rules.score(rest)
        for (attribute, column), value in zip(self.columns.items(), fields, strict=True):
            if isinstance(column, VectorColumn):
                column.present[row] = value is not None
                if value is not None:
                    rows, blobs = vectors.setdefault(attribute, ([], []))
                    rows.append(row)
                    blobs.append(value)
            elif isinstance(column, TextColumn):
                column.put(row, value, language)
            else:
                column.put(row, value)
        if document.expires_in is not None:
            self._deadlines[row] = time.monotonic() + document.expires_in / 1000
        elif self._deadlines:
            self._deadlines.pop(row, None)

    def _fits(self, key: bytes, fields: Sequence[bytes | None]) -> bool:
        for (attribute, column), value in zip(self.columns.items(), fields, strict=True):
            try:
                if isinstance(column, VectorColumn):
                    column.check(value)
                elif isinstance(column, NumericColumn | GeoColumn):
                    column.parse(value)
            except BadValue as error:
                self.failures += 1
                self.field_failures[attribute] = self.field_failures.get(attribute, 0) + 1
                self.last_failure = (str(error), text(key))
                return False
        return True

    def _row_for(self, key: bytes) -> int:
        row = self._row_of.get(key)
        if row is None:
            if self._free:
                row = self._free.pop()
                self._keys[row] = key
            else:
                row = len(self._keys)
                if row == self._capacity:
                    self._reserve(max(_FIRST_CAPACITY, self._capacity * 2))
                self._keys.append(key)
            self._row_of[key] = row
            self.live[row] = True
        self._last_number += 1
        self.numbers[row] = self._last_number
        return row

    def _reserve(self, capacity: int) -> None:
        for column in self.columns.values():
            column.reserve(capacity)
        self.live, self.numbers = grown(self.live, capacity), grown(self.numbers, capacity)
        self.scores, self._capacity = grown(self.scores, capacity), capacity

    def remove(self, key: bytes) -> None:
        """Take a document out, if it is in."""
        row = self._row_of.pop(key, None)
        if row is None:
            return
        for column in self.columns.values():
            column.put(row, None)
        self.live[row] = False
        self._keys[row] = None
        self._free.append(row)
        self._deadlines.pop(row, None)

    def drop_expired(self) -> None:
        """Take out documents whose time to live has passed, even if redis-server has not deleted them yet."""
        if self._deadlines:
            now = time.monotonic()
            for row in [row for row, deadline in self._deadlines.items() if deadline <= now]:
                with unbroken():
                    self.remove(self.key(row))
