"""The part of a profile's text that says most about a query."""

from functools import lru_cache

from .content_words import LONGEST_REMEMBERED, words_in_text, words_with_places
from .sentences import sentences_of

LENGTH = 240
"""Characters of a snippet, at the most."""

_LEAD = 40
"""Characters before the first hit that a long sentence keeps, if it is cut around its hits."""


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
    hits = [len(wanted & has) for has in words]
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
    sentences = list(sentences_of(text))
    return sentences, [words_in_text(sentence) for sentence in sentences]


def _around(sentence: str, wanted: frozenset[str], length: int) -> str:
    """The part of a long sentence that has most different wanted words."""
    hits = [(start, word) for word, start in words_with_places(sentence) if word in wanted]
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
