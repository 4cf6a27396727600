"""Words of a Chinese query that are several by dictionary."""

from dataclasses import replace

from ..columns.texts import chinese_tokens
from .nodes import And, Node, Not, Optional, Or, Param, Term, Weighted


def segmented(node: Node) -> Node:
    """The query with every such word as itself or all of its parts, as Redis expands it."""
    match node:
        case Term(_, word, False) if not isinstance(word, Param):
            parts = chinese_tokens(word)
            if len(parts) < 2:
                return node
            every = And(node.position, tuple(replace(node, word=part) for part in parts))
            return Or(node.position, (replace(node, exact=True), every))
        case And(_, children) | Or(_, children):
            return replace(node, children=tuple(map(segmented, children)))
        case Not(_, child) | Optional(_, child) | Weighted(_, child, _):
            return replace(node, child=segmented(child))
    return node
