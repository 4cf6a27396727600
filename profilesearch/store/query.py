"""Hybrid queries and what they find. Every value in a query is escaped here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..names import DISTANCE
from ..tags import clean_tag
from ..vectors import Vectors

_PUNCTUATION = frozenset(" \t\n\r\x0b\x0c!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


@dataclass(frozen=True)
class Hit:
    """One profile that a query found; ``distance`` as Redis gives it, smaller is nearer."""

    id: str
    distance: float
    headline: str
    text: str
    cluster: int
    tags: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, float]


class Candidate(NamedTuple):
    """A profile that a query ranked: its id, and its distance as Redis gives it, smaller is nearer."""

    id: str
    distance: float


@dataclass(frozen=True)
class KnnQuery:
    """One hybrid query: the ``k`` nearest profiles among those that the filter admits."""

    vector: Vectors
    k: int
    clusters: Sequence[int] | None = None
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    ef_runtime: int | None = None

    def filter(self) -> str:
        """The filter part, ``*`` if there is none. Every value in it is escaped."""
        parts = [_tag_filter("cluster", [str(c) for c in self.clusters])] if self.clusters is not None else []
        parts += [_tag_filter(name, values) for name, values in self.tags.items() if values]
        for name, (low, high) in self.numbers.items():
            if low is not None or high is not None:
                parts.append(f"@{name}:[{_bound(low, '-inf')} {_bound(high, '+inf')}]")
        return f"({' '.join(parts)})" if parts else "*"

    def text(self) -> str:
        """The whole query text, with the vector as the parameter ``vec``."""
        effort = f" EF_RUNTIME {self.ef_runtime}" if self.ef_runtime is not None else ""
        return f"{self.filter()}=>[KNN {self.k} @embedding $vec{effort} AS {DISTANCE}]"

    def arguments(self, offset: int = 0, limit: int | None = None) -> list[str]:
        """What follows the index in FT.SEARCH, but for the PARAMS with the vector."""
        window = [str(offset), str(self.k if limit is None else limit)]
        return [self.text(), "SORTBY", DISTANCE, "RETURN", "1", DISTANCE, "LIMIT", *window, "DIALECT", "2"]


def escape_tag(value: str) -> str:
    """A tag value for use within braces: every ASCII punctuation mark, the underscore too, and space gets a backslash.

    An underscore alone is not a word of the query language, and escaping it changes nothing elsewhere.

    Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/escaping/
    """
    return "".join("\\" + c if c in _PUNCTUATION else c for c in value)


def _tag_filter(name: str, values: Iterable[str]) -> str:
    return f"@{name}:{{{'|'.join(escape_tag(clean_tag(value)) for value in values)}}}"


def _bound(value: float | None, otherwise: str) -> str:
    """A number as the query language reads it: every float exactly, and no sign after the e of an exponent."""
    return otherwise if value is None else repr(float(value)).removesuffix(".0").replace("e+", "e")
