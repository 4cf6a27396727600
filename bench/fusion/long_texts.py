"""Texts longer than the model reads: only their beginnings, the mean of their windows, or their best window.

The sample's people get long CVs: what three others did comes first, and what decides comes last.
"""

import random
from collections.abc import Iterator

import numpy as np

from indexer.sample.vocabulary import jobs, people, roles
from profilesearch.embedding import Encoder
from profilesearch.row import Row
from profilesearch.vectors import Vectors, unit_rows
from profilesearch.words.bm25 import Bm25
from profilesearch.words.statistics import TermStatistics

from . import collections
from .collections import Judged
from .scores import Sides

_OF_A_ROLE = 16
_FURTHER_ROLES = 20
_WINDOW, _OVERLAP = 120, 28
"""Words, of which 120 are about 170 tokens."""


def long_texts(encoder: Encoder) -> Iterator[tuple[str, Sides]]:
    """For roles typed and for job descriptions, each way of embedding long texts with its scores."""
    chance = random.Random(collections.SEED)
    asked = sorted({job.role for job in jobs()})
    chosen = asked + chance.sample(sorted(set(roles()) - set(asked)), _FURTHER_ROLES)
    values = [person.values for person in collections.people()]
    mine = [person for role in chosen for person in [each for each in values if each["role"] == role][:_OF_A_ROLE]]
    texts = [_long(person, values, chance) for person in mine]
    statistics = TermStatistics.of(texts)
    bm25 = Bm25(statistics, texts)
    windows = [_windows(text) for text in texts]
    owners = np.repeat(np.arange(len(texts)), [len(each) for each in windows])
    passages = encoder.encode_documents([window for each in windows for window in each])
    cut = encoder.encode_documents(texts)
    mean = unit_rows(np.array([passages[owners == owner].mean(axis=0) for owner in range(len(texts))]))
    now = [str(person["role"]) for person in mine]
    for name, kind, queries, wanted in (
        ("roles typed", "typed", chosen, chosen),
        ("job descriptions", "text", [job.text for job in jobs()], [job.role for job in jobs()]),
    ):
        relevant = [frozenset(place for place, role in enumerate(now) if role == each) for each in wanted]
        rows = [Row(str(number), "", text) for number, text in enumerate(texts)]
        judged = Judged(f"long CVs, {name}", kind, "MAP", "en", rows, queries, relevant, [])  # type: ignore[arg-type]
        terms = [statistics.select(query) for query in queries]
        references = np.array([statistics.reference_score(each) for each in terms])
        vectors = encoder.encode_queries(queries)
        best = _best(vectors @ passages.T, owners, len(texts))
        for way, cosines in (("cut", vectors @ cut.T), ("mean", vectors @ mean.T), ("passages", best)):
            yield way, Sides(judged, statistics, cut, bm25.scores(terms), references, cosines)


def _long(person: dict[str, object], others: list[dict[str, object]], chance: random.Random) -> str:
    before = [each for each in chance.sample(others, 8) if each["role"] != person["role"]][:3]
    filler = [f"{each['experience']} {each['education']} {chance.choice(people()['boilerplate'])}" for each in before]
    return "\n".join([*filler, str(person["about"]), str(person["experience"]).split("\n")[0], str(person["skills"])])


def _windows(text: str) -> list[str]:
    words = text.split()
    starts = range(0, max(1, len(words) - _OVERLAP), _WINDOW - _OVERLAP)
    return [" ".join(words[start : start + _WINDOW]) for start in starts]


def _best(similar: Vectors, owners: np.ndarray, amount: int) -> Vectors:
    found = np.full((len(similar), amount), -1, np.float32)
    for query, row in enumerate(similar):
        np.maximum.at(found[query], owners, row)
    return found
