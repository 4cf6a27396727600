"""Examples that a training does not see, and how many of their queries find what fits them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from profilesearch.vectors import unit_rows

from .examples import Example

_MOST_QUERIES = 500
_MOST_TEXTS = 2000


def hold_back(examples: Sequence[Example], share: float) -> tuple[list[Example], list[Example]]:
    """Examples to train on, and those that are held back: whole groups, chosen by a digest, never single rows.

    A query that several groups share is held back as a whole, with all of them: it is what the recall is asked for.

    Args:
        examples: what there is to learn.
        share: of the groups, that is held back.
    """
    seen: list[Example] = []
    kept: list[Example] = []
    groups: dict[str, set[str]] = {}
    for example in examples:
        groups.setdefault(example.query, set()).add(example.key)
    for example in examples:
        place = _place(example.key if len(groups[example.query]) == 1 else example.query)
        (kept if place < share else seen).append(example)
    if not seen:
        return list(examples), []
    return seen, kept


def _place(key: str) -> float:
    """A number from 0 to 1 that depends on the key alone."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64


@dataclass(frozen=True)
class HeldBack:
    """Queries, and the texts among which they must find theirs.

    Attributes:
        queries: texts that are searched for.
        texts: that are searched, all different.
        fitting: for each query the positions of the texts that fit.
    """

    queries: tuple[str, ...]
    texts: tuple[str, ...]
    fitting: tuple[frozenset[int], ...]

    @classmethod
    def of(cls, kept: Sequence[Example], others: Sequence[Example]) -> "HeldBack":
        """At most 500 queries of what was held back, among its texts and others', at most 2,000 in all.

        All texts that were held back with a query fit it; others that fit it are not among the texts.
        """
        asked = kept[:: max(1, len(kept) // _MOST_QUERIES)][:_MOST_QUERIES]
        texts = dict.fromkeys(text for example in asked for text in example.positives)
        fits: dict[str, set[str]] = {}
        for example in asked:
            fits.setdefault(example.query, set()).update(example.positives)
        for example in others:
            if len(texts) >= _MOST_TEXTS:
                break
            if example.query not in fits:
                texts.setdefault(example.positives[0])
        places = {text: place for place, text in enumerate(texts)}
        fitting = tuple(frozenset(places[text] for text in fits[example.query]) for example in asked)
        return cls(tuple(example.query for example in asked), tuple(texts), fitting)

    def recall(self, model: Any, at: int) -> float:
        """Share of the queries that have a text that fits among their first so many; a query's own text is passed over.

        Args:
            model: of sentence-transformers.
            at: how many texts are looked at.
        """
        queries = unit_rows(model.encode_query(list(self.queries), show_progress_bar=False).astype(np.float32))
        texts = unit_rows(model.encode_document(list(self.texts), show_progress_bar=False).astype(np.float32))
        similarities = queries @ texts.T
        places = {text: place for place, text in enumerate(self.texts)}
        for row, query in enumerate(self.queries):
            if (own := places.get(query)) is not None and own not in self.fitting[row]:
                similarities[row, own] = -2.0
        best = np.argsort(-similarities, axis=1, kind="stable")[:, :at].tolist()
        return float(np.mean([bool(fitting & set(row)) for fitting, row in zip(self.fitting, best, strict=True)]))
