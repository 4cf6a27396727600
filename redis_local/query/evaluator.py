"""Nodes to rows: boolean masks over an index, or over chosen rows of it, and exact distances.

A node's mask is an ``(n,)`` bool array: ``n`` is the number of rows in use, or of the rows chosen. Where a filter of few
documents must match, the rest of the query is asked of these alone. The module is long because every kind of node is
evaluated here, each in a few lines, over the same rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

import numpy as np

from ..arguments import text
from ..columns import Floats, Mask, NumericColumn, Rows, TagColumn, TextColumn, VectorColumn, fold
from ..errors import CommandError, QuerySyntaxError
from ..index import Index
from ..languages import CHINESE
from ..numerals import parse_number
from .knn import check_blob, nearest
from .nearness import near
from .nodes import (
    And,
    Everything,
    Knn,
    Near,
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
    walk,
)
from .words import PARTS, Meaning, Part, Words, are_parts

_C = TypeVar("_C", TagColumn, NumericColumn, TextColumn, VectorColumn)
_TYPE_NAMES = {TagColumn: "TAG", NumericColumn: "NUMERIC", TextColumn: "TEXT", VectorColumn: "VECTOR"}
_MIN_PREFIX = 2
_FEW_CODES = 16
_FEW_ROWS = 4
_LONGEST_SIZE = 20


@dataclass(frozen=True)
class Matches:
    """What a query found.

    Attributes:
        rows: ``(n,)`` row numbers; nearest first for KNN, otherwise by document number.
        yields: for each distance the query names, a ``(n,)`` array; smaller is nearer.
    """

    rows: Rows
    yields: dict[bytes, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """What may be said beside the query text."""

    params: dict[bytes, bytes] = field(default_factory=dict)
    verbatim: bool = False
    infields: tuple[bytes, ...] = ()
    language: str | None = None


class Evaluator:
    """Evaluates one query against one index.

    Args:
        query: the query that is evaluated, or that the parts evaluated belong to.
        within: ``(n,)`` the rows to choose from, or None for all.

    Attributes:
        selection: these rows, or how many there are in use, as columns take it.
        size: how many rows there are to choose from.
    """

    def __init__(self, index: Index, options: Options, query: Node, within: Rows | None = None) -> None:
        self.index = index
        self.options = options
        self.query = query.filter if isinstance(query, Knn) else query
        self.within = within
        self.selection: int | Rows = index.rows if within is None else within
        self.size = index.rows if within is None else len(within)
        self._knn_query = query if isinstance(query, Knn) else None
        self._narrowed: Evaluator | None = None
        self._range_distances: dict[bytes, Floats] = {}
        self._columns: dict[tuple[bytes, ...], tuple[TextColumn, ...]] = {}

    @cached_property
    def rows(self) -> Rows:
        """``(size,)`` the rows to choose from."""
        return np.arange(self.size) if self.within is None else self.within

    @cached_property
    def words(self) -> Words:
        """What the words of the query find in these rows."""
        return Words(self.index, self.within, self.meaning, list(parts_of(self.query)))

    def run(self) -> Matches:
        """Find the rows that match.

        Raises:
            CommandError: an unknown field, parameter or option, or a value that does not fit.
        """
        if self._knn_query is not None:
            node = self._knn_query
            rows, distances = nearest(self, node, self._candidates)
            return Matches(rows, {node.yields: distances})
        scope = self._narrow()
        found = scope.rows[scope.mask(self.query)]
        rows = found[np.argsort(self.index.numbers[found], kind="stable")]
        places = rows if scope.within is None else np.searchsorted(scope.within, rows)
        return Matches(rows, {name: distances[places] for name, distances in scope._range_distances.items()})

    def around(self, rows: Rows) -> "tuple[Evaluator, Rows | None]":
        """An evaluator that knows about these rows, and where they are among its rows; None if they are its rows."""
        if self._narrowed is not None and self._narrowed.within is not None:
            return self._narrowed, np.searchsorted(self._narrowed.within, rows)
        return Evaluator(self.index, self.options, self.query, rows), None

    def _narrow(self) -> "Evaluator":
        """An evaluator for the rows of a tag that must match, if these are few; otherwise the same one."""
        best: Rows | None = None
        for node in _conjuncts(self.query):
            if isinstance(node, Tags):
                rows = self._few_tagged(node)
                if rows is not None and (best is None or len(rows) < len(best)):
                    best = rows
        if best is None or len(best) * _FEW_ROWS > self.index.rows:
            return self
        self._narrowed = Evaluator(self.index, self.options, self.query, best)
        return self._narrowed

    def _few_tagged(self, node: Tags) -> Rows | None:
        """The rows with one of a few values of a tag field, in order."""
        column = self.column(node.field, TagColumn, node.position)
        codes: set[int] = set().union(*(self.tag_codes(column, value) for value in node.values))
        return column.rows_with(codes, self.index.rows) if 0 < len(codes) <= _FEW_CODES else None

    def mask(self, node: Node) -> Mask:
        """Which rows match."""
        if isinstance(node, PARTS):
            return self.words.matched(node)
        match node:
            case Everything():
                return self._live()
            case Nothing():
                return np.zeros(self.size, bool)
            case Tags():
                return self._tags(node)
            case Range():
                return self._range(node)
            case And(_, children):
                return self._combined(np.logical_and, children)
            case Or(_, children):
                if are_parts(children):
                    return self.words.matched_any(children)
                return self._combined(np.logical_or, children)
            case Not(_, child):
                return np.asarray(self._live() & ~self.mask(child))
            case Optional(_, child):
                self.mask(child)
                return self._live()
            case Weighted(_, child, _):
                return self.mask(child)
            case Near(_, child, _, _):
                return near(self.index, node, self.meaning, self.rows, self.mask(child))
            case VectorRange():
                return self._vector_range(node)
        raise AssertionError(f"not a query node: {node}")

    def _combined(self, operation: np.ufunc, children: tuple[Node, ...]) -> Mask:
        """One mask of the children's, which are never all in memory at once."""
        result = self.mask(children[0]).copy()
        for child in children[1:]:
            operation(result, self.mask(child), out=result)
        return result

    def _live(self) -> Mask:
        return np.asarray(self.index.all_rows()[: self.size] if self.within is None else self.index.live[self.within])

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

    def neighbours(self, value: Number) -> int:
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
        return column.mask(codes, self.selection) if codes else np.zeros(self.size, bool)

    def tag_codes(self, column: TagColumn, value: TagValue) -> set[int]:
        return set().union(*map(column.codes_of, self.tags(column, value)))

    def tags(self, column: TagColumn, value: TagValue) -> list[bytes]:
        """The tags that one alternative stands for, as they are compared."""
        tag = column.normalise(b" ".join(map(self.text, value.words)))
        if not (value.starts or value.ends):
            return [tag]
        return column.tags_like(tag, value.starts, value.ends) if len(tag) >= _MIN_PREFIX else []

    def _range(self, node: Range) -> Mask:
        column = self.column(node.field, NumericColumn, node.position)
        if column.field.noindex:
            return np.zeros(self.size, bool)
        low, high = self.number(node.low), self.number(node.high)
        if low > high:
            raise CommandError(f"Invalid numeric range (min > max): @{text(node.field)}:[{low:.6f} {high:.6f}]")
        return np.asarray(column.mask(low, high, node.low_open, node.high_open, self.selection) & self._live())

    # ------------------------------------------------------------ text
    def meaning(self, part: Part) -> Meaning:
        """What a word, an affix or a phrase of the query stands for."""
        columns = self._columns.get(part.fields)
        if columns is None:
            for name in part.fields:
                self.column(name, TextColumn, part.position)
            columns = tuple(self.index.text_columns(part.fields or self.options.infields))
            self._columns[part.fields] = columns
        vocabulary = self.index.vocabulary
        if isinstance(part, Phrase):
            words = tuple(self.text(word) for word in part.words)
            return Meaning(tuple(vocabulary.known(words)), columns, words)
        word = fold(self.text(part.word))
        if isinstance(part, Term):
            language = self.options.language or vocabulary.language
            exact = part.exact or self.options.verbatim or language == CHINESE or all(c.field.nostem for c in columns)
            terms = vocabulary.terms_of(word, exact, language)
            if self.index.definition.synonyms and not (part.exact or self.options.verbatim):
                terms = list(dict.fromkeys([*terms, *vocabulary.known(self.index.synonyms(word))]))
            return Meaning(tuple(terms), columns)
        if len(word) < _MIN_PREFIX:
            return Meaning((), columns)
        likes = (column.words_like(word, part.starts, part.ends) for column in columns)
        return Meaning(tuple(dict.fromkeys(number for like in likes for number in like)), columns)

    # ------------------------------------------------------------ vectors
    def _candidates(self) -> Mask | Rows | None:
        """What a KNN compares: everything, a mask, or row numbers."""
        if isinstance(self.query, Everything):
            return None
        if isinstance(self.query, Tags) and (tagged := self._few_tagged(self.query)) is not None:
            return tagged
        scope = self._narrow()
        mask = scope.mask(self.query)
        return mask if scope.within is None else scope.within[mask]

    def _vector_range(self, node: VectorRange) -> Mask:
        column = self.column(node.field, VectorColumn, node.position)
        radius, blob = self.number(node.radius), self.text(node.vector)
        if radius < 0:
            raise CommandError(
                f"Error parsing vector similarity query: negative radius ({radius:g}) given in a range query"
            )
        if not len(self.index):
            return np.zeros(self.size, bool)
        check_blob(column, blob)
        distances = column.distances(column.query(blob), self.selection)
        if node.yields is not None:
            self._range_distances[node.yields] = distances
        with np.errstate(invalid="ignore"):
            present = column.present[: self.size] if self.within is None else column.present[self.within]
            return np.asarray((distances <= radius) & present)


def parts_of(node: Node) -> Iterable[Part]:
    """Every word, affix and phrase of a query."""
    return (each for each in walk(node) if isinstance(each, PARTS))


def _conjuncts(node: Node) -> Iterable[Node]:
    """What must match for a query to match."""
    if isinstance(node, And):
        for child in node.children:
            yield from _conjuncts(child)
    else:
        yield node


def _bad_number(raw: bytes, param: Param) -> CommandError:
    shown = raw[:64].decode(errors="replace")
    return CommandError(f"Invalid numeric value ({shown}) for parameter `{param.name.decode(errors='replace')}`")
