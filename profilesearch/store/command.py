"""Queries as the words of the Query Engine's commands.

A vector is the last word and the only one of bytes, so that a shell can be given the command, too.
"""

from ..names import COUNT, DISTANCE
from ..vectors import to_bytes
from .filter import Filter
from .query import KnnQuery

Words = tuple[str | bytes | int | float, ...]
"""A command: its name and its arguments."""

_DIALECT = ("DIALECT", "2")
_ALL_GROUPS = ("LIMIT", "0", "100000")


def search(index: str, query: KnnQuery, offset: int = 0, limit: int | None = None) -> Words:
    """FT.SEARCH for a query's keys and distances, nearest first; of the ``k`` a window if one is named.

    Source: https://redis.io/docs/latest/commands/ft.search/
    """
    effort = f" EF_RUNTIME {query.ef_runtime}" if query.ef_runtime is not None else ""
    text = f"{query.filter.text()}=>[KNN {query.k} @embedding $vec{effort} AS {DISTANCE}]"
    window = (str(offset), str(query.k if limit is None else limit))
    order = ("SORTBY", DISTANCE, "RETURN", "1", DISTANCE, "LIMIT", *window, *_DIALECT)
    return ("FT.SEARCH", index, text, *order, "PARAMS", "2", "vec", to_bytes(query.vector))


def count(index: str, admitted: Filter) -> Words:
    """FT.SEARCH that only counts."""
    return ("FT.SEARCH", index, admitted.text(), "LIMIT", "0", "0", *_DIALECT)


def count_by(index: str, admitted: Filter, field: str) -> Words:
    """FT.AGGREGATE that counts the profiles with each value of a field.

    Source: https://redis.io/docs/latest/commands/ft.aggregate/
    """
    grouping = ("GROUPBY", "1", f"@{field}", "REDUCE", "COUNT", "0", "AS", COUNT)
    return ("FT.AGGREGATE", index, admitted.text(), *grouping, *_ALL_GROUPS, *_DIALECT)
