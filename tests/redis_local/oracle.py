"""A second, naive reading of queries: documents one by one, nothing shared with redis_local.

A query is generated as a tree; ``render`` writes it in the query language and ``matches`` says of one document
whether it should be found. Distances are computed in float64.
"""

import math
import re
import struct
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import snowballstemmer

STEM = snowballstemmer.stemmer("english").stemWord
STOPWORDS = set("a is the an and are as at be but by for if in into it no not of on or such that their then there these they this to was will with".split())  # fmt: skip


class Query(Protocol):
    """A part of a query: as redis_local reads it, and which documents it finds."""

    def render(self) -> str: ...

    def matches(self, doc: dict[str, str]) -> bool: ...


@dataclass(frozen=True)
class Tag:
    field: str
    values: tuple[str, ...]

    def render(self) -> str:
        return f"@{self.field}:{{{'|'.join(escape(value) for value in self.values)}}}"

    def matches(self, doc: dict[str, str]) -> bool:
        fold = (lambda v: v) if self.field == "place" else str.lower
        has = {fold(part.strip()) for part in doc.get(self.field, "").split(",") if part.strip()}
        return any(fold(value) in has for value in self.values)


@dataclass(frozen=True)
class TagPrefix:
    field: str
    prefix: str

    def render(self) -> str:
        return f"@{self.field}:{{{escape(self.prefix)}*}}"

    def matches(self, doc: dict[str, str]) -> bool:
        fold = (lambda v: v) if self.field == "place" else str.lower
        has = [fold(part.strip()) for part in doc.get(self.field, "").split(",") if part.strip()]
        return any(tag.startswith(fold(self.prefix)) for tag in has)


@dataclass(frozen=True)
class Between:
    low: float
    high: float
    low_open: bool
    high_open: bool

    def render(self) -> str:
        return f"@n:[{'(' * self.low_open}{number(self.low)} {'(' * self.high_open}{number(self.high)}]"

    def matches(self, doc: dict[str, str]) -> bool:
        if "n" not in doc:
            return False
        value = float(doc["n"])
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below


@dataclass(frozen=True)
class Word:
    word: str
    stemmed: bool = True

    def render(self) -> str:
        return self.word

    def matches(self, doc: dict[str, str]) -> bool:
        return any(w == self.word or self.stemmed and STEM(w) == STEM(self.word) for w in words(doc))


@dataclass(frozen=True)
class Prefix:
    prefix: str

    def render(self) -> str:
        return self.prefix + "*"

    def matches(self, doc: dict[str, str]) -> bool:
        return any(word.startswith(self.prefix) for word in words(doc))


@dataclass(frozen=True)
class Fuzzy:
    """``%word%``"""

    word: str
    distance: int

    def render(self) -> str:
        return "%" * self.distance + self.word + "%" * self.distance

    def matches(self, doc: dict[str, str]) -> bool:
        return any(map(self.stands_for, words(doc)))

    def stands_for(self, word: str) -> bool:
        return edits(self.word, word) <= self.distance


@dataclass(frozen=True)
class Glob:
    """``w'pattern'``"""

    pattern: str

    def render(self) -> str:
        return f"w'{self.pattern}'"

    def matches(self, doc: dict[str, str]) -> bool:
        return any(map(self.stands_for, words(doc)))

    def stands_for(self, word: str) -> bool:
        return globbed(self.pattern, word)


@dataclass(frozen=True)
class Lacking:
    """``ismissing(@field)``"""

    field: str

    def render(self) -> str:
        return f"ismissing(@{self.field})"

    def matches(self, doc: dict[str, str]) -> bool:
        return self.field not in doc


@dataclass(frozen=True)
class Around:
    """Places within so many kilometres."""

    place: tuple[float, float]
    kilometres: float

    def render(self) -> str:
        return f"@geo:[{self.place[0]:g} {self.place[1]:g} {self.kilometres:g} km]"

    def matches(self, doc: dict[str, str]) -> bool:
        if "geo" not in doc:
            return False
        return kilometres(self.place, tuple(map(float, doc["geo"].split(",")))) <= self.kilometres


@dataclass(frozen=True)
class Quoted:
    words: tuple[str, ...]

    def render(self) -> str:
        return '"' + " ".join(self.words) + '"'

    def matches(self, doc: dict[str, str]) -> bool:
        text = re.findall(r"[a-z]+", doc.get("text", "").lower())
        return any(tuple(text[i : i + len(self.words)]) == self.words for i in range(len(text)))


@dataclass(frozen=True)
class All:
    parts: tuple[Query, ...]

    def render(self) -> str:
        return "(" + " ".join(part.render() for part in self.parts) + ")"

    def matches(self, doc: dict[str, str]) -> bool:
        return all(part.matches(doc) for part in self.parts)


@dataclass(frozen=True)
class Any:
    parts: tuple[Query, ...]

    def render(self) -> str:
        return "(" + " | ".join(part.render() for part in self.parts) + ")"

    def matches(self, doc: dict[str, str]) -> bool:
        return any(part.matches(doc) for part in self.parts)


@dataclass(frozen=True)
class No:
    part: Query

    def render(self) -> str:
        return "-" + self.part.render()

    def matches(self, doc: dict[str, str]) -> bool:
        return not unstemmed(self.part).matches(doc)


def unstemmed(part: Query) -> Query:
    """A query whose words stand for themselves alone, as they do where they exclude or filter a KNN."""
    if isinstance(part, Word):
        return Word(part.word, stemmed=False)
    return type(part)(tuple(map(unstemmed, part.parts))) if isinstance(part, All | Any) else part


def words(doc: dict[str, str]) -> list[str]:
    """The words of a document's texts, stop words left out."""
    text = f"{doc.get('title', '')} {doc.get('text', '')}"
    return [word for word in re.findall(r"[a-z]+", text.lower()) if word not in STOPWORDS]


def edits(one: str, two: str) -> int:
    """Letters to add, leave out or change."""
    if not one or not two:
        return len(one) + len(two)
    if one[0] == two[0]:
        return edits(one[1:], two[1:])
    return 1 + min(edits(one[1:], two), edits(one, two[1:]), edits(one[1:], two[1:]))


def globbed(pattern: str, word: str) -> bool:
    if not pattern:
        return not word
    if pattern[0] == "*":
        return any(globbed(pattern[1:], word[start:]) for start in range(len(word) + 1))
    return bool(word) and pattern[0] in ("?", word[0]) and globbed(pattern[1:], word[1:])


def kilometres(one: tuple[float, ...], two: tuple[float, ...]) -> float:
    """Along a great circle, by the law of cosines."""
    (east, north), (east2, north2) = ([math.radians(each) for each in place] for place in (one, two))
    cosine = math.sin(north) * math.sin(north2) + math.cos(north) * math.cos(north2) * math.cos(east - east2)
    return 6372.797 * math.acos(max(-1.0, min(1.0, cosine)))


def escape(tag: str) -> str:
    return re.sub(r"[\x01-/:-@\[-`{-\x7f]", r"\\\g<0>", tag)


def number(value: float) -> str:
    return {math.inf: "+inf", -math.inf: "-inf"}.get(value, f"{value:g}")


def printed(text: str) -> str:
    """How Redis prints the number that a hash holds as this text."""
    if math.isinf(float(text)):
        return f"{float(text):g}"
    exact = Fraction(float(text))
    if exact.denominator == 1 and -(2**63) <= exact < 2**63:
        return str(exact.numerator)
    return f"{float(text):.12g}"


def element(data_type: str, vector: tuple[float, ...]) -> bytes:
    """A vector as the bytes of an element type."""
    if data_type == "BFLOAT16":
        return b"".join(struct.pack("<f", value)[2:] for value in vector)
    return struct.pack(
        {"FLOAT64": "<3d", "FLOAT32": "<3f", "FLOAT16": "<3e", "INT8": "3b", "UINT8": "3B"}[data_type], *vector
    )


def distance(metric: str, one: tuple[float, ...], two: tuple[float, ...]) -> float:
    """The distance between two vectors as Redis defines it for the metric."""
    one, two = _single(one), _single(two)
    product = sum(a * b for a, b in zip(one, two, strict=True))
    if metric == "L2":
        return sum((a - b) ** 2 for a, b in zip(one, two, strict=True))
    if metric == "IP":
        return 1 - product
    lengths = math.sqrt(sum(a * a for a in one)) * math.sqrt(sum(b * b for b in two))
    return 1 - product / lengths if lengths else math.nan


def _single(vector: tuple[float, ...]) -> tuple[float, ...]:
    return struct.unpack(f"{len(vector)}f", struct.pack(f"{len(vector)}f", *vector))
