"""Queries made of queries: without stems, or in certain fields alone."""

from dataclasses import replace

from .nodes import Affix, And, Fuzzy, Node, Not, Nothing, Optional, Or, Phrase, Term, Weighted, Wildcard


def unexpanded(node: Node) -> Node:
    """A node whose words stand for themselves alone: Redis looks for stems in what a query asks for, and not in what it
    excludes, what is optional, or the filter of a KNN.
    """
    match node:
        case Term(_, _, False):
            return replace(node, exact=True)
        case And(at, children):
            return And(at, tuple(map(unexpanded, children)))
        case Or(at, children):
            return Or(at, tuple(map(unexpanded, children)))
        case Weighted(at, child, weight):
            return Weighted(at, unexpanded(child), weight)
    return node


def within(node: Node, fields: tuple[bytes, ...]) -> Node:
    """Limit every text part of a node to the given fields; one that has fields of its own to those that are among them."""
    at = node.position
    match node:
        case Term() | Affix() | Fuzzy() | Wildcard() | Phrase():
            own = node.fields
            both = tuple(name for name in own if name in fields) if own else fields
            return replace(node, fields=both) if both else Nothing(at)
        case And(_, children):
            return And(at, tuple(within(child, fields) for child in children))
        case Or(_, children):
            return Or(at, tuple(within(child, fields) for child in children))
        case Not(_, child):
            return Not(at, within(child, fields))
        case Optional(_, child):
            return Optional(at, within(child, fields))
        case Weighted(_, child, weight):
            return Weighted(at, within(child, fields), weight)
    return node
