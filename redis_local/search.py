"""FT.SEARCH: execution, and the shape of its reply.

Source: https://redis.io/docs/latest/commands/ft.search/
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .arguments import text
from .columns import Floats, NumericColumn
from .errors import CommandError
from .feed import Feed
from .index import Index
from .numerals import format_number
from .query.evaluator import Evaluator, Matches, Options
from .query.nodes import And, Knn, Node, Range, VectorRange, walk
from .query.parser import parse
from .query.scorer import Scorer
from .resp import Encoded, Reply
from .search_options import SearchOptions
from .sorting import sort_key, sort_order, sort_values


def parse_query(index: Index, query: bytes, dialect: int) -> Node:
    """Parse a query for an index, and check the names its distances would take."""
    node = parse(query, dialect, index.vocabulary.stopwords)
    for name in yields_of(node):
        if index.column(name) is not None:
            raise CommandError(f"Property `{text(name)}` already exists in schema")
    return node


def yields_of(node: Node) -> list[bytes]:
    """The names of the distances that a query yields."""
    vectors = [each for each in walk(node) if isinstance(each, Knn | VectorRange)]
    return [each.yields for each in vectors if each.yields is not None]


@dataclass(frozen=True)
class Found:
    """An evaluated search, before any hash is read."""

    total: int
    rows: npt.NDArray[np.intp]
    yields: dict[bytes, Floats]
    scores: Floats | None
    sort_keys: list[bytes | None] | None


def execute(index: Index, options: SearchOptions) -> Found:
    """Evaluate, order and cut a search.

    Raises:
        CommandError: the query or the sort field is wrong.
    """
    index.drop_expired()
    index.searches += 1
    node = parse_query(index, options.query, options.dialect)
    if options.sort_by is not None and options.sort_by not in yields_of(node) and index.column(options.sort_by) is None:
        raise CommandError(f"Property `{text(options.sort_by)}` not loaded nor in schema")
    if options.filters:
        node = _with_filters(node, options.filters)
    evaluator = Evaluator(index, Options(options.params, options.verbatim, options.infields), node)
    matches = _within_keys(index, evaluator.run(), options.inkeys)
    matches, scores, keys = _ordered(index, evaluator, node, matches, options)
    window = slice(options.offset, options.offset + options.limit)
    return Found(
        len(matches.rows), matches.rows[window], {name: values[window] for name, values in matches.yields.items()},
        None if scores is None else scores[window], None if keys is None else keys[window],
    )  # fmt: skip


def _with_filters(node: Node, filters: list[Range]) -> Node:
    if isinstance(node, Knn):
        inner = And(0, (node.filter, *filters))
        return Knn(node.position, inner, node.k, node.field, node.vector, node.yields, node.options)
    return And(0, (node, *filters))


def _within_keys(index: Index, matches: Matches, keys: list[bytes] | None) -> Matches:
    if keys is None:
        return matches
    wanted = [row for key in keys if (row := index.row(key)) is not None]
    return _taken(matches, np.flatnonzero(np.isin(matches.rows, wanted)))


def _taken(matches: Matches, positions: npt.NDArray[np.intp]) -> Matches:
    return Matches(matches.rows[positions], {name: values[positions] for name, values in matches.yields.items()})


def _ordered(
    index: Index, evaluator: Evaluator, node: Node, matches: Matches, options: SearchOptions
) -> tuple[Matches, Floats | None, list[bytes | None] | None]:
    nearest_first = isinstance(node, Knn) and options.sort_by == node.yields and not options.descending
    if nearest_first and not (options.with_scores or options.with_sort_keys):
        return matches, None, None
    if options.sort_by is not None:
        if options.sort_by in matches.yields:
            values: list[float | bytes | None] = [float(v) for v in matches.yields[options.sort_by]]
        else:
            values = sort_values(index, options.sort_by, matches.rows)
        order = sort_order(values, index.numbers[matches.rows], options.descending)
        keys = [sort_key(values[position]) for position in order] if options.with_sort_keys else None
        scores = Scorer(evaluator).scores(node, matches.rows[order]) if options.with_scores else None
        return _taken(matches, order), scores, keys
    if not index.text_columns() and not options.with_scores:  # without words every document scores the same
        order = np.argsort(index.numbers[matches.rows], kind="stable")
        return _taken(matches, order), None, [None] * len(order)
    scores = Scorer(evaluator).scores(node, matches.rows)
    order = np.lexsort((index.numbers[matches.rows], -scores))
    return _taken(matches, order), scores[order], [None] * len(order)


async def search(feed: Feed, options: SearchOptions, protocol: int) -> Reply:
    """Run a search and read the hashes it returns."""
    found = execute(feed.index, options)
    keys = [feed.index.key(int(row)) for row in found.rows]
    if protocol == 2 and options.returns and not (options.nocontent or options.with_scores or options.with_sort_keys):
        if all(name in found.yields for name, _ in options.returns):
            return _distances_alone(found, keys, options.returns)
    contents = None
    if not (options.nocontent or options.returns == []):
        contents = await _contents(feed, found, keys, options)
    return _reply(found, keys, contents, options, protocol)


def _distances_alone(found: Found, keys: list[bytes], returns: list[tuple[bytes, bytes]]) -> Encoded:
    """The reply to a search that returns no more than distances, written at once: it is asked for deep lists."""
    columns = [
        (b"$%d\r\n%b\r\n$" % (len(alias), alias), [format_number(value) for value in found.yields[name].tolist()])
        for name, alias in returns
    ]
    parts = [b"*%d\r\n:%d\r\n" % (1 + 2 * len(keys), found.total)]
    fields = b"*%d\r\n" % (2 * len(columns))
    for row, key in enumerate(keys):
        parts.append(b"$%d\r\n%b\r\n%b" % (len(key), key, fields))
        parts.extend(b"%b%d\r\n%b\r\n" % (head, len(values[row]), values[row]) for head, values in columns)
    return Encoded(b"".join(parts))


async def _contents(
    feed: Feed, found: Found, keys: list[bytes], options: SearchOptions
) -> list[dict[bytes, bytes] | None]:
    yields = [
        {name: format_number(float(values[i])) for name, values in found.yields.items()} for i in range(len(keys))
    ]
    if options.returns is None:
        hashes = await feed.read_all(keys)
        first = options.sort_by
        return [
            None if h is None else y | ({first: h[first]} if first in h else {}) | h
            for y, h in zip(yields, hashes, strict=True)
        ]
    returns = sorted(options.returns, key=lambda pair: (pair[0] not in found.yields, pair[1] != options.sort_by))
    columns: dict[bytes, Sequence[bytes | None]] = {}
    stored: list[tuple[bytes, bytes]] = []
    for name, alias in returns:
        columns[alias] = ()
        if name in found.yields:
            columns[alias] = [y[name] for y in yields]
        elif isinstance(column := feed.index.column(name), NumericColumn):
            columns[alias] = [None if n is None else format_number(n) for n in map(column.get, found.rows.tolist())]
        else:
            stored.append((name, alias))
    values = await feed.read_fields(keys, [feed.index.identifier(name) for name, _ in stored])
    columns |= zip((alias for _, alias in stored), zip(*values, strict=True), strict=False)
    return [
        {alias: value for alias, column in columns.items() if (value := column[i]) is not None}
        for i in range(len(keys))
    ]


def _reply(
    found: Found,
    keys: list[bytes],
    contents: list[dict[bytes, bytes] | None] | None,
    options: SearchOptions,
    protocol: int,
) -> Reply:
    if protocol == 3:
        results: list[Reply] = []
        for i, key in enumerate(keys):
            row: dict[str | bytes, Reply] = {"id": key}
            if options.with_scores and found.scores is not None:
                row["score"] = float(found.scores[i])
            if options.with_sort_keys:
                row["sortkey"] = found.sort_keys[i] if found.sort_keys else None
            if contents is not None:
                row["extra_attributes"] = contents[i] or {}
            results.append(row | {"values": []})
        return {"attributes": [], "format": "STRING", "results": results, "total_results": found.total, "warning": []}
    reply: list[Reply] = [found.total]
    for i, key in enumerate(keys):
        reply.append(key)
        if options.with_scores and found.scores is not None:
            reply.append(float(found.scores[i]))
        if options.with_sort_keys:
            reply.append(found.sort_keys[i] if found.sort_keys else None)
        if contents is not None:
            content = contents[i]
            reply.append(None if content is None else content)
    return reply
