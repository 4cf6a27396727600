"""FT.CONFIG: settings of all indexes.

Source: https://redis.io/docs/latest/commands/ft.config-set/
"""

import fnmatch

from .arguments import Arguments
from .context import Command, Context
from .errors import CommandError, unsupported
from .query_options import MAX_DIALECT
from .resp import OK, Reply
from .search_options import MAX_RESULTS

FIXED = {
    "MAXSEARCHRESULTS": str(MAX_RESULTS),
    "MAXAGGREGATERESULTS": "unlimited",
    "TIMEOUT": "500",
    "MINPREFIX": "2",
    "MAXPREFIXEXPANSIONS": "unlimited",
    "DEFAULT_SCORER": "BM25STD",
    "ON_TIMEOUT": "return",
}
"""Settings that cannot be set here."""


async def _config(context: Context, args: Arguments) -> Reply:
    action, name = args.word(), args.word()
    if action == "SET":
        return _set(context, name, args)
    if action != "GET":
        raise unsupported("FT.CONFIG other than GET and SET")
    settings = {"DEFAULT_DIALECT": str(context.catalog.default_dialect)} | FIXED
    chosen = {each: value for each, value in settings.items() if fnmatch.fnmatchcase(each, name)}
    return chosen if context.protocol == 3 else [list(pair) for pair in chosen.items()]


def _set(context: Context, name: str, args: Arguments) -> Reply:
    if name in FIXED:
        raise unsupported(f"FT.CONFIG SET {name}")
    if name != "DEFAULT_DIALECT":
        raise CommandError("Invalid option")
    raw = args.raw()
    if not raw.isdigit() or len(raw) > 9:
        raise CommandError("Could not convert argument to expected type")
    if int(raw) > MAX_DIALECT:
        raise CommandError(f"Default dialect version cannot be higher than {MAX_DIALECT}")
    if not int(raw):
        raise CommandError("Value is outside acceptable bounds")
    context.catalog.default_dialect = int(raw)
    return OK()


COMMANDS = {"FT.CONFIG": Command(_config, 3)}
