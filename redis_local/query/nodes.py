"""What a query means, as frozen nodes that carry the byte offset they were read at."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Param:
    """A reference to a value given with PARAMS."""

    name: bytes
    position: int


Text: TypeAlias = bytes | Param
Number: TypeAlias = float | Param


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a query; ``position`` is its byte offset in the query text."""

    position: int


@dataclass(frozen=True, slots=True)
class Everything(Node):
    """``*``"""


@dataclass(frozen=True, slots=True)
class Nothing(Node):
    """An empty query, or one of stop words alone: it finds no document."""


@dataclass(frozen=True, slots=True)
class Term(Node):
    """A word in any of ``fields`` (none means every text field).

    ``exact`` switches stems, sounds and synonyms off, ``phonetic`` being False the sounds alone.
    """

    word: Text
    exact: bool = False
    fields: tuple[bytes, ...] = ()
    phonetic: bool = True


@dataclass(frozen=True, slots=True)
class Affix(Node):
    """Words that start with, end with or contain ``word``."""

    word: Text
    starts: bool
    ends: bool
    fields: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Fuzzy(Node):
    """``%word%``: words that become ``word`` with so many letters added, left out or changed, one for each ``%``."""

    word: Text
    distance: int
    fields: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Wildcard(Node):
    """``w'pattern'``: words that the whole pattern matches; ``?`` is any letter, ``*`` any number of them."""

    pattern: Text
    fields: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """Words next to each other in this order."""

    words: tuple[Text, ...]
    fields: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class TagValue:
    """One alternative within ``@field:{…}``: several unescaped words are one value, with a space between them.

    ``pattern`` says that it is one, as for :class:`Wildcard`.
    """

    words: tuple[Text, ...]
    starts: bool = False
    ends: bool = False
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class Tags(Node):
    """``@field:{a|b*}``"""

    field: bytes
    values: tuple[TagValue, ...]


@dataclass(frozen=True, slots=True)
class Range(Node):
    """``@field:[low high]`` and its operator forms."""

    field: bytes
    low: Number
    high: Number
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Circle(Node):
    """``@field:[longitude latitude radius unit]``"""

    field: bytes
    longitude: Number
    latitude: Number
    radius: Number
    unit: Text


@dataclass(frozen=True, slots=True)
class Missing(Node):
    """``ismissing(@field)``: documents without a value."""

    field: bytes


@dataclass(frozen=True, slots=True)
class And(Node):
    """Every child must match."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or(Node):
    """Some child must match."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The child must not match."""

    child: Node


@dataclass(frozen=True, slots=True)
class Optional(Node):
    """Matches always; the child only raises the score."""

    child: Node


@dataclass(frozen=True, slots=True)
class Weighted(Node):
    """A child with ``=>{$weight: …}``."""

    child: Node
    weight: float


@dataclass(frozen=True, slots=True)
class Near(Node):
    """The words of ``child`` with at most ``slop`` others between them, None for any number, and perhaps in its order."""

    child: Node
    slop: int | None
    in_order: bool


@dataclass(frozen=True, slots=True)
class VectorRange(Node):
    """``@field:[VECTOR_RANGE radius $vector]``; ``yields`` names the distance, if it is named."""

    field: bytes
    radius: Number
    vector: Param
    yields: bytes | None = None


@dataclass(frozen=True, slots=True)
class Knn(Node):
    """``(filter)=>[KNN k @field $vector]``, always the root of its query."""

    filter: Node
    k: Number
    field: bytes
    vector: Param
    yields: bytes
    options: tuple[tuple[bytes, Text], ...] = ()


def walk(node: Node) -> Iterator[Node]:
    """A node and every node within it, from left to right."""
    waiting: list[Node] = [node]
    while waiting:
        each = waiting.pop()
        yield each
        if isinstance(each, And | Or):
            waiting.extend(reversed(each.children))
        elif isinstance(each, Not | Optional | Weighted | Near):
            waiting.append(each.child)
        elif isinstance(each, Knn):
            waiting.append(each.filter)
