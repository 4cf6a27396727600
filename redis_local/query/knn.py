"""KNN: the nearest documents of those that pass a filter.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/query/vector-search/
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from ..columns import Floats, Mask, Rows, VectorColumn
from ..errors import CommandError
from .nodes import Affix, And, Knn, Node, Nothing, Or, Phrase, Range, Tags, Term, Weighted

if TYPE_CHECKING:
    from .evaluator import Evaluator

_MAX_K = 1 << 58
_OPTIONS = {
    "HNSW": {b"EF_RUNTIME"},
    "SVS-VAMANA": {b"SEARCH_WINDOW_SIZE", b"SEARCH_BUFFER_CAPACITY", b"USE_SEARCH_HISTORY"},
}
"""Options of an index that is answered exactly whatever they are."""


def nearest(scope: "Evaluator", node: Knn, candidates: Callable[[], Mask | Rows | None]) -> tuple[Rows, Floats]:
    """The nearest rows, nearest first, and their distances.

    Args:
        scope: the evaluator of the whole query.
        candidates: what is compared: everything, a mask, or row numbers.

    Raises:
        CommandError: an unknown field, parameter or option, or a value that does not fit; in the order in which Redis looks.
    """
    column = scope.column(node.field, VectorColumn, node.vector.position - len(node.field) - 2)
    _check_options(scope, node, column)
    blob = scope.text(node.vector)
    k = scope.neighbours(node.k)
    compared = candidates()
    if not len(scope.index):
        return np.zeros(0, np.intp), np.zeros(0)
    if (len(blob) != column.blob_size or k > _MAX_K) and _is_void(scope, node.filter):
        return np.zeros(0, np.intp), np.zeros(0)
    check_blob(column, blob)
    if k > _MAX_K:
        raise CommandError(
            f"Error parsing vector similarity query: query KNN K parameter is too large, must not exceed {_MAX_K}"
        )
    return column.nearest(column.query(blob), k, compared, scope.index.rows)


def check_blob(column: VectorColumn, blob: bytes) -> None:
    """Refuse a vector of another size than the field's."""
    if len(blob) != column.blob_size:
        raise CommandError(
            f"Error parsing vector similarity query: query vector blob size ({len(blob)}) does not match index's "
            f"expected size ({column.blob_size})."
        )


def _is_void(scope: "Evaluator", node: Node) -> bool:
    """Whether a filter can be seen to find nothing before documents are compared: Redis looks no further then."""
    match node:
        case And(_, children):
            return any(_is_void(scope, child) for child in children)
        case Or(_, children):
            return all(_is_void(scope, child) for child in children)
        case Weighted(_, child, _):
            return _is_void(scope, child)
        case Nothing() | Tags() | Range() | Term() | Affix() | Phrase():
            return not scope.mask(node).any()
    return False


def _check_options(scope: "Evaluator", node: Knn, column: VectorColumn) -> None:
    allowed = {b"HYBRID_POLICY", b"BATCH_SIZE"} | _OPTIONS.get(column.spec.algorithm, set())
    for name, raw in node.options:
        value = scope.text(raw)
        if name not in allowed:
            _invalid("Invalid option")
        if name == b"HYBRID_POLICY":
            if value.upper() not in (b"ADHOC_BF", b"BATCHES"):
                _invalid("Invalid value was given")
        elif name == b"USE_SEARCH_HISTORY":
            if value.upper() not in (b"ON", b"OFF", b"AUTO"):
                _invalid("Invalid value was given")
        elif not value.isdigit() or not value.strip(b"0"):
            _invalid("Invalid value was given")


def _invalid(why: str) -> NoReturn:
    raise CommandError(f"Error parsing vector similarity parameters: {why}")
