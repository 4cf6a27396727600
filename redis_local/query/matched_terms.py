"""Which words of a query each document has."""

from collections.abc import Collection

from .evaluator import Evaluator
from .nodes import Affix, And, Knn, Node, Optional, Or, Phrase, Term, Weighted


def matched_terms(evaluator: Evaluator, node: Node) -> dict[bytes, Collection[int]]:
    """The words that a query looks for, as they stand in documents, with the rows that have them, in the query's order."""
    found: dict[bytes, set[int]] = {}
    _collect(evaluator, node, found)
    return {word: rows for word, rows in found.items() if rows}


def _collect(evaluator: Evaluator, node: Node, found: dict[bytes, set[int]]) -> None:
    match node:
        case And(_, children) | Or(_, children):
            for child in children:
                _collect(evaluator, child, found)
        case Optional(_, child) | Weighted(_, child, _):
            _collect(evaluator, child, found)
        case Knn():
            _collect(evaluator, node.filter, found)
        case Phrase() | Term() | Affix():
            for column in evaluator.text_columns(node):
                words = map(evaluator.text, node.words) if isinstance(node, Phrase) else evaluator.terms(column, node)
                for word in sorted(words):
                    found.setdefault(word.removeprefix(b"+"), set()).update(column.frequencies(word))
