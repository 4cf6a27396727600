"""SLOP and INORDER: whether the words of a query stand close together in a document, and in its order.

The fields of a document follow each other, as in Redis. The words between the first and the last that are asked for count,
but for the ones asked for: https://redis.io/docs/latest/commands/ft.search/
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from ..columns import Mask, Rows, TextColumn
from ..columns.vocabulary import HOLE
from ..index import Index
from .nodes import Affix, And, Near, Node, Not, Optional, Or, Phrase, Term, Weighted
from .words import PARTS, Meaning, Part

Positions = npt.NDArray[np.intp]


def nearby(node: Node, slop: int | None, in_order: bool) -> Node:
    """The query with this nearness asked of all words that must be in a document together."""
    match node:
        case And(position, children):
            inner = replace(node, children=tuple(nearby(child, slop, in_order) for child in children))
            return Near(position, inner, slop, in_order)
        case Or(_, children):
            return replace(node, children=tuple(nearby(child, slop, in_order) for child in children))
        case Not(_, child) | Optional(_, child) | Weighted(_, child, _):
            return replace(node, child=nearby(child, slop, in_order))
    return node


def near(index: Index, node: Near, meaning: Callable[[Part], Meaning], rows: Rows, candidates: Mask) -> Mask:
    """``(n,)`` which of the candidates among the rows have the words of ``node`` near each other."""
    children = node.child.children if isinstance(node.child, And) else (node.child,)
    wanted = [each for each in (_wanted(index, meaning, child) for child in children) if each]
    result = candidates.copy()
    if len(wanted) < 2:
        return result
    for place in np.flatnonzero(candidates).tolist():
        found = positions_of(index, wanted, rows[place : place + 1])
        required = [positions for positions in found if len(positions)]
        result[place] = len(required) < 2 or (_in_order if node.in_order else _close)(required, node.slop)
    return result


def _wanted(index: Index, meaning: Callable[[Part], Meaning], node: Node) -> list[tuple[TextColumn, list[int]]]:
    """The words that a part of the query stands for, field by field."""
    match node:
        case Or(_, children) | And(_, children):
            return [each for child in children for each in _wanted(index, meaning, child)]
        case Weighted(_, child, _) | Near(_, child, _, _) | Optional(_, child):
            return _wanted(index, meaning, child)
        case Term() | Affix() | Phrase():
            assert isinstance(node, PARTS)
            meant = meaning(node)
            return [(column, index.vocabulary.words_of_all(meant.terms)) for column in meant.columns]
    return []


def positions_of(index: Index, wanted: list[list[tuple[TextColumn, list[int]]]], row: Rows) -> list[Positions]:
    """Where in a document each part of the query is found; stop words do not count."""
    start, places, words = 0, dict[TextColumn, Positions](), dict[TextColumn, npt.NDArray[np.int32]]()
    for column in index.text_columns():
        words[column] = column.words(row)[0]
        places[column] = start + np.cumsum(words[column] != HOLE) - 1
        start += int(np.count_nonzero(words[column] != HOLE))
    found = []
    for part in wanted:
        each = [places[column][np.isin(words[column], numbers)] for column, numbers in part]
        found.append(np.unique(np.concatenate(each)) if each else np.zeros(0, np.intp))
    return found


def _in_order(found: Sequence[Positions], slop: int | None) -> bool:
    for first in found[0].tolist():
        last, between = first, 0
        for positions in found[1:]:
            at = int(np.searchsorted(positions, last, side="right"))
            if at == len(positions):
                return False
            between += int(positions[at]) - last - 1
            last = int(positions[at])
        if slop is None or between <= slop:
            return True
    return False


def _close(found: Sequence[Positions], slop: int | None) -> bool:
    if slop is None:
        return True
    places = [0] * len(found)
    while True:
        current = [int(positions[place]) for positions, place in zip(found, places, strict=True)]
        lowest = min(range(len(current)), key=current.__getitem__)
        if max(current) - current[lowest] - (len(current) - 1) <= slop:
            return True
        places[lowest] += 1
        if places[lowest] == len(found[lowest]):
            return False
