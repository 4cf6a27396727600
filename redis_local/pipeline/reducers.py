"""The functions of REDUCE: the values of a group to one value.

Source: https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/aggregations/
"""

from collections.abc import Callable

from ..numerals import parse_number
from .table import Value


def _numbers(values: list[Value]) -> list[float]:
    numbers = []
    for value in values:
        try:
            if isinstance(value, bytes | float):
                numbers.append(value if isinstance(value, float) else parse_number(value))
        except ValueError:
            continue
    return numbers


REDUCERS: dict[str, Callable[[list[Value], int], Value]] = {
    "COUNT": lambda values, count: float(count),
    "COUNT_DISTINCT": lambda values, count: float(len({repr(value) for value in values if value is not None})),
    "SUM": lambda values, count: sum(numbers) if (numbers := _numbers(values)) else float("nan"),
    "MIN": lambda values, count: min(_numbers(values), default=float("inf")),
    "MAX": lambda values, count: max(_numbers(values), default=float("-inf")),
    "AVG": lambda values, count: sum(numbers) / len(numbers) if (numbers := _numbers(values)) else float("nan"),
}
