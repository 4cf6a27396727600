"""Nodes to rows: boolean masks over an index, or over chosen rows of it, and exact distances.

A node's mask is an ``(n,)`` bool array: ``n`` is the number of rows in use, or of the rows chosen. Where a filter of few
documents must match, the rest of the query is asked of these alone. The module is long because every kind of node is
evaluated here, each in a few lines, over the same rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ..arguments import text
from ..columns import Floats, GeoColumn, Mask, NumericColumn, Rows, TagColumn, VectorColumn
from ..errors import CommandError, QuerySyntaxError
from ..geo import METRES, is_place
from ..index import Index
from .knn import check_blob, nearest
from .lookup import Options
from .meanings import Meanings
from .nearness import near
from .nodes import (
    And,
    Circle,
    Everything,
    Knn,
    Missing,
    Near,
    Node,
    Not,
    Nothing,
    Optional,
    Or,
    Range,
    Tags,
    VectorRange,
    Weighted,
    walk,
)
from .words import PARTS, Part, Words, are_parts

_FEW_CODES = 16
_FEW_ROWS = 4


@dataclass(frozen=True)
class Matches:
    """What a query found.

    Attributes:
        rows: ``(n,)`` row numbers; nearest first for KNN, otherwise by document number.
        yields: for each distance the query names, a ``(n,)`` array; smaller is nearer.
    """

    rows: Rows
    yields: dict[bytes, Floats] = field(default_factory=dict)


class Evaluator(Meanings):
    """Evaluates one query against one index.

    Args:
        query: the query that is evaluated, or that the parts evaluated belong to.
        within: ``(n,)`` the rows to choose from, or None for all.

    Attributes:
        selection: these rows, or how many there are in use, as columns take it.
        size: how many rows there are to choose from.
    """

    def __init__(self, index: Index, options: Options, query: Node, within: Rows | None = None) -> None:
        super().__init__(index, options)
        self.query = query.filter if isinstance(query, Knn) else query
        self.within = within
        self.selection: int | Rows = index.rows if within is None else within
        self.size = index.rows if within is None else len(within)
        self._knn_query = query if isinstance(query, Knn) else None
        self._narrowed: Evaluator | None = None
        self._range_distances: dict[bytes, Floats] = {}

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
            case Circle():
                return self._circle(node)
            case Missing():
                return self._missing(node)
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

    # ------------------------------------------------------------ tags and numbers
    def _tags(self, node: Tags) -> Mask:
        column = self.column(node.field, TagColumn, node.position)
        codes: set[int] = set().union(*(self.tag_codes(column, value) for value in node.values))
        return column.mask(codes, self.selection) if codes else np.zeros(self.size, bool)

    def _range(self, node: Range) -> Mask:
        column = self.column(node.field, NumericColumn, node.position)
        if column.field.noindex:
            return np.zeros(self.size, bool)
        low, high = self.number(node.low), self.number(node.high)
        if low > high:
            raise CommandError(f"Invalid numeric range (min > max): @{text(node.field)}:[{low:.6f} {high:.6f}]")
        return np.asarray(column.mask(low, high, node.low_open, node.high_open, self.selection) & self._live())

    def _circle(self, node: Circle) -> Mask:
        column = self.column(node.field, GeoColumn, node.position)
        longitude, latitude, radius = map(self.number, (node.longitude, node.latitude, node.radius))
        metres = METRES.get(self.text(node.unit).lower())
        if metres is None:
            raise CommandError("Invalid GeoFilter unit")
        if radius <= 0:
            raise CommandError("Invalid GeoFilter radius")
        if column.field.noindex or not is_place(longitude, latitude):
            return np.zeros(self.size, bool)
        return np.asarray(column.distances(longitude, latitude, self.selection) <= radius * metres)

    def _missing(self, node: Missing) -> Mask:
        column = self.index.column(node.field)
        if column is None:
            raise QuerySyntaxError("Unknown field", node.position, node.field)
        if not column.field.index_missing:
            raise CommandError(f"'ismissing' requires field '{text(node.field)}' to be defined with 'INDEXMISSING'")
        return np.asarray(column.missing(self.selection) & self._live())

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
