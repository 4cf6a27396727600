"""Queries as somebody could type them, made of the profiles themselves, to measure clusters with."""

from collections.abc import Sequence

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.clusters.trial import PseudoQueries
from profilesearch.embedding import Encoder
from profilesearch.row import Row
from profilesearch.tags import split_tags
from profilesearch.text.sentences import excerpt

_MOST = 1000
"""Queries made of the values of one tag field, at the most."""

_MOST_OF_TAGS = 5000
"""Queries made of the values of all of them."""


def pseudo_queries(rows: Sequence[Row], positions: Integers, encoder: Encoder) -> list[PseudoQueries]:
    """Headlines, two sentences of each text, and the values of each tag field.

    Args:
        rows: the profiles that are asked for.
        positions: ``(len(rows),)`` their rows among all.
        encoder: what embeds the queries.
    """
    numbered = list(zip(map(int, positions), rows, strict=True))
    ways: dict[str, list[tuple[str, int]]] = {}
    others = [
        [(row.title, position) for position, row in numbered],
        [(excerpt(row.text, number), position) for number, (position, row) in enumerate(numbered)],
    ]
    names = sorted({name for row in rows for name in row.tags})
    for name in names:
        values = [(value, position) for position, row in numbered for value in split_tags(row.tags.get(name, ""))]
        ways[name] = values[: min(_MOST, _MOST_OF_TAGS // len(names))]
    named = [*(("", way) for way in others), *ways.items()]
    return [_embedded(way, encoder, name) for name, way in named if way]


def _embedded(way: Sequence[tuple[str, int]], encoder: Encoder, name: str) -> PseudoQueries:
    texts = list(dict.fromkeys(text for text, _ in way))  # embedded once, so that equal texts have equal vectors
    places = {text: place for place, text in enumerate(texts)}
    vectors = encoder.encode_queries(texts)[[places[text] for text, _ in way]]
    return PseudoQueries(
        vectors, np.array([position for _, position in way], np.int64), tuple(text for text, _ in way), name
    )
