"""``train mine``: hard negatives, texts that a model finds for a query though nobody said that they fit.

What ranks first is often right and unlabelled, what ranks last teaches nothing: so ranks 2 to 200 are drawn from, as BGE does
(https://arxiv.org/abs/2309.07597). False negatives are kept out by their similarity, which must stay below a share of the
positive's (Moreira et al. 2024, https://arxiv.org/abs/2407.15831).
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.embedding import Encoder
from profilesearch.vectors import Vectors

from ..compare.corpus import Corpus
from .examples import Example

_AT_ONCE = 256


@dataclass(frozen=True)
class Mining:
    """How negatives are chosen.

    Attributes:
        low, high: ranks that are drawn from, the first being 1.
        negatives: that each example gets, at the most.
        margin: a negative's cosine with the query is at most this share of that of the positive farthest from it.
        seed: the same seed draws the same.
    """

    low: int = 2
    high: int = 200
    negatives: int = 4
    margin: float = 0.95
    seed: int = 42


def mine(examples: Sequence[Example], corpus: Corpus, encoder: Encoder, mining: Mining) -> Iterator[Example]:
    """Examples with negatives in place of those that they had, in their order.

    Args:
        examples: what fits.
        corpus: what is searched; a text whose id is an example's group is never its negative.
        encoder: whose mistakes are looked for.
        mining: how they are chosen.
    """
    texts = encoder.encode_documents(corpus.texts)
    positives = list(dict.fromkeys(text for example in examples for text in example.positives))
    places = {text: place for place, text in enumerate(positives)}
    fitting = encoder.encode_documents(positives)
    chance = random.Random(mining.seed)
    for start in range(0, len(examples), _AT_ONCE):
        some = examples[start : start + _AT_ONCE]
        queries = encoder.encode_queries([example.query for example in some])
        for example, query in zip(some, queries, strict=True):
            limit = mining.margin * float((fitting[[places[text] for text in example.positives]] @ query).min())
            chosen = _negatives(example, corpus, texts @ query, limit, mining)
            drawn = chance.sample(chosen, min(mining.negatives, len(chosen)))
            yield replace(example, negatives=tuple(corpus.texts[place] for place in drawn))


def _negatives(example: Example, corpus: Corpus, similarities: Vectors, limit: float, mining: Mining) -> list[int]:
    """Positions of the texts that may be drawn, most similar first."""
    known = {example.query, *example.positives}
    found: Integers = np.argsort(-similarities, kind="stable")[: mining.high]
    return [
        place
        for place in found[mining.low - 1 :].tolist()
        if similarities[place] <= limit and corpus.texts[place] not in known and corpus.ids[place] != example.group
    ]


def corpus_of(examples: Sequence[Example]) -> Corpus:
    """All texts that fit some query, as a corpus; the ids are the groups where a text has one of its own."""
    groups: dict[str, str] = {}
    for example in examples:
        for text in example.positives:
            groups.setdefault(text, example.group)
    ids = [f"{group}#{number}" for number, group in enumerate(groups.values())]
    return Corpus("positives", ids, list(groups))
