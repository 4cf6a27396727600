"""``train mine``: hard negatives, texts that a model finds for a query though nobody said that they fit.

What ranks first is often right and unlabelled, what ranks last teaches nothing: so ranks 2 to 200 are drawn from, as BGE does
(https://arxiv.org/abs/2309.07597). False negatives are kept out by their similarity, which must stay below a share of the
positive's (Moreira et al. 2024, https://arxiv.org/abs/2407.15831), and by a second opinion where one is asked.
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
from .second_opinions import SecondOpinion

_AT_ONCE = 256

_ASKED_TIMES = 4
"""How many candidates a second opinion is asked of for each negative: most are none after all where false ones abound."""


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


def mine(
    examples: Sequence[Example],
    corpus: Corpus,
    encoder: Encoder,
    mining: Mining,
    opinion: SecondOpinion | None = None,
) -> Iterator[Example]:
    """Examples with negatives in place of those that they had, in their order.

    Args:
        examples: what fits.
        corpus: what is searched; what fits an example's query or group, there or in another example, is never its negative,
            nor is a text whose id is a group that fits its query.
        encoder: whose mistakes are looked for.
        mining: how they are chosen.
        opinion: who says which of them fit after all; it is asked of up to four times as many as are needed.
    """
    texts = encoder.encode_documents(corpus.texts)
    positives = list(dict.fromkeys(text for example in examples for text in example.positives))
    places = {text: place for place, text in enumerate(positives)}
    fitting = encoder.encode_documents(positives)
    chance = random.Random(mining.seed)
    fits, groups = _fits(examples), _groups(examples)
    for start in range(0, len(examples), _AT_ONCE):
        some = examples[start : start + _AT_ONCE]
        queries = encoder.encode_queries([example.query for example in some])
        for example, query in zip(some, queries, strict=True):
            limit = mining.margin * float((fitting[[places[text] for text in example.positives]] @ query).min())
            known = {example.query} | fits[example.query] | fits[example.key]
            candidates = [
                place
                for place in _near(texts @ query, limit, mining)
                if corpus.texts[place] not in known and corpus.ids[place] not in groups[example.query]
            ]
            amount = mining.negatives * (1 if opinion is None else _ASKED_TIMES)
            drawn = [corpus.texts[place] for place in chance.sample(candidates, min(amount, len(candidates)))]
            if opinion is not None and drawn:
                misfits = opinion.misfits(example.query, drawn)
                drawn = [text for text, misfit in zip(drawn, misfits, strict=True) if misfit]
            yield replace(example, negatives=tuple(drawn[: mining.negatives]))


def _fits(examples: Sequence[Example]) -> dict[str, set[str]]:
    """The texts that fit, by query and by group."""
    fits: dict[str, set[str]] = {}
    for example in examples:
        for key in (example.query, example.key):
            fits.setdefault(key, set()).update(example.positives)
    return fits


def _groups(examples: Sequence[Example]) -> dict[str, set[str]]:
    """The groups that fit, by query."""
    groups: dict[str, set[str]] = {}
    for example in examples:
        groups.setdefault(example.query, set()).add(example.group)
    return groups


def _near(similarities: Vectors, limit: float, mining: Mining) -> list[int]:
    """Positions of the texts of the ranks that are drawn from, most similar first, without those too similar to be wrong."""
    ranked: Integers = np.argsort(-similarities, kind="stable")[: mining.high]
    return [place for place in ranked[mining.low - 1 :].tolist() if similarities[place] <= limit]


def corpus_of(examples: Sequence[Example]) -> Corpus:
    """All texts that fit some query, as a corpus; the ids are the groups where a text has one of its own."""
    groups: dict[str, str] = {}
    for example in examples:
        for text in example.positives:
            groups.setdefault(text, example.group)
    ids = [f"{group}#{number}" for number, group in enumerate(groups.values())]
    return Corpus("positives", ids, list(groups))
