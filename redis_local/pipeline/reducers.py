"""The functions of REDUCE: the values of a group to one value.

As in Redis a sum, a mean or an extreme of no numbers is 0, and a mean counts rows without the value too.
COUNT_DISTINCTISH and QUANTILE are exact, where Redis estimates.
Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/aggregations/
"""

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..sorting import comparable
from .steps import Reduce
from .table import Row, Value
from .values import to_number

MAX_SAMPLE = 1000
"""Values that RANDOM_SAMPLE may take."""


def _values(reduce: Reduce, rows: Sequence[Row]) -> list[Value]:
    assert reduce.of is not None
    return [value for row in rows if (value := row.get(reduce.of)) is not None]


def _numbers(reduce: Reduce, rows: Sequence[Row]) -> list[float]:
    numbers = map(to_number, _values(reduce, rows))
    return [number for number in numbers if number is not None]


def _elements(reduce: Reduce, rows: Sequence[Row]) -> list[Value]:
    """The values, and in the place of a list its elements."""
    elements: list[Value] = []
    for value in _values(reduce, rows):
        elements += value if isinstance(value, list) else [value]
    return elements


def _distinct(values: Sequence[Value]) -> list[Value]:
    return list({hashable(value): value for value in values}.values())


def hashable(value: Value) -> object:
    """What two values share if they are the same."""
    return tuple(map(hashable, value)) if isinstance(value, list) else value


def _deviation(reduce: Reduce, rows: Sequence[Row]) -> Value:
    """Of a sample: divided by one less than there are."""
    numbers = [number for each in _elements(reduce, rows) if (number := to_number(each)) is not None]
    if len(numbers) < 2:
        return 0.0
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / (len(numbers) - 1))


def _quantile(reduce: Reduce, rows: Sequence[Row]) -> Value:
    numbers = sorted(_numbers(reduce, rows))
    return numbers[max(0, math.ceil(reduce.parameter * len(numbers)) - 1)] if numbers else 0.0


def _first(reduce: Reduce, rows: Sequence[Row]) -> Value:
    assert reduce.of is not None
    if reduce.order is None:
        return rows[0].get(reduce.of) if rows else None
    by, descending = reduce.order
    having = [row for row in rows if row.get(reduce.of) is not None]
    if not having:
        return None
    best = (max if descending else min)(having, key=lambda row: comparable(row.get(by)))
    return best[reduce.of]


def _sample(reduce: Reduce, rows: Sequence[Row]) -> Value:
    values, size = _values(reduce, rows), int(reduce.parameter)
    if len(values) <= size:
        return values
    places = np.random.default_rng().choice(len(values), size, replace=False)
    return [values[place] for place in places.tolist()]


REDUCERS: dict[str, Callable[[Reduce, Sequence[Row]], Value]] = {
    "COUNT": lambda reduce, rows: float(len(rows)),
    "COUNT_DISTINCT": lambda reduce, rows: float(len(_distinct(_values(reduce, rows)))),
    "COUNT_DISTINCTISH": lambda reduce, rows: float(len(_distinct(_values(reduce, rows)))),
    "SUM": lambda reduce, rows: float(sum(_numbers(reduce, rows))),
    "MIN": lambda reduce, rows: min(_numbers(reduce, rows), default=0.0),
    "MAX": lambda reduce, rows: max(_numbers(reduce, rows), default=0.0),
    "AVG": lambda reduce, rows: float(sum(_numbers(reduce, rows))) / len(rows) if rows else 0.0,
    "STDDEV": _deviation,
    "QUANTILE": _quantile,
    "TOLIST": lambda reduce, rows: _distinct(_elements(reduce, rows)),
    "FIRST_VALUE": _first,
    "RANDOM_SAMPLE": _sample,
}
