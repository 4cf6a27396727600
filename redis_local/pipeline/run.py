"""Runs steps over a table."""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import cast

import numpy as np

from ..columns import NumericColumn, TagColumn
from ..errors import CommandError
from ..feed import Feed
from ..sorting import sort_order, sort_value
from .evaluation import evaluate
from .expression import Expression, properties_of
from .reducers import REDUCERS, hashable
from .steps import Apply, Arrange, Filter, GroupBy, Load, Step
from .table import KEY, Row, Table, Value
from .values import EvaluationError, is_true

_DEFAULT_SORTED = 10
_MOST_GROUPED = 1_000_000


async def run_steps(feed: Feed, steps: Sequence[Step], table: Table) -> Table:
    """Run each step over the table, in order; the table given is used up.

    A step that uses a property of the schema which the rows lack loads it first. Where an expression has no value for a
    row, the rows end before it and the table's ``warning`` says why.

    Raises:
        CommandError: a step cannot be run, or no row is left before one that an expression has no value for.
        ConnectionError: the redis-server went away while hashes were read.
    """
    run = _Run(feed, table)
    for step in steps:
        match step:
            case Load(fields):
                await run.load(fields)
            case Apply(expression, name):
                await run.apply(expression, name)
            case Filter(expression):
                await run.filter(expression)
            case GroupBy():
                await run.group(step)
            case Arrange():
                await run.arrange(step)
    if table.warning is not None and not table.rows:
        raise EvaluationError(table.warning)
    return table


class _Run:
    """A table on its way through the steps."""

    def __init__(self, feed: Feed, table: Table) -> None:
        self._feed = feed
        self._table = table
        self._loaded = {KEY, *table.shown}

    def _show(self, names: Iterable[bytes]) -> None:
        self._table.shown += [name for name in dict.fromkeys(names) if name not in self._table.shown]

    # ------------------------------------------------------------ steps
    async def load(self, fields: tuple[tuple[bytes, bytes], ...] | None) -> None:
        rows = self._table.rows
        if fields is None:
            for row, found in zip(rows, await self._feed.read_all(_keys(rows)), strict=True):
                row.update(found or {})
            names = list(dict.fromkeys(name for row in rows for name in row if isinstance(row[name], bytes)))
            names = [name for name in names if name != KEY]
        else:
            await self._read(fields)
            names = [alias for _, alias in fields]
        self._loaded.update(names)
        self._show(names)

    async def apply(self, expression: Expression, name: bytes) -> None:
        await self._use(properties_of(expression))
        for number, row in enumerate(self._table.rows):
            try:
                row[name] = evaluate(expression, row)
            except EvaluationError as error:
                self._end_before(number, error)
                break
        self._loaded.add(name)
        self._show([name])

    async def filter(self, expression: Expression) -> None:
        await self._use(properties_of(expression))
        kept: list[Row] = []
        for number, row in enumerate(self._table.rows):
            try:
                if is_true(evaluate(expression, row)):
                    kept.append(row)
            except EvaluationError as error:
                self._end_before(number, error)
                break
        self._table.rows = kept

    async def group(self, step: GroupBy) -> None:
        self._require_all()
        await self._need([*step.properties, *(name for reduce in step.reducers for name in reduce.uses)])
        table = self._table
        table.rows = _grouped(table.rows, step)
        table.shown = [*step.properties, *(reduce.name for reduce in step.reducers)]
        table.total, self._loaded = len(table.rows), {KEY, *table.shown}

    async def arrange(self, step: Arrange) -> None:
        table = self._table
        if step.keys:
            self._require_all()
            await self._use([name for name, _ in step.keys])
            table.rows = _sorted(table.rows, step)
        offset, count = step.window or (0, _DEFAULT_SORTED if step.keys else len(table.rows))
        if table.warning is not None and len(table.rows) >= offset + count > 0:
            table.warning = None
        table.rows = table.rows[offset : offset + count]

    def _end_before(self, number: int, error: EvaluationError) -> None:
        del self._table.rows[number:]
        self._table.warning = str(error)

    def _require_all(self) -> None:
        """A step that needs every row cannot do with those before a row without a value."""
        if self._table.warning is not None:
            raise EvaluationError(self._table.warning)

    # ------------------------------------------------------------ properties
    async def _use(self, names: Sequence[bytes]) -> None:
        """Make sure that the rows have these properties, and show them."""
        await self._need(names)
        self._show(names)

    async def _need(self, names: Sequence[bytes]) -> None:
        """Make sure that the rows have these properties, from the columns or from the hashes.

        A SORTABLE text or tag that was not loaded reads as Redis sorts it: folded, unless the field says UNF.
        """
        index, rows = self._feed.index, self._table.rows
        missing = [name for name in dict.fromkeys(names) if name not in self._loaded]
        stored = []
        for name in missing:
            column = index.column(name)
            if column is not None and column.field.sortable:
                places = list(map(index.row, _keys(rows)))
                _fill(rows, name, [None if at is None else sort_value(column, at) for at in places])
            else:
                stored.append((name, name))
        if stored:
            await self._read(tuple(stored))
        self._loaded.update(missing)

    async def _read(self, fields: tuple[tuple[bytes, bytes], ...]) -> None:
        """Read fields into the rows; a row without the field stays without it."""
        index, rows = self._feed.index, self._table.rows
        keys = _keys(rows)
        stored: list[tuple[bytes, bytes]] = []
        for name, alias in fields:
            column = index.column(name)
            if isinstance(column, NumericColumn | TagColumn):
                _fill(rows, alias, [None if at is None else column.get(at) for at in map(index.row, keys)])
            elif name == KEY:
                _fill(rows, alias, keys)
            else:
                stored.append((name, alias))
        if stored:
            values = await self._feed.read_fields(keys, [index.identifier(name) for name, _ in stored])
            for (_, alias), column_values in zip(stored, zip(*values, strict=True), strict=False):
                _fill(rows, alias, column_values)


def _fill(rows: list[Row], name: bytes, values: Iterable[Value]) -> None:
    for row, value in zip(rows, values, strict=True):
        if value is not None:
            row[name] = value


def _keys(rows: list[Row]) -> list[bytes]:
    return cast(list[bytes], [row[KEY] for row in rows])


def _grouped(rows: list[Row], step: GroupBy) -> list[Row]:
    """One row for each group; a row whose property is a list belongs to a group for each element."""
    groups: dict[object, tuple[tuple[Value, ...], list[Row]]] = {}
    placed = 0
    for row in rows:
        values = tuple([row.get(name) for name in step.properties])
        try:
            groups[values][1].append(row)
            placed += 1
            continue
        except KeyError:
            combinations: Iterable[tuple[Value, ...]] = (values,)
        except TypeError:  # a list among them
            combinations = product(*[(value or [None]) if isinstance(value, list) else (value,) for value in values])
        for combination in combinations:
            groups.setdefault(tuple(map(hashable, combination)), (combination, []))[1].append(row)
            placed += 1
        if placed > _MOST_GROUPED:
            raise CommandError(f"ERR GROUPBY makes more than {_MOST_GROUPED} rows, too many for redis_local")
    return [
        dict(zip(step.properties, combination, strict=True))
        | {reduce.name: REDUCERS[reduce.function](reduce, members) for reduce in step.reducers}
        for combination, members in groups.values()
    ]


def _sorted(rows: list[Row], step: Arrange) -> list[Row]:
    """Equal rows come in the order of their documents, or against it if the last key descends."""
    if step.keys and step.keys[-1][1]:
        rows = rows[::-1]
    for name, descending in reversed(step.keys):
        places = np.arange(len(rows), dtype=np.int64)
        last = [name not in row for row in rows]
        values = [_first(row.get(name)) for row in rows]
        order = sort_order(values, -places if descending else places, descending, last)
        rows = [rows[position] for position in order.tolist()]
    return rows


def _first(value: Value) -> float | bytes | None:
    """A list sorts by its first element."""
    while isinstance(value, list):
        value = value[0] if value else None
    return value
