"""A second, naive reading of FT.HYBRID: documents one by one, nothing shared with redis_local.

The queries are :mod:`oracle`'s trees. Scores are BM25STD as RediSearch defines it
(https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/scoring/), computed in float64.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.redis_local import oracle
from tests.redis_local.oracle import STEM, STOPWORDS

WEIGHTS = {"text": 1.0, "title": 3.0}


@dataclass(frozen=True)
class Weighing:
    """A part of a query whose score counts more or less."""

    part: oracle.Query
    weight: float

    def render(self) -> str:
        return f"({self.part.render()})=>{{$weight: {self.weight:g}}}"

    def matches(self, doc: dict[str, Any]) -> bool:
        return self.part.matches(doc)


@dataclass(frozen=True)
class Field:
    """Words in one field."""

    name: str
    word: str

    def render(self) -> str:
        return f"@{self.name}:{self.word}"

    def matches(self, doc: dict[str, Any]) -> bool:
        return any(term in terms(doc, self.name) for term in asked(self.word))


@dataclass(frozen=True)
class AnyWord:
    """A word in any field."""

    word: str

    def render(self) -> str:
        return self.word

    def matches(self, doc: dict[str, Any]) -> bool:
        return any(Field(name, self.word).matches(doc) for name in WEIGHTS)


def asked(word: str) -> tuple[str, ...]:
    """What a query word stands for."""
    return tuple(dict.fromkeys((word, STEM(word), "+" + STEM(word))))


def tokens(doc: dict[str, Any], field: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", doc.get(field, "").lower()) if word not in STOPWORDS]


def terms(doc: dict[str, Any], field: str) -> list[str]:
    """Every word of a field, and ``+stem`` for each that differs from its stem."""
    found = tokens(doc, field)
    return found + ["+" + STEM(word) for word in found if len(word) >= 4 and STEM(word) != word]


def frequency(doc: dict[str, Any], term: str) -> float:
    stem = 0.2 if term.startswith("+") else 1.0
    return sum(terms(doc, name).count(term) * max(1, int(weight * stem)) for name, weight in WEIGHTS.items())


def length(doc: dict[str, Any]) -> int:
    return sum(len(tokens(doc, name)) * max(1, int(weight)) for name, weight in WEIGHTS.items())


class Collection:
    """Documents by number, from 1."""

    def __init__(self, docs: dict[int, dict[str, Any]]) -> None:
        self.docs = docs
        self.mean = sum(map(length, docs.values())) / max(1, len(docs))

    def saturated(self, doc: dict[str, Any], count: float) -> float:
        if not self.mean or not count:
            return 0.0
        return count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length(doc) / self.mean))

    def idf(self, having: int) -> float:
        return math.log(1 + (len(self.docs) - having + 0.5) / (having + 0.5))

    def score(self, part: oracle.Query | None, doc: dict[str, Any]) -> float:
        """What a part of a query adds to a document's score."""
        if part is None:
            return self.saturated(doc, 1)
        if not part.matches(doc):
            return 0.0
        if isinstance(part, oracle.All | oracle.Any):
            return sum(self.score(each, doc) for each in part.parts)
        if isinstance(part, Weighing):
            inner = part.part
            while isinstance(inner, Weighing):  # the outermost says what a part weighs
                inner = inner.part
            return part.weight * self.score(inner, doc)
        if isinstance(part, Field):
            return self.words(asked(part.word), (part.name,), doc)
        if isinstance(part, AnyWord):
            return self.words(asked(part.word), tuple(WEIGHTS), doc)
        if isinstance(part, oracle.Fuzzy | oracle.Glob):
            like = {word for each in self.docs.values() for name in WEIGHTS for word in tokens(each, name)}
            return self.words(tuple(filter(part.stands_for, like)), tuple(WEIGHTS), doc)
        return 0.0  # tags, numbers and the like filter and do not rank

    def words(self, wanted: tuple[str, ...], fields: tuple[str, ...], doc: dict[str, Any]) -> float:
        total = 0.0
        for term in wanted:
            if any(term in terms(doc, name) for name in fields):
                having = sum(any(term in terms(each, name) for name in WEIGHTS) for each in self.docs.values())
                total += self.idf(having) * self.saturated(doc, frequency(doc, term))
        return total


def similarity(metric: str, distance: float) -> float:
    if metric == "L2":
        return 1 / (1 + distance)
    return (1 + distance) / 2 if metric == "IP" else 1 - distance / 2


@dataclass(frozen=True)
class Asked:
    """One FT.HYBRID: ``text`` None for ``*``; ``k`` None where ``radius`` is given."""

    text: oracle.Query | None
    metric: str
    vector: tuple[float, ...]
    k: int | None
    radius: float | None
    filter: oracle.Query | None
    window: int
    linear: tuple[float, float] | None
    constant: float
    scorer: str = "BM25STD"


@dataclass(frozen=True)
class Answer:
    """Scores by document number, and what is so near a tie that rounding decides."""

    words: dict[int, float]
    near: dict[int, float]
    combined: dict[int, float]
    doubtful: bool


def answer(docs: dict[int, dict[str, Any]], asked_: Asked) -> Answer:
    """What FT.HYBRID finds."""
    collection = Collection(docs)
    matching = {
        n: collection.score(asked_.text, d) for n, d in docs.items() if not asked_.text or asked_.text.matches(d)
    }
    highest = max(matching.values(), default=0.0)
    if asked_.scorer == "BM25STD.NORM" and highest > 0:
        matching = {n: score / highest for n, score in matching.items()}
    elif asked_.scorer == "BM25STD.TANH":
        matching = {n: math.tanh(score / 4) for n, score in matching.items()}
    words = sorted(matching.items(), key=lambda pair: (-pair[1], pair[0]))
    admitted = {
        n: oracle.distance(asked_.metric, asked_.vector, d["v"])
        for n, d in docs.items()
        if "v" in d and (asked_.filter is None or asked_.filter.matches(d))
    }
    doubtful = close(matching.values(), 1e-9) or close(admitted.values(), 1e-4)
    doubtful |= any(math.isnan(each) for each in admitted.values())
    nearest = sorted(admitted.items(), key=lambda pair: (pair[1], pair[0]))
    if asked_.radius is not None:
        doubtful |= any(abs(each - asked_.radius) < 1e-4 for each in admitted.values())
        nearest = [pair for pair in nearest if pair[1] <= asked_.radius]
        if asked_.filter is not None:
            nearest.sort()
    elif asked_.k is not None:
        nearest = nearest[: asked_.k]
    words, nearest = words[: asked_.window], nearest[: asked_.window]
    near = {n: similarity(asked_.metric, distance) for n, distance in nearest}
    return Answer(dict(words), near, combined(asked_, dict(words), near), doubtful)


def combined(asked_: Asked, words: dict[int, float], near: dict[int, float]) -> dict[int, float]:
    """The score of each document that either side found, by its ranks or by its scores."""
    total: dict[int, float] = {}
    for side, found in enumerate((words, near)):
        for rank, (n, score) in enumerate(found.items(), 1):
            share = asked_.linear[side] * score if asked_.linear else 1 / (asked_.constant + rank)
            total[n] = total.get(n, 0.0) + share
    return total


def close(values: Iterable[float], gap: float) -> bool:
    """Whether two different values are so close that rounding may put them in another order."""
    ordered = sorted(values)
    return any(0 < two - one < gap * max(1.0, abs(one)) for one, two in zip(ordered, ordered[1:], strict=False))
