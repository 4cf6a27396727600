"""How large a query may be, so that none takes more than a bounded time and memory.

Redis stops a query after a time limit; here the work is bounded before it begins.
"""

from ..errors import CommandError

MAX_BYTES = 64 * 1024
"""Length of a query's text."""

MAX_TOKENS = 10_000
"""Words and signs of a query, and with them the values of its tag filters."""

MAX_FUZZY = 3
"""Letters in which a word may differ from the one within ``%…%``."""

MAX_DEPTH = 100
"""Parts within parts: parentheses, negations, attributes."""

MAX_EXPRESSION_DEPTH = 32
"""Parentheses within parentheses in an expression of APPLY or FILTER."""

MAX_DICTIONARY_WORDS = 100_000
"""Words of all dictionaries of FT.DICTADD together."""

MAX_SYNONYMS = 10_000
"""Words of all synonym groups of an index."""

MAX_PARTS = {
    "words, phrases and field filters": 1024,
    "prefixes, suffixes, infixes and patterns": 32,
    "vector ranges": 8,
}
"""Parts of a query by what one costs: a pass over the documents, over the vocabulary, over the vectors."""

SIMPLE, AFFIXES, VECTOR_RANGES = MAX_PARTS


def too_large(most: int, what: str) -> CommandError:
    """The error for a query that exceeds a limit."""
    return CommandError(
        f"Query is too large: redis_local takes at most {most} {what} in a query; ask in several queries"
    )


def too_deep() -> CommandError:
    """The error for a query that is nested too deeply, in the words of Redis."""
    return CommandError("Parser stack overflow. Try moving nested parentheses more to the left")
