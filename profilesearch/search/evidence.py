"""Why one person was found: the sentences that carry the meaning, and the words that are there or missing."""

from dataclasses import dataclass

import numpy as np

from ..store import Hit
from ..text.sentences import sentences_of
from ..text.words import matching
from .plan import Plan
from .stages import Tools

MOST_SENTENCES = 40
"""Sentences of a profile that are compared: each must be embedded."""

_SHOWN = 3


@dataclass(frozen=True)
class Sentence:
    """A sentence of a profile; the similarity is a cosine, higher is nearer."""

    text: str
    similarity: float


@dataclass(frozen=True)
class Evidence:
    """Why a person was found.

    Attributes:
        sentences: the nearest to the query, best first.
        matched, missing: the words asked for that the profile has, and those that it does not have.
    """

    sentences: tuple[Sentence, ...]
    matched: tuple[str, ...]
    missing: tuple[str, ...]


def find_evidence(tools: Tools, plan: Plan, hit: Hit) -> Evidence:
    """Compare a profile's sentences with a query, one by one.

    Args:
        tools: whose model embeds the sentences; this takes some milliseconds for each.
        plan: with the vector and the terms of the query, as the stages ``embed`` and ``terms`` find them.
        hit: the profile.

    Raises:
        EncoderError: the model gives no usable vectors.
    """
    texts = list(dict.fromkeys(sentences_of(hit.text)))[:MOST_SENTENCES]
    matched = matching(plan.terms, f"{hit.title}\n{hit.text}")
    missing = tuple(term for term in plan.terms if term not in matched)
    if not texts:
        return Evidence((), matched, missing)
    similarities = tools.vectors.of_sentences(texts) @ plan.vector
    best = np.argsort(-similarities, kind="stable")[:_SHOWN]
    return Evidence(tuple(Sentence(texts[i], float(similarities[i])) for i in best), matched, missing)
