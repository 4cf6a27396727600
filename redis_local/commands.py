"""The commands that redis_local answers itself, each a function from arguments to a reply.

``COMMANDS`` is the one list of them; ``docs/redis-local.md`` is held to it by a test.
"""

from collections.abc import Sequence

import hiredis

from . import index_commands, query_commands, setting_commands, suggestion_commands, word_commands
from .arguments import Arguments, text
from .context import Command, Context
from .errors import CommandError, unsupported
from .link import Link
from .resp import Flags, Reply

VERSION = 80610
"""The version that MODULE LIST reports: the Query Engine whose behaviour was recorded, 8.6.10."""

NOT_SUPPORTED = ("FT.ALIASLIST", "FT.ADD", "FT.DEBUG")


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
    **index_commands.COMMANDS,
    **query_commands.COMMANDS,
    **word_commands.COMMANDS,
    **suggestion_commands.COMMANDS,
    **setting_commands.COMMANDS,
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
