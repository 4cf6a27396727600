"""FT.SEARCH: the documents that are returned, and the shape of the reply.

Source: https://redis.io/docs/latest/commands/ft.search/
"""

from collections.abc import Sequence
from functools import cache, partial

from .arguments import text
from .columns import NumericColumn, TextColumn
from .errors import CommandError
from .feed import Feed
from .fragments import Excerpts
from .index import Index
from .numerals import format_number, format_score
from .query.matched_terms import words_of
from .resp import Encoded, Reply
from .search import Found, execute
from .search_options import SearchOptions


async def search(feed: Feed, options: SearchOptions, protocol: int) -> Reply:
    """Run a search and read the hashes it returns."""
    found = execute(feed.index, options)
    keys = [feed.index.key(int(row)) for row in found.rows]
    if protocol == 2 and options.returns and not options.beside_content:
        if all(name in found.yields for name, _ in options.returns):
            return _distances_alone(found, keys, options.returns)
    contents = None
    if not (options.nocontent or options.returns == []):
        contents = await _contents(feed, found, keys, options)
        if options.highlight is not None or options.summarize is not None:
            contents = _excerpts(feed.index, found, contents, options)
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


def _excerpts(
    index: Index, found: Found, contents: list[dict[bytes, bytes] | None], options: SearchOptions
) -> list[dict[bytes, bytes] | None]:
    """The contents as HIGHLIGHT and SUMMARIZE show them.

    Raises:
        CommandError: the index was made without what they need.
    """
    for flag in ("NOOFFSETS", "NOHL"):
        if flag in index.definition.options:
            raise CommandError(f"Cannot use highlight/summarize because {flag} was specified at index level")
    language = options.language or index.definition.language
    excerpts = Excerpts(options.highlight, options.summarize, cache(partial(words_of, found.evaluator)), language)
    columns = {name: column for name, column in index.columns.items() if isinstance(column, TextColumn)}
    return [
        content and {name: excerpts.shown(name, columns.get(text(name)), value) for name, value in content.items()}
        for content in contents
    ]


def _score(found: Found, place: int, protocol: int) -> Reply:
    assert found.scores is not None
    score: Reply = float(found.scores[place])
    if protocol == 2:
        score = format_score(float(found.scores[place]))
    return score if found.notes is None else [score, found.notes[place]]


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
                row["score"] = _score(found, i, 3)
            if options.with_payloads:
                row["payload"] = None
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
            reply.append(_score(found, i, 2))
        if options.with_payloads:
            reply.append(None)
        if options.with_sort_keys:
            reply.append(found.sort_keys[i] if found.sort_keys else None)
        if contents is not None:
            content = contents[i]
            reply.append(None if content is None else content)
    return reply
