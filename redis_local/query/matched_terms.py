"""Which words of a query each document has."""

from collections.abc import Collection

from .evaluator import Evaluator, parts_of


def matched_terms(evaluator: Evaluator) -> dict[bytes, Collection[int]]:
    """The words that a query looks for, as they stand in documents, with the rows that have them, in the query's order."""
    vocabulary = evaluator.index.vocabulary
    found: dict[bytes, set[int]] = {}
    for part in dict.fromkeys(parts_of(evaluator.query)):
        meaning = evaluator.meaning(part)
        for term in meaning.terms:
            rows = found.setdefault(vocabulary.words[term].removeprefix(b"+"), set())
            for column in meaning.columns:
                rows.update(column.occurrences(term).tolist())
    return {word: rows for word, rows in found.items() if rows}
