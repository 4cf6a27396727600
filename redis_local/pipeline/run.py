"""Runs steps over a table."""

from collections.abc import Iterable, Sequence

import numpy as np

from ..columns import NumericColumn, TagColumn
from ..feed import Feed
from ..sorting import sort_order, sort_value
from .reducers import REDUCERS
from .steps import GroupBy, Limit, Load, SortBy, Step
from .table import KEY, Row, Table, Value

_DEFAULT_SORTED = 10


async def run_steps(feed: Feed, steps: Sequence[Step], table: Table) -> Table:
    """Run each step over the table, in order; the table given is used up.

    A step that uses a property of the schema which the rows lack loads it first.

    Raises:
        CommandError: a step cannot be run.
        ConnectionError: the redis-server went away while hashes were read.
    """
    rows, shown, total = table.rows, table.shown, table.total
    loaded = {KEY, *shown}
    for at, step in enumerate(steps):
        match step:
            case Load(fields):
                await _load(feed, rows, fields)
                loaded |= set(_all_names(rows) if fields is None else [alias for _, alias in fields])
                shown = _all_names(rows) if fields is None else shown + [a for _, a in fields if a not in shown]
            case GroupBy():
                await _need(feed, rows, [*step.properties, *(r.property for r in step.reducers if r.property)], loaded)
                rows = _group(rows, step)
                shown = [*step.properties, *(reducer.name for reducer in step.reducers)]
                total, loaded = len(rows), set(shown)
            case SortBy():
                await _need(feed, rows, [name for name, _ in step.keys], loaded)
                rows = _sort(rows, step)
                shown = shown + [name for name, _ in step.keys if name not in shown]
                followed = any(isinstance(later, Limit) for later in steps[at + 1 :])
                if not followed:
                    rows = rows[: _DEFAULT_SORTED if step.most is None else step.most]
            case Limit(offset, count):
                rows = rows[offset : offset + count]
    return Table(rows, shown, total)


def _all_names(rows: list[Row]) -> list[bytes]:
    return list(dict.fromkeys(name for row in rows for name in row if name != KEY))


async def _need(feed: Feed, rows: list[Row], names: list[bytes], loaded: set[bytes]) -> None:
    """Make sure that the rows have these properties, from the columns or from the hashes.

    A SORTABLE text or tag that was not loaded reads as Redis sorts it: folded, unless the field says UNF.
    """
    missing = [name for name in dict.fromkeys(names) if name not in loaded]
    unsorted = []
    for name in missing:
        column = feed.index.column(name)
        if column is not None and column.field.sortable:
            places = [feed.index.row(_key(row)) for row in rows]
            _fill(rows, name, [None if at is None else sort_value(column, at) for at in places])
        else:
            unsorted.append((name, name))
    if unsorted:
        await _load(feed, rows, tuple(unsorted))
    loaded.update(missing)


async def _load(feed: Feed, rows: list[Row], fields: tuple[tuple[bytes, bytes], ...] | None) -> None:
    """Read fields into the rows; a row without the field stays without it."""
    keys = [_key(row) for row in rows]
    if fields is None:
        for row, found in zip(rows, await feed.read_all(keys), strict=True):
            row.update(found or {})
        return
    stored: list[tuple[bytes, bytes]] = []
    for name, alias in fields:
        column = feed.index.column(name)
        if isinstance(column, NumericColumn | TagColumn):
            _fill(rows, alias, [None if at is None else column.get(at) for at in map(feed.index.row, keys)])
        elif name != KEY:
            stored.append((name, alias))
    if stored:
        values = await feed.read_fields(keys, [feed.index.identifier(name) for name, _ in stored])
        for (_, alias), column_values in zip(stored, zip(*values, strict=True), strict=False):
            _fill(rows, alias, column_values)


def _fill(rows: list[Row], name: bytes, values: Iterable[Value]) -> None:
    for row, value in zip(rows, values, strict=True):
        if value is not None:
            row[name] = value


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
        last = [name not in row for row in rows]
        order = sort_order(
            [_sortable(row.get(name)) for row in rows], -places if descending else places, descending, last
        )
        rows = [rows[int(position)] for position in order]
    return rows


def _sortable(value: Value) -> float | bytes | None:
    """A list sorts by its first element."""
    while isinstance(value, list):
        value = value[0] if value else None
    return value
