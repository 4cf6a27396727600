"""Commands about suggestions.

Sources: https://redis.io/docs/latest/commands/ft.sugadd/, https://redis.io/docs/latest/commands/ft.sugget/
"""

import numpy as np

from .arguments import Arguments
from .context import Command, Context
from .errors import CommandError
from .numerals import format_score, parse_number
from .resp import Reply
from .suggestions import MAX_BYTES, MAX_PAYLOAD, Suggestion, Suggestions

_DEFAULT_COUNT = 5
_MAX_COUNT = 10_000


async def _add(context: Context, args: Arguments) -> Reply:
    key, text, raw = args.raw(), args.raw(), args.raw()
    try:
        score = parse_number(raw)
    except ValueError:
        raise CommandError("ERR invalid score") from None
    increment, payload = False, None
    while args:
        option = args.text()
        if option.upper() == "INCR":
            increment = True
        elif option.upper() == "PAYLOAD":
            if not args:
                raise CommandError("Invalid payload: Expected an argument, but none provided")
            payload = args.raw()
        else:
            raise CommandError(f"Unknown argument `{option}`")
    _check_size("suggestion", text, MAX_BYTES)
    _check_size("payload", payload or b"", MAX_PAYLOAD)
    suggestions = Suggestions(context.address)
    if not text:
        return await suggestions.count(key)
    return await suggestions.add(key, Suggestion(score, text, payload), increment=increment)


def _check_size(what: str, value: bytes, most: int) -> None:
    if len(value) > most:
        raise CommandError(f"ERR the {what} is too long: redis_local takes at most {most} bytes")


async def _get(context: Context, args: Arguments) -> Reply:
    key, prefix = args.raw(), args.raw()
    most, fuzzy, with_scores, with_payloads = _DEFAULT_COUNT, False, False, False
    while args:
        option = args.text()
        if option.upper() == "FUZZY":
            fuzzy = True
        elif option.upper() == "WITHSCORES":
            with_scores = True
        elif option.upper() == "WITHPAYLOADS":
            with_payloads = True
        elif option.upper() == "MAX":
            most = _read_most(args)
        else:
            raise CommandError(f"Unrecognized argument: {option}")
    if len(prefix) > MAX_BYTES:
        return []
    best = await Suggestions(context.address).completing(key, prefix, most, fuzzy=fuzzy)
    if best is None:
        return None
    reply: list[Reply] = []
    for each in best:
        reply.append(each.text)
        if with_scores:
            score = float(np.float32(each.score))  # as Redis keeps it
            reply.append(score if context.protocol == 3 else format_score(score))
        if with_payloads:
            reply.append(each.payload)
    return reply


def _read_most(args: Arguments) -> int:
    raw = args.raw("MAX")
    if not raw.removeprefix(b"-").isdigit() or len(raw) > 18:
        raise CommandError("MAX: Could not convert argument to expected type")
    if int(raw) < 1:
        raise CommandError("MAX: Value is outside acceptable bounds")
    return min(int(raw), _MAX_COUNT)


async def _remove(context: Context, args: Arguments) -> Reply:
    return await Suggestions(context.address).remove(args.raw(), args.raw())


async def _count(context: Context, args: Arguments) -> Reply:
    return await Suggestions(context.address).count(args.raw())


COMMANDS = {
    "FT.SUGADD": Command(_add, 4),
    "FT.SUGGET": Command(_get, 3),
    "FT.SUGDEL": Command(_remove, 3),
    "FT.SUGLEN": Command(_count, 2),
}
