"""Nodes to rows: boolean masks over an index, and exact distances.

A node's mask is a ``(rows,)`` bool array.
"""

from dataclasses import dataclass, field
from itertools import chain
from typing import NoReturn, TypeVar

import numpy as np
import numpy.typing as npt

from ..arguments import text
from ..columns import Floats, Mask, NumericColumn, TagColumn, TextColumn, VectorColumn
from ..errors import CommandError, QuerySyntaxError
from ..index import Index
from ..numerals import parse_number
from .nodes import (
    Affix,
    And,
    Everything,
    Knn,
    Node,
    Not,
    Nothing,
    Number,
    Optional,
    Or,
    Param,
    Phrase,
    Range,
    Tags,
    TagValue,
    Term,
    Text,
    VectorRange,
    Weighted,
)

_C = TypeVar("_C", TagColumn, NumericColumn, TextColumn, VectorColumn)
_TYPE_NAMES = {TagColumn: "TAG", NumericColumn: "NUMERIC", TextColumn: "TEXT", VectorColumn: "VECTOR"}
_MIN_PREFIX = 2
_FEW_CODES = 16
_MAX_K = 1 << 58
_LONGEST_SIZE = 20


@dataclass(frozen=True)
class Matches:
    """What a query found.

    Attributes:
        rows: ``(n,)`` row numbers; nearest first for KNN, otherwise by document number.
        yields: for each distance the query names, a ``(n,)`` array; smaller is nearer.
    """

    rows: npt.NDArray[np.intp]
    yields: dict[bytes, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """What may be said beside the query text."""

    params: dict[bytes, bytes] = field(default_factory=dict)
    verbatim: bool = False
    infields: tuple[bytes, ...] = ()


class Evaluator:
    """Evaluates one query against one index."""

    def __init__(self, index: Index, options: Options) -> None:
        self.index = index
        self.options = options
        self.rows = index.rows
        self._range_distances: dict[bytes, Floats] = {}
        self._expansions: dict[tuple[str, bytes, bool, bool], set[bytes]] = {}

    def run(self, node: Node) -> Matches:
        """Find the rows that match.

        Raises:
            CommandError: an unknown field, parameter or option, or a value that does not fit.
        """
        if isinstance(node, Knn):
            return self._knn(node)
        rows = self.index.in_order(self.mask(node))
        return Matches(rows, {name: distances[rows] for name, distances in self._range_distances.items()})

    def mask(self, node: Node) -> Mask:
        """Which rows match."""
        match node:
            case Everything():
                return self.index.all_rows()
            case Nothing():
                return np.zeros(self.rows, bool)
            case Tags():
                return self._tags(node)
            case Range():
                return self._range(node)
            case And(_, children):
                return self._combined(np.logical_and, children)
            case Or(_, children):
                return self._combined(np.logical_or, children)
            case Not(_, child):
                return np.asarray(self.index.all_rows() & ~self.mask(child))
            case Optional(_, child):
                self.mask(child)
                return self.index.all_rows()
            case Weighted(_, child, _):
                return self.mask(child)
            case VectorRange():
                return self._vector_range(node)
            case Term() | Affix() | Phrase():
                return self._text(node)
        raise AssertionError(f"not a query node: {node}")

    def _combined(self, operation: np.ufunc, children: tuple[Node, ...]) -> Mask:
        """One mask of the children's, which are never all in memory at once."""
        result = self.mask(children[0]).copy()
        for child in children[1:]:
            operation(result, self.mask(child), out=result)
        return result

    # ------------------------------------------------------------ values
    def text(self, value: Text) -> bytes:
        if not isinstance(value, Param):
            return value
        if value.name not in self.options.params:
            raise CommandError(f"No such parameter `{value.name.decode(errors='replace')}`")
        return self.options.params[value.name]

    def number(self, value: Number) -> float:
        if not isinstance(value, Param):
            return value
        raw = self.text(value)
        try:
            return parse_number(raw)
        except ValueError:
            raise _bad_number(raw, value) from None

    def size(self, value: Number) -> int:
        """How many neighbours a query asks for."""
        if isinstance(value, Param):
            raw = self.text(value)
            if not raw.removeprefix(b"+").isdigit() or len(raw) > _LONGEST_SIZE or int(raw) >= 2**63:
                raise _bad_number(raw, value)
            return int(raw)
        return int(value) if value < 2.0**64 else 0  # Redis reads it as a number of 64 bits

    def column(self, name: bytes, kind: type[_C], position: int) -> _C:
        """The column a query names, if it is of that kind."""
        column = self.index.column(name)
        if column is None:
            raise QuerySyntaxError("Unknown field", position, name)
        if not isinstance(column, kind):
            raise QuerySyntaxError(f"Expected a {_TYPE_NAMES[kind]} field", position, name)
        return column

    # ------------------------------------------------------------ tags and numbers
    def _tags(self, node: Tags) -> Mask:
        column = self.column(node.field, TagColumn, node.position)
        codes: set[int] = set().union(*(self.tag_codes(column, value) for value in node.values))
        return column.mask(codes, self.rows) if codes else np.zeros(self.rows, bool)

    def tag_codes(self, column: TagColumn, value: TagValue) -> set[int]:
        if value.starts or value.ends:
            part = self.text(value.text)
            if len(part) < _MIN_PREFIX:
                return set()
            return column.codes_of(column.normalise(part), value.starts, value.ends)
        return column.codes_of(column.normalise(self.text(value.text)))

    def _range(self, node: Range) -> Mask:
        column = self.column(node.field, NumericColumn, node.position)
        if column.field.noindex:
            return np.zeros(self.rows, bool)
        low, high = self.number(node.low), self.number(node.high)
        if low > high:
            raise CommandError(f"Invalid numeric range (min > max): @{text(node.field)}:[{low:.6f} {high:.6f}]")
        return np.asarray(column.mask(low, high, node.low_open, node.high_open, self.rows) & self.index.all_rows())

    # ------------------------------------------------------------ text
    def _text(self, node: Term | Affix | Phrase) -> Mask:
        mask = np.zeros(self.rows, bool)
        for column in self.text_columns(node):
            mask[self.text_rows(column, node)] = True
        return mask

    def text_columns(self, node: Term | Affix | Phrase) -> list[TextColumn]:
        for name in node.fields:
            self.column(name, TextColumn, node.position)
        fields = node.fields or self.options.infields
        return self.index.text_columns(fields)

    def text_rows(self, column: TextColumn, node: Term | Affix | Phrase) -> npt.NDArray[np.intp]:
        """The rows in which a text part matches; a row may come more than once."""
        if isinstance(node, Phrase):
            return np.array(column.phrase_rows(tuple(self.text(word) for word in node.words)), np.intp)
        postings = map(column.frequencies, self.terms(column, node))
        return np.fromiter(chain.from_iterable(postings), np.intp)

    def terms(self, column: TextColumn, node: Term | Affix) -> set[bytes]:
        word = self.text(node.word).decode(errors="surrogateescape").lower().encode(errors="surrogateescape")
        if isinstance(node, Term):
            return column.terms_of(word, node.exact or self.options.verbatim)
        if len(word) < _MIN_PREFIX:
            return set()
        key = column.field.attribute, word, node.starts, node.ends
        if key not in self._expansions:
            self._expansions[key] = column.words_like(word, node.starts, node.ends)
        return self._expansions[key]

    # ------------------------------------------------------------ vectors
    def _knn(self, node: Knn) -> Matches:
        column = self.column(node.field, VectorColumn, node.vector.position - len(node.field) - 2)
        self._check_knn_options(node, column)
        blob = self.text(node.vector)
        k = self.size(node.k)
        candidates = self._candidates(node.filter)
        if not len(self.index):
            return Matches(np.zeros(0, np.intp), {node.yields: np.zeros(0)})
        if (len(blob) != column.blob_size or k > _MAX_K) and self._is_void(node.filter):
            return Matches(np.zeros(0, np.intp), {node.yields: np.zeros(0)})
        self._check_blob(column, blob)
        if k > _MAX_K:
            raise CommandError(
                f"Error parsing vector similarity query: query KNN K parameter is too large, must not exceed {_MAX_K}"
            )
        rows, distances = column.nearest(column.query(blob), k, candidates, self.rows)
        return Matches(rows, {node.yields: distances})

    def _is_void(self, node: Node) -> bool:
        """Whether a filter can be seen to find nothing before documents are compared: Redis looks no further then."""
        match node:
            case And(_, children):
                return any(map(self._is_void, children))
            case Or(_, children):
                return all(map(self._is_void, children))
            case Weighted(_, child, _):
                return self._is_void(child)
            case Nothing() | Tags() | Range() | Term() | Affix() | Phrase():
                return not self.mask(node).any()
        return False

    def _candidates(self, node: Node) -> Mask | npt.NDArray[np.intp] | None:
        """What a KNN compares: everything, a mask, or, for a few values of one tag, their rows."""
        if isinstance(node, Everything):
            return None
        if isinstance(node, Tags):
            column = self.column(node.field, TagColumn, node.position)
            codes: set[int] = set().union(*(self.tag_codes(column, value) for value in node.values))
            if 0 < len(codes) <= _FEW_CODES:
                return column.rows_with(codes, self.rows)
        return self.mask(node)

    def _check_knn_options(self, node: Knn, column: VectorColumn) -> None:
        allowed = {b"HYBRID_POLICY", b"BATCH_SIZE"} | ({b"EF_RUNTIME"} if column.spec.algorithm == "HNSW" else set())
        for name, raw in node.options:
            value = self.text(raw)
            if name not in allowed:
                _invalid("Invalid option")
            if name == b"HYBRID_POLICY":
                if value.upper() not in (b"ADHOC_BF", b"BATCHES"):
                    _invalid("Invalid value was given")
            elif not value.isdigit() or not value.strip(b"0"):
                _invalid("Invalid value was given")

    def _check_blob(self, column: VectorColumn, blob: bytes) -> None:
        if len(blob) != column.blob_size:
            raise CommandError(
                f"Error parsing vector similarity query: query vector blob size ({len(blob)}) does not match index's "
                f"expected size ({column.blob_size})."
            )

    def _vector_range(self, node: VectorRange) -> Mask:
        column = self.column(node.field, VectorColumn, node.position)
        radius, blob = self.number(node.radius), self.text(node.vector)
        if radius < 0:
            raise CommandError(
                f"Error parsing vector similarity query: negative radius ({radius:g}) given in a range query"
            )
        if not len(self.index):
            return np.zeros(self.rows, bool)
        self._check_blob(column, blob)
        distances = column.distances(column.query(blob), self.rows)
        if node.yields is not None:
            self._range_distances[node.yields] = distances
        with np.errstate(invalid="ignore"):
            return np.asarray((distances <= radius) & column.present[: self.rows])


def _bad_number(raw: bytes, param: Param) -> CommandError:
    shown = raw[:64].decode(errors="replace")
    return CommandError(f"Invalid numeric value ({shown}) for parameter `{param.name.decode(errors='replace')}`")


def _invalid(why: str) -> NoReturn:
    raise CommandError(f"Error parsing vector similarity parameters: {why}")
