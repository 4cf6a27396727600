"""Why one person was found: the sentences that carry the meaning."""

from dataclasses import dataclass

import numpy as np

from ..errors import NoQueryModel
from ..store import Hit
from ..text.sentences import sentences_of
from .plan import Plan
from .stages import Tools

MOST_SENTENCES = 40
"""Sentences of a profile that are compared: each must be embedded. Those of the nearest passage of a long text come first."""

_SHOWN = 3


@dataclass(frozen=True)
class Sentence:
    """A sentence of a profile; the similarity is a cosine, higher is nearer."""

    text: str
    similarity: float


@dataclass(frozen=True)
class Evidence:
    """Why a person was found: the sentences that are nearest to the query, best first."""

    sentences: tuple[Sentence, ...]


def find_evidence(tools: Tools, plan: Plan, hit: Hit) -> Evidence:
    """Compare a profile's sentences with a query, one by one; no evidence where no model embeds them.

    Args:
        tools: whose model embeds the sentences; this takes some milliseconds for each.
        plan: with the vector of the query, as the stage ``embed`` finds it.
        hit: the profile.

    Raises:
        EncoderError: the model gives no usable vectors.
    """
    place = tools.store.profiles.nearest_passage(plan.snapshot.version, hit.id, plan.vector)
    near = () if place is None else sentences_of(place.of(hit.text))
    texts = list(dict.fromkeys((*near, *sentences_of(hit.text))))[:MOST_SENTENCES]
    if not texts:
        return Evidence(())
    try:
        similarities = plan.snapshot.vectors(tools.vectors.of_sentences(texts)) @ plan.vector
    except NoQueryModel:
        return Evidence(())
    best = np.argsort(-similarities, kind="stable")[:_SHOWN]
    return Evidence(tuple(Sentence(texts[i], float(similarities[i])) for i in best))
