"""The part of a profile's text that says most about a query."""

import random
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

LENGTH = 240
"""Characters of a snippet, at the most."""

LONGEST_REMEMBERED = 4000
"""Characters of a text whose words are remembered: 2,048 such take some tens of MB."""

_STEM = 5
_LEAD = 40
"""Characters before the first hit that a long sentence keeps, if it is cut around its hits."""

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_IDEOGRAPHS}]+|[^\W_{_IDEOGRAPHS}]+(?:\+\+|#)?")
_IDEOGRAPH = re.compile(f"[{_IDEOGRAPHS}]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
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
    return frozenset(word for word, _ in _words(query, asked=True))


def matching(terms: Sequence[str], text: str) -> tuple[str, ...]:
    """Those of some terms all of whose words a text has; words count as in :func:`words_of`."""
    has = words_of(text)
    return tuple(term for term in terms if (wanted := words_of(term)) and wanted <= has)


def snippet(text: str, wanted: frozenset[str], length: int = LENGTH) -> str:
    """The run of sentences that has most of the wanted words; a long sentence is cut around them.

    Without any shared word it is the beginning of the text. Remembered: a page, its facets and its map ask alike.
    """
    remembered = len(text) <= LONGEST_REMEMBERED
    return (_snippet if remembered else _snippet.__wrapped__)(text, wanted, length)


@lru_cache(maxsize=2048)
def _snippet(text: str, wanted: frozenset[str], length: int) -> str:
    remembered = len(text) <= LONGEST_REMEMBERED
    sentences, words = (_sentences if remembered else _sentences.__wrapped__)(text)
    if not sentences:
        return ""
    hits = [sum(word in wanted for word in has) for has in words]
    scores = [count / (1 + len(sentence) / 400) for count, sentence in zip(hits, sentences, strict=True)]
    best = scores.index(max(scores))
    if len(sentences[best]) > length:
        return _around(sentences[best], wanted, length)
    chosen = sentences[best]
    following = best + 1
    while following < len(sentences) and len(chosen) + len(sentences[following]) + 1 <= length:
        chosen += " " + sentences[following]
        following += 1
    return chosen


@lru_cache(maxsize=2048)
def _sentences(text: str) -> tuple[list[str], list[frozenset[str]]]:
    """A text's sentences, and the words of each; remembered, since the same people are found again and again."""
    sentences = [part.strip() for part in _SENTENCE.split(text) if part.strip()]
    return sentences, [frozenset(word for word, _ in _words(sentence)) for sentence in sentences]


def excerpt(text: str, seed: int, sentences: int = 2) -> str:
    """Some sentences of a text picked at random, the same for the same seed; the whole text if it has no more."""
    parts = [part.strip() for part in _SENTENCE.split(text) if _is_statement(part)]
    return " ".join(random.Random(seed).sample(parts, sentences)) if len(parts) > sentences else text


def _is_statement(part: str) -> bool:
    return len(part.split()) >= 4 or len(_IDEOGRAPH.findall(part)) >= 8


def _words(text: str, asked: bool = False) -> Iterator[tuple[str, int]]:
    """The words that count, and where each begins."""
    for match in _TOKEN.finditer(text):
        token, start = match[0], match.start()
        if _IDEOGRAPH.match(token):
            yield from ((token[i : i + 2], start + i) for i in range(max(1, len(token) - 1)))
            continue
        word = token.lower()
        if word in _FUNCTION_WORDS:
            continue
        if len(word) >= 3:
            yield (word if word[-1] in "+#" else word[:_STEM]), start
        elif (len(word) == 2 or word in _LETTERS) and (asked or word not in _ALSO_VERBS or token[0].isupper()):
            yield word, start


def _around(sentence: str, wanted: frozenset[str], length: int) -> str:
    """The part of a long sentence that has most different wanted words."""
    hits = [(start, word) for word, start in _words(sentence) if word in wanted]
    room = length - _LEAD - 2
    first, most = 0, 0
    for start, _ in hits:
        count = len({word for place, word in hits if start <= place < start + room})
        if count > most:
            first, most = start, count
    if first <= _LEAD:
        return cut(sentence, length)
    before = first - _LEAD
    space = sentence.find(" ", before, first)
    return "…" + cut(sentence[space + 1 if space >= 0 else before :], length - 1)


def cut(text: str, length: int) -> str:
    """A text of at most ``length`` characters: a longer one ends at a word, with an ellipsis."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    space = head.rfind(" ")
    return (head[:space] if space > length // 2 else head).rstrip(" ,;:") + "…"
