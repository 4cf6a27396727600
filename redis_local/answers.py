"""From a command to the bytes of its reply: on the event loop while that is quick, else in a process of its own."""

import logging
from collections.abc import Sequence
from functools import partial

import hiredis

from .arguments import text
from .commands import COMMANDS, execute
from .context import Context
from .errors import CommandError
from .link import Link
from .query_commands import opens_cursor
from .resp import encode, encode_error
from .slices import TooLong, sliced
from .snapshot import AVAILABLE, answer_apart

log = logging.getLogger(__name__)

SLICE_SECONDS = 0.04
"""Processor time for which a command may keep all other clients waiting at once."""

_MOST_REMEMBERED = 1000
_long: dict[int, None] = {}
"""Hashes of commands that took long: they are not tried on the event loop again."""


async def answer(context: Context, words: Sequence[bytes]) -> bytes:
    """Run a command and encode its reply, or the error that it is refused with."""
    context.answer = answer
    command = COMMANDS.get(text(words[0]).upper())
    if not AVAILABLE or command is None or not command.read_only or opens_cursor(words):
        return await _answer(context, words)
    identity = hash(tuple(words))
    if identity not in _long:
        try:
            return await sliced(_answer(context, words))
        except TooLong:
            _long[identity] = None
            if len(_long) > _MOST_REMEMBERED:
                del _long[next(iter(_long))]
    return await _long_answer(context, words)


async def _long_answer(context: Context, words: Sequence[bytes]) -> bytes:
    """Answer in a process of its own, once every earlier write is in the index."""
    try:
        await context.catalog.synced(text(words[1]))
    except (CommandError, ConnectionError) as error:
        try:
            return await sliced(_answer(context, words))  # which knows how the command words this error
        except TooLong:  # the index came back just now
            return encode_error(error if isinstance(error, CommandError) else f"LOADING {error}")
    try:
        return await answer_apart(partial(_answer_from_snapshot, context, words))
    except CommandError as error:
        return encode_error(error)


async def _answer(context: Context, words: Sequence[bytes]) -> bytes:
    try:
        return encode(await execute(context, words), context.protocol)
    except CommandError as error:
        return encode_error(error)
    except RecursionError:
        return encode_error("ERR the query is nested too deeply")
    except MemoryError:
        return encode_error("ERR the command took too much memory")
    except Exception as error:
        log.exception("%s failed", words[0])
        return encode_error(f"ERR redis_local failed on this command: {type(error).__name__}: {error}")


async def _answer_from_snapshot(context: Context, words: Sequence[bytes]) -> bytes:
    """In the child: the indexes stay as they are, and hashes are read over a connection of its own."""
    try:
        link = await Link.open(context.address)
    except (OSError, hiredis.ReplyError):
        return encode_error("LOADING the redis-server behind redis_local went away during the search")
    for feed in context.catalog.feeds.values():
        feed.freeze(link)
    return await _answer(context, words)
