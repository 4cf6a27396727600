"""The sentences of a text."""

import random
import re

from .content_words import IDEOGRAPH

_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")


def sentences_of(text: str) -> tuple[str, ...]:
    """A text's sentences, in their order."""
    return tuple(part.strip() for part in _SENTENCE.split(text) if part.strip())


def excerpt(text: str, seed: int, sentences: int = 2) -> str:
    """Some sentences of a text picked at random, the same for the same seed; the whole text if it has no more."""
    parts = [part.strip() for part in _SENTENCE.split(text) if _is_statement(part)]
    return " ".join(random.Random(seed).sample(parts, sentences)) if len(parts) > sentences else text


def _is_statement(part: str) -> bool:
    return len(part.split()) >= 4 or len(IDEOGRAPH.findall(part)) >= 8
