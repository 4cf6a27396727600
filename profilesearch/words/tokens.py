"""What counts as a word, and which words indexes leave out.

Of a text only letters, marks and digits are left.

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

_LEFT_OUT = STOP_WORDS | _OPERATORS


class _Letters(dict[int, int]):
    """For each character, by its number, itself or a space; each is looked up once."""

    def __missing__(self, number: int) -> int:
        letter = number == ord("_") or unicodedata.category(chr(number))[0] in "LMN"
        self[number] = number if letter else ord(" ")
        return self[number]


_LETTERS = _Letters()


def words_in(text: str) -> list[str]:
    """The words of a text, in lower case and in their order, stop words among them."""
    words = text.translate(_LETTERS).lower().split()
    if "_" in text:
        words = [word for word in words if word.strip("_")]
    return [word for word in words if len(word) <= LONGEST_WORD]


def is_indexed(word: str) -> bool:
    """Whether an index may hold a word."""
    return word not in _LEFT_OUT
