"""The steps, frozen.

Source: https://redis.io/docs/latest/commands/ft.aggregate/
"""

from dataclasses import dataclass
from typing import TypeAlias

from .expression import Expression


@dataclass(frozen=True)
class Load:
    """LOAD: pairs of field and alias, or None for every field of the hash."""

    fields: tuple[tuple[bytes, bytes], ...] | None


@dataclass(frozen=True)
class Apply:
    """APPLY: a property that an expression makes of each row."""

    expression: Expression
    name: bytes


@dataclass(frozen=True)
class Filter:
    """FILTER: keep the rows of which an expression is true."""

    expression: Expression


@dataclass(frozen=True)
class Reduce:
    """One REDUCE: a function of a property, and the name of its result.

    Attributes:
        of: the property; None for COUNT.
        order: of FIRST_VALUE … BY, the property and whether it descends.
        parameter: the quantile of QUANTILE, 0 to 1, or the size of RANDOM_SAMPLE.
    """

    function: str
    of: bytes | None
    name: bytes
    order: tuple[bytes, bool] | None = None
    parameter: float = 0.0

    @property
    def uses(self) -> tuple[bytes, ...]:
        """The properties that it reads."""
        return tuple(each for each in (self.of, self.order and self.order[0]) if each)


@dataclass(frozen=True)
class GroupBy:
    """GROUPBY: one row for each combination of the properties' values."""

    properties: tuple[bytes, ...]
    reducers: tuple[Reduce, ...]


@dataclass(frozen=True)
class Arrange:
    """SORTBY and LIMIT, which are one step wherever they stand between two GROUPBY.

    Attributes:
        keys: pairs of property and whether it descends; none leaves the rows in their order.
        window: offset and count; None where neither LIMIT nor MAX says.
    """

    keys: tuple[tuple[bytes, bool], ...] = ()
    window: tuple[int, int] | None = None


Step: TypeAlias = Load | Apply | Filter | GroupBy | Arrange
