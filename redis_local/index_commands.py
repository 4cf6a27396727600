"""Commands about indexes and their aliases."""

from .arguments import Arguments
from .context import Command, Context
from .errors import CommandError, unsupported
from .info import info
from .resp import OK, Reply
from .schema_options import parse_create, parse_fields


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
    await context.catalog.add_alias(args.text(), args.text(), update=False)
    return OK()


async def _alias_update(context: Context, args: Arguments) -> Reply:
    await context.catalog.sync_flushes()
    await context.catalog.add_alias(args.text(), args.text(), update=True)
    return OK()


async def _alias_delete(context: Context, args: Arguments) -> Reply:
    await context.catalog.sync_flushes()
    await context.catalog.remove_alias(args.text())
    return OK()


COMMANDS = {
    "FT.CREATE": Command(_create, 4),
    "FT.ALTER": Command(_alter, 6),
    "FT.DROPINDEX": Command(_drop, 2),
    "FT.INFO": Command(_info, 2, read_only=True),
    "FT._LIST": Command(_list, 1),
    "FT.ALIASADD": Command(_alias_add, 3),
    "FT.ALIASUPDATE": Command(_alias_update, 3),
    "FT.ALIASDEL": Command(_alias_delete, 2),
}
