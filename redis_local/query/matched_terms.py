"""Which words of a query each document has."""

from collections.abc import Collection, Iterator

from ..columns import TextColumn
from .evaluator import Evaluator
from .nodes import Node, Not, walk
from .words import PARTS, Part


def matched_terms(evaluator: Evaluator) -> dict[bytes, Collection[int]]:
    """The words that a query looks for, as they stand in documents, with the rows that have them, in the query's order."""
    vocabulary = evaluator.index.vocabulary
    found: dict[bytes, set[int]] = {}
    for part in dict.fromkeys(_wanted(evaluator.query)):
        meaning = evaluator.meaning(part)
        for term in meaning.terms:
            rows = found.setdefault(vocabulary.words[term].lstrip(b"+<"), set())
            for column in meaning.columns:
                rows.update(column.occurrences([term])[0].tolist())
    return {word: rows for word, rows in found.items() if rows}


def words_of(evaluator: Evaluator, column: TextColumn) -> frozenset[bytes]:
    """The words of a text field that a query finds, all forms that have the stem of one it asks for among them."""
    meanings = [evaluator.meaning(part) for part in _wanted(evaluator.query)]
    terms = [term for meaning in meanings if column in meaning.columns for term in meaning.terms]
    vocabulary = evaluator.index.vocabulary
    return frozenset(vocabulary.words[word] for word in vocabulary.words_of_all(terms))


def _wanted(query: Node) -> Iterator[Part]:
    """The words, affixes and phrases of a query, but for those that it excludes."""
    excluded = {id(each) for node in walk(query) if isinstance(node, Not) for each in walk(node)}
    return (node for node in walk(query) if isinstance(node, PARTS) and id(node) not in excluded)
