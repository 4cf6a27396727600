"""FT.SEARCH: options, execution, and the shape of its reply.

Source: https://redis.io/docs/latest/commands/ft.search/
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from .arguments import Arguments, text
from .columns import Floats, NumericColumn, TextColumn, VectorColumn, fold
from .errors import CommandError, unsupported
from .feed import Feed
from .index import Index
from .query.evaluator import Evaluator, Matches, Options, Scorer
from .query.nodes import And, Knn, Node, Range, VectorRange
from .query.parser import parse
from .resp import Encoded, Reply, format_number

MAX_RESULTS = 1_000_000
DEFAULT_DIALECT = 1
_IGNORED_FLAGS = ("NOSTOPWORDS",)
_NOT_SUPPORTED = ("GEOFILTER", "SUMMARIZE", "HIGHLIGHT", "SLOP", "INORDER", "EXPANDER", "EXPLAINSCORE", "PAYLOAD",
                  "WITHPAYLOADS", "_NUM_SSTRING", "WITHCOUNT", "WITHOUTCOUNT")  # fmt: skip


@dataclass
class SearchOptions:
    """What FT.SEARCH says after the query text."""

    query: bytes = b""
    nocontent: bool = False
    verbatim: bool = False
    with_scores: bool = False
    with_sort_keys: bool = False
    filters: list[Range] = field(default_factory=list)
    inkeys: list[bytes] | None = None
    infields: tuple[bytes, ...] = ()
    returns: list[tuple[bytes, bytes]] | None = None
    sort_by: bytes | None = None
    descending: bool = False
    offset: int = 0
    limit: int = 10
    params: dict[bytes, bytes] = field(default_factory=dict)
    dialect: int = DEFAULT_DIALECT


def read_dialect(args: Arguments) -> int:
    raw = args.raw("DIALECT")
    if raw not in (b"1", b"2", b"3", b"4"):
        raise CommandError("DIALECT requires a non negative integer >=1 and <= 4")
    return int(raw)


def read_params(args: Arguments) -> dict[bytes, bytes]:
    values = args.counted_raw("PARAMS")
    if len(values) % 2:
        raise CommandError("Parameters must be specified in PARAM VALUE pairs")
    return dict(zip(values[::2], values[1::2], strict=True))


def read_limit(args: Arguments) -> tuple[int, int]:
    try:
        offset, limit = args.integer("LIMIT"), args.integer("LIMIT")
    except CommandError:
        raise CommandError("LIMIT needs two numeric arguments") from None
    if limit > MAX_RESULTS:
        raise CommandError(f"LIMIT exceeds maximum of {MAX_RESULTS}")
    if offset > MAX_RESULTS:
        raise CommandError(f"OFFSET exceeds maximum of {MAX_RESULTS}")
    return offset, limit


def read_search(args: Arguments) -> SearchOptions:
    """Read FT.SEARCH's arguments from the query text on.

    Raises:
        CommandError: an option is unknown, malformed, or not supported.
    """
    options = SearchOptions(query=args.raw())
    while args:
        position = args.position
        word = args.word()
        if word in _READERS:
            _READERS[word](options, args)
        elif word in _NOT_SUPPORTED:
            raise unsupported(f"FT.SEARCH … {word}")
        elif word not in _IGNORED_FLAGS:
            raise CommandError(f"Unknown argument `{word}` at position {position} for <main>")
    return options


def _read_filter(options: SearchOptions, args: Arguments) -> None:
    name = args.raw("FILTER")
    (low, low_open), (high, high_open) = _read_bound(args), _read_bound(args)
    options.filters.append(Range(0, name, low, high, low_open, high_open))


def _read_bound(args: Arguments) -> tuple[float, bool]:
    raw = args.raw("FILTER")
    try:
        return float(raw.removeprefix(b"(")), raw.startswith(b"(")
    except ValueError:
        raise CommandError(f"Bad lower range: {text(raw)}") from None


def _read_return(options: SearchOptions, args: Arguments) -> None:
    words = args.counted_raw("RETURN")
    options.returns = []
    while words:
        name = words.pop(0)
        alias = name
        if len(words) >= 2 and words[0].upper() == b"AS":
            alias, words = words[1], words[2:]
        elif words and words[0].upper() == b"AS":
            raise CommandError("RETURN path AS name - must be accompanied with NAME")
        options.returns.append((name, alias))


def _read_sort(options: SearchOptions, args: Arguments) -> None:
    options.sort_by = args.raw("SORTBY").removeprefix(b"@")
    if args.peek("ASC", "DESC"):
        options.descending = args.word() == "DESC"


def _read_limit(options: SearchOptions, args: Arguments) -> None:
    options.offset, options.limit = read_limit(args)


def _read_scorer(options: SearchOptions, args: Arguments) -> None:
    name = args.text("SCORER")
    if name != "BM25STD":
        raise unsupported(f"the scorer {name}")


def _read_language(options: SearchOptions, args: Arguments) -> None:
    language = args.text("LANGUAGE").lower()
    if language != "english":
        raise unsupported(f"a query in another language than English ({language})")


_READERS = {
    "NOCONTENT": lambda options, args: setattr(options, "nocontent", True),
    "VERBATIM": lambda options, args: setattr(options, "verbatim", True),
    "WITHSCORES": lambda options, args: setattr(options, "with_scores", True),
    "WITHSORTKEYS": lambda options, args: setattr(options, "with_sort_keys", True),
    "FILTER": _read_filter,
    "INKEYS": lambda options, args: setattr(options, "inkeys", args.counted_raw("INKEYS")),
    "INFIELDS": lambda options, args: setattr(options, "infields", tuple(args.counted_raw("INFIELDS"))),
    "RETURN": _read_return,
    "SORTBY": _read_sort,
    "LIMIT": _read_limit,
    "PARAMS": lambda options, args: setattr(options, "params", read_params(args)),
    "DIALECT": lambda options, args: setattr(options, "dialect", read_dialect(args)),
    "TIMEOUT": lambda options, args: args.integer("TIMEOUT"),
    "SCORER": _read_scorer,
    "LANGUAGE": _read_language,
}


def parse_query(index: Index, query: bytes, dialect: int) -> Node:
    """Parse a query for an index, and check the names its distances would take."""
    node = parse(query, dialect, index.definition.stopword_set)
    for name in yields_of(node):
        if index.column(name) is not None:
            raise CommandError(f"Property `{text(name)}` already exists in schema")
    return node


def yields_of(node: Node) -> list[bytes]:
    """The names of the distances that a query yields."""
    if isinstance(node, Knn):
        return [node.yields, *yields_of(node.filter)]
    if isinstance(node, VectorRange):
        return [node.yields] if node.yields is not None else []
    if isinstance(node, And) or hasattr(node, "children"):
        return [name for child in getattr(node, "children", ()) for name in yields_of(child)]
    child = getattr(node, "child", None)
    return yields_of(child) if child is not None else []


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
    evaluator = Evaluator(index, Options(options.params, options.verbatim, options.infields))
    matches = _within_keys(index, evaluator.run(node), options.inkeys)
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
        keys = [_sort_key(values[position]) for position in order] if options.with_sort_keys else None
        scores = Scorer(evaluator).scores(node, matches.rows[order]) if options.with_scores else None
        return _taken(matches, order), scores, keys
    if not index.text_columns() and not options.with_scores:  # without words every document scores the same
        order = np.argsort(index.numbers[matches.rows], kind="stable")
        return _taken(matches, order), None, [None] * len(order)
    scores = Scorer(evaluator).scores(node, matches.rows)
    order = np.lexsort((index.numbers[matches.rows], -scores))
    return _taken(matches, order), scores[order], [None] * len(order)


def sort_values(index: Index, name: bytes, rows: npt.NDArray[np.intp]) -> list[float | bytes | None]:
    """What to sort by, one value a row: numbers as numbers, text folded unless the field says UNF."""
    column = index.column(name)
    if isinstance(column, NumericColumn):
        return [column.get(int(row)) for row in rows]
    if column is None or isinstance(column, VectorColumn):
        return [None] * len(rows)
    if isinstance(column, TextColumn) and not column.field.sortable:
        raise unsupported(f"SORTBY a TEXT field that is not SORTABLE ({text(name)})")
    values = [column.get(int(row)) for row in rows]
    if column.field.sortable and not column.field.unf:
        return [None if value is None else fold(value) for value in values]
    return list(values)


def sort_order(
    values: list[float | bytes | None], numbers: npt.NDArray[np.int64], descending: bool
) -> npt.NDArray[np.intp]:
    """Positions in sorted order: equal values by document number, missing ones last, NaN after numbers."""
    order = sorted(range(len(values)), key=lambda i: int(numbers[i]), reverse=descending)
    order.sort(key=lambda i: _comparable(values[i]), reverse=descending)
    missing = [i for i in order if values[i] is None]
    return np.array([i for i in order if values[i] is not None] + missing, np.intp)


def _comparable(value: float | bytes | None) -> tuple[int, float | bytes]:
    if value is None:
        return (0, 0.0)
    if isinstance(value, bytes):
        return (1, value)
    return (3, 0.0) if value != value else (2, value)


def _sort_key(value: float | bytes | None) -> bytes | None:
    if value is None:
        return None
    return b"#" + format_number(value) if isinstance(value, float) else b"$" + value


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
        return [None if h is None else y | h for y, h in zip(yields, hashes, strict=True)]
    stored = [(name, alias) for name, alias in options.returns if name not in found.yields]
    named = [(name, alias) for name, alias in options.returns if name in found.yields]
    values = await feed.read_fields(keys, [feed.index.identifier(name) for name, _ in stored])
    return [
        {alias: y[name] for name, alias in named}
        | {alias: value for (_, alias), value in zip(stored, row, strict=True) if value is not None}
        for y, row in zip(yields, values, strict=True)
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
