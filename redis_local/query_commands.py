"""Commands that ask an index."""

import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from .aggregate import aggregate
from .aggregate_options import read_aggregate
from .arguments import Arguments
from .columns import TagColumn
from .context import Command, Context
from .errors import CommandError
from .feed import Feed
from .hybrid.execution import hybrid
from .hybrid.reader import read_hybrid
from .query.explain import explain
from .query.meanings import Meanings
from .query_options import QueryOptions
from .resp import OK, Reply
from .search import query_node, read_as
from .search_options import read_search
from .search_reply import search


async def _search(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "No such index {name}")
    return await _from_one_state(
        feed, search(feed, read_search(args, context.catalog.default_dialect), context.protocol)
    )


async def _aggregate(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "No such index {name}")
    options = read_aggregate(args, context.catalog.default_dialect)
    if options.cursor is None:
        return await _from_one_state(feed, aggregate(feed, options, context.protocol))
    assert context.answer is not None
    start, end = options.cursor_at
    whole = [b"FT.AGGREGATE", *args.between(0, start), *args.between(end)]
    reply = await context.answer(replace(context, protocol=2), whole)
    return context.catalog.cursors.open(feed, reply, options.cursor, context.protocol)


def opens_cursor(words: Sequence[bytes]) -> bool:
    """Whether a command leaves a cursor behind, and so must be run where that is kept."""
    if words[0].upper() != b"FT.AGGREGATE" or not any(word.upper() == b"WITHCURSOR" for word in words):
        return False
    try:
        return read_aggregate(Arguments(words[2:])).cursor is not None
    except CommandError:
        return False


async def _cursor(context: Context, args: Arguments) -> Reply:
    action = args.word()
    if action not in ("READ", "DEL"):
        raise CommandError("Unknown subcommand")
    feed = await context.catalog.synced(args.text())
    raw = args.raw()
    if not raw.isdigit() or len(raw) > 19:
        raise CommandError("Bad cursor ID")
    if action == "DEL":
        context.catalog.cursors.remove(feed, int(raw))
        return OK()
    count = None
    if args.peek("COUNT"):
        args.skip()
        try:
            count = args.integer("COUNT")
        except CommandError:
            raise CommandError("Bad value for COUNT") from None
    return context.catalog.cursors.read(feed, int(raw), count, context.protocol)


async def _hybrid(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "No such index {name}")
    return await _from_one_state(feed, hybrid(feed, read_hybrid(args), context.protocol))


async def _from_one_state(feed: Feed, work: Coroutine[Any, Any, Reply]) -> Reply:
    """A reply, unless the redis-server went away while it was made."""
    losses = feed.losses
    reply = await work
    if feed.losses != losses:
        raise ConnectionError("the redis-server behind redis_local went away during the search")
    return reply


async def _tag_values(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text())
    column = feed.index.column(args.raw())
    if column is None:
        raise CommandError("No such field")
    if not isinstance(column, TagColumn):
        raise CommandError("Not a tag field")
    return column.tags()


async def _get(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "Unknown Index name")
    return (await _documents(feed, [args.raw()]))[0]


async def _get_many(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "Unknown Index name")
    return await _documents(feed, [args.raw() for _ in range(args.left)])


async def _documents(feed: Feed, keys: list[bytes]) -> list[Reply]:
    """Whole hashes as flat arrays, whatever the protocol; None for what is not in the index."""
    hashes = await feed.read_all([key for key in keys if feed.index.row(key) is not None])
    contents = dict(zip([key for key in keys if feed.index.row(key) is not None], hashes, strict=True))
    flat = ([part for pair in each.items() for part in pair] if (each := contents.get(key)) else None for key in keys)
    return list(flat)


async def _delete(context: Context, args: Arguments) -> Reply:
    """FT.DEL: whether the document was in the index; its hash goes too, as it would be indexed again otherwise."""
    feed = await context.catalog.synced(args.text(), "Unknown Index name")
    return await feed.delete(args.raw())


async def _explain(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "No such index {name}")
    return _tree(feed, read_search(args, context.catalog.default_dialect))


async def _explain_lines(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "No such index {name}")
    return [*_tree(feed, read_search(args, context.catalog.default_dialect)).splitlines(), ""]


def _tree(feed: Feed, options: QueryOptions) -> str:
    return explain(query_node(feed.index, options), Meanings(feed.index, read_as(options)))


async def _profile(context: Context, args: Arguments) -> Reply:
    started = time.perf_counter()
    feed = await context.catalog.synced(args.text(), "No such index {name}")
    kind = args.word()
    if kind not in ("SEARCH", "AGGREGATE"):
        raise CommandError("No `SEARCH`, `AGGREGATE`, or `HYBRID` provided")
    if args.peek("LIMITED"):
        args.skip()
    if not args.peek("QUERY"):
        raise CommandError("The QUERY keyword is expected")
    args.skip()
    if kind == "SEARCH":
        options = read_search(args, context.catalog.default_dialect)
        tree, work = _tree(feed, options).splitlines(), search(feed, options, context.protocol)
    else:
        steps = read_aggregate(args, context.catalog.default_dialect)
        tree, work = _tree(feed, steps).splitlines(), aggregate(feed, steps, context.protocol)
    results = await _from_one_state(feed, work)
    told: Reply = {
        "Shards": [{"Total profile time": (time.perf_counter() - started) * 1000, "Iterators profile": tree}],
        "Coordinator": {},
    }
    return {"Results": results, "Profile": told} if context.protocol == 3 else [results, told]


COMMANDS = {
    "FT.SEARCH": Command(_search, 3, read_only=True),
    "FT.AGGREGATE": Command(_aggregate, 3, read_only=True),
    "FT.CURSOR": Command(_cursor, 4),
    "FT.HYBRID": Command(_hybrid, 2, read_only=True),
    "FT.TAGVALS": Command(_tag_values, 3, read_only=True),
    "FT.GET": Command(_get, 3, read_only=True),
    "FT.MGET": Command(_get_many, 3, read_only=True),
    "FT.DEL": Command(_delete, 3),
    "FT.EXPLAIN": Command(_explain, 3, read_only=True),
    "FT.EXPLAINCLI": Command(_explain_lines, 3, read_only=True),
    "FT.PROFILE": Command(_profile, 5, read_only=True),
}
