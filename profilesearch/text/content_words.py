"""The words of a text that count when two texts are compared by them."""

import re
from collections.abc import Iterator
from functools import lru_cache

LONGEST_REMEMBERED = 4000
"""Characters of a text whose words are remembered, since the same people are found again and again: 4,096 such take some
tens of MB."""

_LONGEST_TOKEN = 40
"""Characters of a token that is remembered."""

_STEM = 5
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_IDEOGRAPHS}]+|[^\W_{_IDEOGRAPHS}]+(?:\+\+|#)?")
IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_FUNCTION_WORDS = frozenset(
    "the and for with you are our who that this from have your will can all not but was has its they their"
    " am an as at be by do he if in is me my no of oh ok on or so to up us we"
    " da de di du el en es et il je la le lo ma na ob se si su te tu um un va wo zu".split()
)
_LETTERS = frozenset("cr")
"""Languages whose name is one letter."""

_ALSO_VERBS = frozenset(("go", "it", "r", "c"))
"""Names that lower-case letters may mean otherwise: in a profile they count only with a capital."""


def words_of(query: str) -> frozenset[str]:
    """What snippets are chosen by: a query's words, by their first five letters, so that "launches" meets "launch".

    Short names such as UX, Go, C# and R count; function words do not. Chinese, Japanese and Korean count by two characters.
    """
    return (_words_of if len(query) <= LONGEST_REMEMBERED else _words_of.__wrapped__)(query)


@lru_cache(maxsize=4096)
def _words_of(text: str) -> frozenset[str]:
    return words_in_text(text, asked=True)


def words_in_text(text: str, asked: bool = False) -> frozenset[str]:
    """The words of a text that count; see :func:`words_with_places`."""
    return frozenset().union(*(_counted_of(token, asked) for token in _TOKEN.findall(text)))


def words_with_places(text: str, asked: bool = False) -> Iterator[tuple[str, int]]:
    """The words that count, and where each begins.

    Args:
        text: any text.
        asked: it is a query, in which names such as Go count without a capital, too.
    """
    for match in _TOKEN.finditer(text):
        for place, word in enumerate(_counted_of(match[0], asked)):  # only a run of ideographs is several words
            yield word, match.start() + place


def _counted_of(token: str, asked: bool) -> tuple[str, ...]:
    return (_counted if len(token) <= _LONGEST_TOKEN else _counted.__wrapped__)(token, asked)


@lru_cache(maxsize=65_536)
def _counted(token: str, asked: bool) -> tuple[str, ...]:
    """What of a token counts."""
    if IDEOGRAPH.match(token):
        return tuple(token[i : i + 2] for i in range(max(1, len(token) - 1)))
    word = token.lower()
    if word in _FUNCTION_WORDS:
        return ()
    if len(word) >= 3:
        return (word if word[-1] in "+#" else word[:_STEM],)
    if (len(word) == 2 or word in _LETTERS) and (asked or word not in _ALSO_VERBS or token[0].isupper()):
        return (word,)
    return ()
