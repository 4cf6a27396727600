"""FT.AGGREGATE: LOAD, GROUPBY with REDUCE, SORTBY and LIMIT, in the order in which they are given.

Source: https://redis.io/docs/latest/commands/ft.aggregate/
"""

from typing import TypeAlias

import numpy as np

from .aggregate_options import AggregateOptions, GroupBy, Limit, Load, SortBy, Step
from .arguments import text
from .columns import TextColumn, VectorColumn
from .errors import CommandError
from .feed import Feed
from .query.evaluator import Evaluator, Options
from .reducers import REDUCERS, Value
from .resp import Reply, format_number
from .search import parse_query, yields_of
from .sorting import sort_order

Row: TypeAlias = dict[bytes, Value]
KEY = b"__key"
_DEFAULT_SORTED = 10


async def aggregate(feed: Feed, options: AggregateOptions, protocol: int) -> Reply:
    """Run the query, then each step over its rows."""
    feed.index.drop_expired()
    feed.index.searches += 1
    node = parse_query(feed.index, options.query, options.dialect)
    _check_properties(feed, options.steps, set(yields_of(node)))
    matches = Evaluator(feed.index, Options(options.params, options.verbatim)).run(node)
    rows: list[Row] = [
        {KEY: feed.index.key(int(row))} | {name: float(values[i]) for name, values in matches.yields.items()}
        for i, row in enumerate(matches.rows)
    ]
    shown: list[bytes] = list(matches.yields)
    rows, shown, total = await _run(feed, options.steps, rows, shown)
    return _reply(rows, shown, total, protocol)


async def _run(
    feed: Feed, steps: list[Step], rows: list[Row], shown: list[bytes]
) -> tuple[list[Row], list[bytes], int]:
    total, grouped = len(rows), False
    for at, step in enumerate(steps):
        match step:
            case Load(fields):
                await _load(feed, rows, fields)
                shown = _all_names(rows) if fields is None else shown + [a for _, a in fields if a not in shown]
            case GroupBy():
                await _need(feed, rows, [*step.properties, *(r.property for r in step.reducers if r.property)], grouped)
                rows = _group(rows, step)
                shown = [*step.properties, *(reducer.name for reducer in step.reducers)]
                total, grouped = len(rows), True
            case SortBy():
                await _need(feed, rows, [name for name, _ in step.keys], grouped)
                rows = _sort(rows, step)
                shown = shown + [name for name, _ in step.keys if name not in shown]
                followed = any(isinstance(later, Limit) for later in steps[at + 1 :])
                if not followed:
                    rows = rows[: _DEFAULT_SORTED if step.most is None else step.most]
            case Limit(offset, count):
                rows = rows[offset : offset + count]
    return rows, shown, total


def _all_names(rows: list[Row]) -> list[bytes]:
    return list(dict.fromkeys(name for row in rows for name in row if name != KEY))


def _check_properties(feed: Feed, steps: list[Step], known: set[bytes]) -> None:
    known = known | {KEY} | {name.encode(errors="surrogateescape") for name in feed.index.columns}
    loads_all = False
    for step in steps:
        match step:
            case Load(fields):
                loads_all |= fields is None
                known |= {alias for _, alias in fields or ()}
            case GroupBy(properties, reducers):
                for name in (*properties, *(r.property for r in reducers if r.property)):
                    if name not in known and not loads_all:
                        raise CommandError(f"No such property `{text(name)}`")
                known, loads_all = {*properties, *(r.name for r in reducers)}, False
            case SortBy(keys):
                for name, _ in keys:
                    if name not in known and not loads_all:
                        raise CommandError(f"Property `{text(name)}` not loaded nor in schema")


async def _need(feed: Feed, rows: list[Row], names: list[bytes], grouped: bool) -> None:
    """Make sure that the rows have these properties, from the columns or from the hashes."""
    if grouped or not rows:
        return
    missing = [name for name in dict.fromkeys(names) if name not in rows[0]]
    await _load(feed, rows, tuple((name, name) for name in missing))


async def _load(feed: Feed, rows: list[Row], fields: tuple[tuple[bytes, bytes], ...] | None) -> None:
    if fields is None:
        hashes = await feed.read_all([_key(row) for row in rows])
        for row, found in zip(rows, hashes, strict=True):
            row.update(found or {})
        return
    stored: list[tuple[bytes, bytes]] = []
    for name, alias in fields:
        column = feed.index.column(name)
        if column is None or isinstance(column, VectorColumn | TextColumn):
            if name != KEY:
                stored.append((name, alias))
            continue
        for row in rows:
            at = feed.index.row(_key(row))
            row[alias] = None if at is None else column.get(at)
    identifiers = [feed.index.identifier(name) for name, _ in stored]
    if not stored:
        return
    for row, values in zip(rows, await feed.read_fields([_key(row) for row in rows], identifiers), strict=True):
        row.update({alias: value for (_, alias), value in zip(stored, values, strict=True)})


def _key(row: Row) -> bytes:
    key = row[KEY]
    assert isinstance(key, bytes)
    return key


def _group(rows: list[Row], step: GroupBy) -> list[Row]:
    groups: dict[tuple[Value, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(name) for name in step.properties), []).append(row)
    return [
        dict(zip(step.properties, values, strict=True))
        | {r.name: REDUCERS[r.function]([] if r.property is None else [row.get(r.property) for row in members], len(members))
           for r in step.reducers}
        for values, members in groups.items()
    ]  # fmt: skip


def _sort(rows: list[Row], step: SortBy) -> list[Row]:
    for name, descending in reversed(step.keys):
        places = np.arange(len(rows), dtype=np.int64)
        order = sort_order([row.get(name) for row in rows], -places if descending else places, descending)
        rows = [rows[int(position)] for position in order]
    return rows


def _reply(rows: list[Row], shown: list[bytes], total: int, protocol: int) -> Reply:
    contents: list[dict[bytes, bytes]] = [
        {name: value if isinstance(value, bytes) else format_number(value)
         for name in shown if (value := row.get(name)) is not None}
        for row in rows
    ]  # fmt: skip
    if protocol == 3:
        results: list[Reply] = [{"extra_attributes": content, "values": []} for content in contents]
        return {"attributes": [], "format": "STRING", "results": results, "total_results": total, "warning": []}
    return [total, *contents]
