"""The part of a profile's text that says most about a query."""

import random
import re
from functools import lru_cache

LENGTH = 240
"""Characters of a snippet, at the most."""

_STEM = 5
_WORD = re.compile(r"[^\W_]{3,}")
_SENTENCE = re.compile(r"(?<=[.!?。])\s+|\n+")


def words_of(query: str) -> frozenset[str]:
    """What snippets are chosen by: a query's words, by their first five letters, so that "launches" meets "launch"."""
    return frozenset(word[:_STEM] for word in _WORD.findall(query.lower()))


@lru_cache(maxsize=2048)
def snippet(text: str, wanted: frozenset[str], length: int = LENGTH) -> str:
    """The run of sentences that has most of the wanted words, cut at a word if it is too long.

    Without any shared word it is the beginning of the text. Remembered: a page, its facets and its map ask alike.
    """
    sentences, words = _sentences(text)
    if not sentences:
        return ""
    scores = [len(each & wanted) / (1 + len(sentence) / 400) for each, sentence in zip(words, sentences, strict=True)]
    best = scores.index(max(scores))
    chosen = sentences[best]
    following = best + 1
    while following < len(sentences) and len(chosen) + len(sentences[following]) + 1 <= length:
        chosen += " " + sentences[following]
        following += 1
    return _cut(chosen, length)


@lru_cache(maxsize=2048)
def _sentences(text: str) -> tuple[list[str], list[frozenset[str]]]:
    """A text's sentences, and the words of each; remembered, since the same people are found again and again."""
    sentences = [part.strip() for part in _SENTENCE.split(text) if part.strip()]
    return sentences, [words_of(sentence) for sentence in sentences]


def excerpt(text: str, seed: int, sentences: int = 2) -> str:
    """Some sentences of a text picked at random, the same for the same seed; the whole text if it has no more."""
    parts = [part.strip() for part in _SENTENCE.split(text) if len(part.split()) >= 4]
    return " ".join(random.Random(seed).sample(parts, sentences)) if len(parts) > sentences else text


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    head = text[: length - 1]
    space = head.rfind(" ")
    return (head[:space] if space > length // 2 else head).rstrip(" ,;:") + "…"
