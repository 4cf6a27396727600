"""The steps, frozen.

Source: https://redis.io/docs/latest/commands/ft.aggregate/
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Load:
    """LOAD: pairs of field and alias, or None for every field of the hash."""

    fields: tuple[tuple[bytes, bytes], ...] | None


@dataclass(frozen=True)
class Reduce:
    """One REDUCE: a function of a property, and the name of its result."""

    function: str
    property: bytes | None
    name: bytes


@dataclass(frozen=True)
class GroupBy:
    """GROUPBY: one row for each combination of the properties' values."""

    properties: tuple[bytes, ...]
    reducers: tuple[Reduce, ...]


@dataclass(frozen=True)
class SortBy:
    """SORTBY: pairs of property and whether it descends; ``most`` is MAX, None where it is not given."""

    keys: tuple[tuple[bytes, bool], ...]
    most: int | None = None


@dataclass(frozen=True)
class Limit:
    """LIMIT: skip ``offset`` rows, keep ``count``."""

    offset: int
    count: int


Step: TypeAlias = Load | GroupBy | SortBy | Limit
