"""Words as the query language writes them: nothing that somebody types can be read as anything else.

Of a text only letters, marks and digits are left, which mean nothing but themselves; words that indexes leave out are left
out here, too.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/stopwords/
"""

import unicodedata

LONGEST_WORD = 64
"""Characters; longer words are no words."""

STOP_WORDS = frozenset(
    "a is the an and are as at be but by for if in into it no not of on or such that their then there these they this to "
    "was will with".split()
)
"""What the Query Engine leaves out of every index by default."""

_OPERATORS = frozenset(("ismissing",))
"""Words that are operators of the query language."""


def words_in(text: str) -> list[str]:
    """The words of a text, in lower case and in their order, stop words among them."""
    plain = "".join(c if c == "_" or unicodedata.category(c)[0] in "LMN" else " " for c in text)
    return [word for word in plain.lower().split() if len(word) <= LONGEST_WORD and word.strip("_")]


def is_indexed(word: str) -> bool:
    """Whether an index may hold a word."""
    return word not in STOP_WORDS and word not in _OPERATORS


def term(text: str) -> str:
    """A word, or several that stand next to each other, for a query; empty if no index holds any of it."""
    words = words_in(text)
    return _escaped(words[0]) if len(words) == 1 and is_indexed(words[0]) else exactly(text)


def exactly(text: str) -> str:
    """Words as they stand, not by their stems, next to each other in this order; empty if no index holds any of them.

    Where stop words are among them, the runs between these are asked for.
    """
    runs: list[list[str]] = [[]]
    for word in words_in(text):
        if is_indexed(word):
            runs[-1].append(_escaped(word))
        elif runs[-1]:
            runs.append([])
    return " ".join(f'"{" ".join(run)}"' for run in runs if run)


def _escaped(word: str) -> str:
    return word.replace("_", "\\_")
