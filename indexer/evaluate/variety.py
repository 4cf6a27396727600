"""How unlike each other the first people are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import fmean

import numpy as np

from profilesearch.store import Candidate, Store, VersionRecord
from profilesearch.words.titles import folded_title

FIRST = 10
"""So many of each ranking are compared with each other."""

COPY = 0.95
"""Cosine from which on one text is a near-copy of another."""


@dataclass(frozen=True)
class Variety:
    """Of the first :data:`FIRST`, on average over the queries.

    Attributes:
        likeness: the mean cosine of two of them; lower is more varied.
        titles: how many different titles they have.
        copies: how many are a near-copy of one that stands before them.
    """

    likeness: float
    titles: float
    copies: float


def variety_of(store: Store, version: VersionRecord, rankings: Mapping[str, Sequence[str]]) -> Variety:
    """Of rankings of a version's profiles; those with fewer than two people are left out, and without any all is 0."""
    firsts = [ranking[:FIRST] for ranking in rankings.values() if len(ranking) > 1]
    ids = sorted(set(chain.from_iterable(firsts)))
    vectors = store.profiles.vectors(version, ids)
    titles = {
        hit.id: folded_title(hit.title) for hit in store.profiles.read(version, [Candidate(id_, 0.0) for id_ in ids])
    }
    measured = []
    for first in firsts:
        there = [id_ for id_ in first if id_ in vectors and id_ in titles]
        if len(there) < 2:
            continue
        cosines = np.stack([vectors[id_] for id_ in there]) @ np.stack([vectors[id_] for id_ in there]).T
        before = np.tril_indices(len(there), -1)
        copies = np.tril(cosines >= COPY, -1).any(axis=1).sum()
        measured.append((float(cosines[before].mean()), len({titles[id_] for id_ in there}), int(copies)))
    return Variety(*map(fmean, zip(*measured, strict=True))) if measured else Variety(0.0, 0.0, 0.0)
