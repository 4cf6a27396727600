"""The commands that redis_local answers itself, each a function from arguments to a reply.

``COMMANDS`` is the one list of them; ``docs/redis-local.md`` is held to it by a test.
"""

import fnmatch
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

import hiredis

from .aggregate import aggregate
from .aggregate_options import read_aggregate
from .arguments import Arguments, text
from .catalog import Catalog
from .columns import TagColumn
from .errors import CommandError, unsupported
from .feed import Feed
from .hybrid.execution import hybrid
from .hybrid.reader import read_hybrid
from .info import info
from .link import Address, Link
from .query.explain import explain
from .resp import OK, Flags, Reply
from .schema_options import parse_create, parse_fields
from .search import query_node
from .search_options import MAX_RESULTS, read_search
from .search_reply import search

VERSION = 80610
"""The version that MODULE LIST reports: the Query Engine whose behaviour was recorded, 8.6.10."""

CONFIG = {
    "DEFAULT_DIALECT": "1", "MAXSEARCHRESULTS": str(MAX_RESULTS), "MAXAGGREGATERESULTS": "unlimited", "TIMEOUT": "500",
    "MINPREFIX": "2", "MAXPREFIXEXPANSIONS": "unlimited", "DEFAULT_SCORER": "BM25STD", "ON_TIMEOUT": "return",
}  # fmt: skip

NOT_SUPPORTED = (
    "FT.ALIASLIST", "FT.CONFIG SET", "FT.DICTADD", "FT.DICTDEL", "FT.DICTDUMP",
    "FT.SPELLCHECK", "FT.SUGADD", "FT.SUGDEL", "FT.SUGGET", "FT.SUGLEN", "FT.SYNDUMP", "FT.SYNUPDATE",
)  # fmt: skip


@dataclass
class Context:
    """What a command may use: the indexes, and who is asking."""

    catalog: Catalog
    address: Address
    protocol: int = 2
    database: int = 0
    answer: Callable[["Context", Sequence[bytes]], Awaitable[bytes]] | None = None
    """Runs another command and encodes its reply, however long that takes."""


Handler = Callable[[Context, Arguments], Awaitable[Reply]]


@dataclass(frozen=True)
class Command:
    """A handler with the least number of words, the name included, and whether it changes nothing."""

    handler: Handler
    least: int
    read_only: bool = False


async def _create(context: Context, args: Arguments) -> Reply:
    if context.database:
        raise CommandError("Cannot create index on db != 0")
    await context.catalog.sync_flushes()
    await context.catalog.create(parse_create(args))
    return OK()


async def _alter(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text())
    if args.peek("SKIPINITIALSCAN"):
        raise unsupported("FT.ALTER … SKIPINITIALSCAN")
    if args.word() != "SCHEMA" or args.word() != "ADD":
        raise CommandError("ALTER must be followed by SCHEMA ADD")
    if not args:
        raise CommandError("No fields provided")
    await context.catalog.replace(feed, feed.index.definition.with_fields(parse_fields(args)))
    return OK()


async def _drop(context: Context, args: Arguments) -> Reply:
    await context.catalog.sync_flushes()
    feed = await context.catalog.synced(args.text())
    delete_documents = bool(args) and args.word() == "DD"
    await context.catalog.drop(feed, delete_documents)
    return OK()


async def _info(context: Context, args: Arguments) -> Reply:
    await context.catalog.sync_flushes()
    name = args.text()
    feed = context.catalog.get(name)
    if feed is None:
        raise CommandError(f"{name}: no such index")
    if feed.complete or not feed.restarted:
        await context.catalog.synced(name)
    return info(feed, context.protocol)


async def _list(context: Context, args: Arguments) -> Reply:
    await context.catalog.sync_flushes()
    return list(context.catalog.feeds)


async def _alias_add(context: Context, args: Arguments) -> Reply:
    await context.catalog.sync_flushes()
    context.catalog.add_alias(args.text(), args.text(), update=False)
    return OK()


async def _alias_update(context: Context, args: Arguments) -> Reply:
    await context.catalog.sync_flushes()
    context.catalog.add_alias(args.text(), args.text(), update=True)
    return OK()


async def _alias_delete(context: Context, args: Arguments) -> Reply:
    await context.catalog.sync_flushes()
    context.catalog.remove_alias(args.text())
    return OK()


async def _search(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "No such index {name}")
    return await _from_one_state(feed, search(feed, read_search(args), context.protocol))


async def _aggregate(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "No such index {name}")
    options = read_aggregate(args)
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


async def _explain(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "No such index {name}")
    return explain(query_node(feed.index, read_search(args)))


async def _explain_lines(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "No such index {name}")
    return [*explain(query_node(feed.index, read_search(args))).splitlines(), ""]


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
        options = read_search(args)
        node, work = query_node(feed.index, options), search(feed, options, context.protocol)
    else:
        steps = read_aggregate(args)
        node, work = query_node(feed.index, steps), aggregate(feed, steps, context.protocol)
    results = await _from_one_state(feed, work)
    tree = explain(node).splitlines()
    told: Reply = {
        "Shards": [{"Total profile time": (time.perf_counter() - started) * 1000, "Iterators profile": tree}],
        "Coordinator": {},
    }
    return {"Results": results, "Profile": told} if context.protocol == 3 else [results, told]


async def _config(context: Context, args: Arguments) -> Reply:
    if args.word() != "GET":
        raise unsupported("FT.CONFIG other than GET")
    wanted = args.word()
    found = {name: value for name, value in CONFIG.items() if fnmatch.fnmatchcase(name, wanted)}
    return found if context.protocol == 3 else [list(pair) for pair in found.items()]


async def _module(context: Context, args: Arguments) -> Reply:
    """MODULE LIST: the modules of the server behind, and a search module."""
    link = await Link.open(context.address)
    try:
        theirs = await link.call(b"MODULE", b"LIST")
    finally:
        link.close()
    return [{"name": "search", "ver": VERSION, "path": "redis_local", "args": []}, *theirs]


async def _command(context: Context, args: Arguments) -> Reply:
    """COMMAND INFO, with FT.* among the commands.

    A question for JSON commands alone gets an empty array where Redis gives nulls: redis-om asks for JSON.SET, and
    redis-py cannot read a null there.
    """
    args.skip()
    names: list[bytes] = []
    while args:
        names.append(args.raw())
    if names and all(name.upper().startswith(b"JSON.") for name in names):
        return []
    link = await Link.open(context.address)
    try:
        theirs: Sequence[Reply] = await link.call(b"COMMAND", b"INFO", *names)
    except hiredis.ReplyError as error:
        raise CommandError(str(error)) from None
    finally:
        link.close()
    return [_about(name) or their for name, their in zip(names, theirs, strict=True)]


def _about(name: bytes) -> Reply:
    known = COMMANDS.get(text(name).upper())
    if known is None or not name.upper().startswith(b"FT."):
        return None
    return [name, -known.least, Flags(["readonly", "module"]), 0, 0, 0, Flags(["@read", "@search"]), [], [], []]


COMMANDS: dict[str, Command] = {
    "FT.CREATE": Command(_create, 4),
    "FT.ALTER": Command(_alter, 6),
    "FT.DROPINDEX": Command(_drop, 2),
    "FT.INFO": Command(_info, 2, read_only=True),
    "FT._LIST": Command(_list, 1),
    "FT.ALIASADD": Command(_alias_add, 3),
    "FT.ALIASUPDATE": Command(_alias_update, 3),
    "FT.ALIASDEL": Command(_alias_delete, 2),
    "FT.SEARCH": Command(_search, 3, read_only=True),
    "FT.AGGREGATE": Command(_aggregate, 3, read_only=True),
    "FT.CURSOR": Command(_cursor, 4),
    "FT.HYBRID": Command(_hybrid, 2, read_only=True),
    "FT.TAGVALS": Command(_tag_values, 3, read_only=True),
    "FT.EXPLAIN": Command(_explain, 3, read_only=True),
    "FT.EXPLAINCLI": Command(_explain_lines, 3, read_only=True),
    "FT.PROFILE": Command(_profile, 5, read_only=True),
    "FT.CONFIG": Command(_config, 3),
    "MODULE": Command(_module, 2),
    "COMMAND": Command(_command, 2),
}


async def execute(context: Context, words: Sequence[bytes]) -> Reply:
    """Run one command.

    Raises:
        CommandError: it is refused; the text is the RESP error.
    """
    name = text(words[0]).upper()
    command = COMMANDS.get(name)
    if command is None:
        if any(name == each.split()[0] for each in NOT_SUPPORTED):
            raise unsupported(name)
        raise CommandError(f"ERR unknown command '{text(words[0])}'")
    if len(words) < command.least:
        raise CommandError(f"ERR wrong number of arguments for '{name}' command")
    try:
        return await command.handler(context, Arguments(words[1:]))
    except ConnectionError as error:
        raise CommandError(f"LOADING {error}") from error
    except hiredis.ReplyError as error:
        raise CommandError(str(error)) from error
