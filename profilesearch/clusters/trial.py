"""Queries to try a clustering with: profiles that it was not fitted on, asked for in several ways.

A query that tells nothing about the profile that it was taken from, such as the heading "Summary" or the name of a city,
does not count: its own profile is hardly nearer to it than others are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Integers
from ..vectors import Vectors

_COMPARED = 500
_LEAST_RANK = 0.8
"""Share of all profiles to which a query must be less similar than to its own, to tell something about it."""

_LEAST_TELLING = 0.4
"""Share of a way's queries that must tell something: a fifth of those that tell nothing seem to, by chance."""

_LEAST_QUERIES = 10
"""A way to ask that has fewer queries says too little to be the worst."""


_LEAST_SILENT = 30
"""Of a way that has fewer queries it is not known that they tell nothing."""


@dataclass(frozen=True)
class PseudoQueries:
    """Texts as somebody could type them, each taken from a profile.

    Attributes:
        vectors: ``(q, dim)`` float32 rows of length 1.
        rows: ``(q,)`` the row of the profile that each was taken from, one of those held back.
        texts: ``q`` texts; none where nobody compares their words.
        name: of the tag field that these are values of; empty for other ways.
    """

    vectors: Vectors
    rows: Integers
    texts: tuple[str, ...] = ()
    name: str = ""

    def at(self, places: Integers) -> "PseudoQueries":
        """Some of them."""
        texts = tuple(self.texts[place] for place in places) if self.texts else ()
        return PseudoQueries(self.vectors[places], self.rows[places], texts, self.name)


@dataclass(frozen=True)
class Trial:
    """What is asked to measure a clustering.

    Attributes:
        ways: the ways to ask that tell something, profiles by their whole texts first.
        compared: ``(m, dim)`` vectors of profiles picked at random.
        silent: names of the ways that tell nothing.
    """

    ways: tuple[PseudoQueries, ...]
    compared: Vectors
    silent: tuple[str, ...] = ()

    @property
    def vectors(self) -> Vectors:
        """``(q, dim)`` the queries of all ways, one way after the other."""
        return np.vstack([way.vectors for way in self.ways])

    @property
    def rows(self) -> Integers:
        """``(q,)`` the row that each was taken from."""
        return np.concatenate([way.rows for way in self.ways])


def compared_rows(rows: int) -> Integers:
    """Rows picked at random, at most 500, for :func:`prepare_trial` to compare queries with; ascending."""
    return np.sort(np.random.default_rng(0).choice(rows, min(rows, _COMPARED), replace=False))


def prepare_trial(own: PseudoQueries, compared: Vectors, ways: Sequence[PseudoQueries]) -> Trial:
    """Choose the queries that tell something.

    Args:
        own: the profiles held back, by their own vectors; rows ascending.
        compared: ``(m, dim)`` vectors of the profiles of :func:`compared_rows`.
        ways: other ways to ask for the same profiles, headlines first.
    """
    telling = [_telling(way, own.vectors[np.searchsorted(own.rows, way.rows)], compared) for way in ways]
    silent = tuple(
        before.name
        for before, way in zip(ways, telling, strict=True)
        if before.name and len(before.rows) >= _LEAST_SILENT and not len(way.rows)
    )
    return Trial((own, *(way for way in telling if len(way.rows) >= _LEAST_QUERIES)), compared, silent)


def _telling(way: PseudoQueries, own: Vectors, compared: Vectors) -> PseudoQueries:
    """Each query once, of those that are nearer to their own profiles than to most; none if they are too few.

    Args:
        way: queries, equal ones of several profiles included.
        own: ``(q, dim)`` vectors of those profiles.
        compared: ``(m, dim)`` vectors of profiles picked at random.
    """
    if not len(way.rows):
        return way
    _, first, same = np.unique(way.vectors, axis=0, return_index=True, return_inverse=True)
    same = same.ravel()
    to_own = np.einsum("ij,ij->i", way.vectors, own)
    ranks = (way.vectors @ compared.T < to_own[:, None]).mean(axis=1)
    tells = np.bincount(same, ranks) / np.bincount(same) >= _LEAST_RANK
    kept = first[tells] if tells.mean() >= _LEAST_TELLING else first[:0]
    return way.at(kept)
