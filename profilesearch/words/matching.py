"""Which of the words asked for a text has, as an index finds them: by their stems.

What a page says of a person ("there", "not mentioned") then agrees with what the search found.
"""

from collections.abc import Sequence
from functools import lru_cache

from .stemming import index_terms, indexed_words, language_of_index, query_terms

LONGEST_REMEMBERED = 4000
"""Characters of a text whose terms are remembered, since the same people are found again and again."""

_MOST_REMEMBERED = 2048
"""Texts: some tens of MB."""


def matching(terms: Sequence[str], text: str, language: str, asked_in: str | None = None) -> tuple[str, ...]:
    """Those of some terms all of whose words a text has, or others with their stems.

    Args:
        terms: words, or several that stand next to each other; one of which an index holds no word is in no text.
        text: any text.
        language: of the text in the index, as the Query Engine names it; empty for its default, English.
        asked_in: of the terms; by default the same.
    """
    code = language_of_index(language)
    asked = code if asked_in is None else language_of_index(asked_in)
    has = (_index_terms if len(text) <= LONGEST_REMEMBERED else _index_terms.__wrapped__)(text, code)
    return tuple(term for term in terms if _is_in(has, _looked_up(term, asked)))


def _is_in(has: frozenset[str], words: Sequence[frozenset[str]]) -> bool:
    return bool(words) and not any(map(has.isdisjoint, words))


@lru_cache(_MOST_REMEMBERED)
def _looked_up(term: str, language: str) -> tuple[frozenset[str], ...]:
    """For each word of a term, what it is looked up by."""
    return tuple(frozenset(query_terms(word, language)) for word in indexed_words(term, language))


@lru_cache(_MOST_REMEMBERED)
def _index_terms(text: str, language: str) -> frozenset[str]:
    words = set(indexed_words(text, language))
    return frozenset().union(*(index_terms(word, language) for word in words))
