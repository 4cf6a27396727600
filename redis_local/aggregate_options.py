"""What FT.AGGREGATE says: the query and its steps.

Source: https://redis.io/docs/latest/commands/ft.aggregate/
"""

from dataclasses import dataclass, field

from .arguments import Arguments
from .errors import CommandError, unsupported
from .pipeline.step_options import read_step
from .pipeline.steps import Step
from .query_options import COMMON_READERS, DEFAULT_DIALECT, QUERY_READERS, QueryOptions

_NOT_SUPPORTED = ("PAYLOAD", "WITHSCORES", "WITHOUTCOUNT", "WITHCOUNT")
_OF_SEARCH_ALONE = ("RETURN", "SUMMARIZE", "HIGHLIGHT", "WITHSORTKEYS", "EXPLAINSCORE")
CURSOR_ROWS = 1_000
MAX_IDLE_SECONDS = 300.0


@dataclass(frozen=True)
class CursorOptions:
    """WITHCURSOR: how many rows come at once, and how long the rest is kept while nobody reads."""

    count: int = CURSOR_ROWS
    idle_seconds: float = MAX_IDLE_SECONDS


@dataclass
class AggregateOptions(QueryOptions):
    """What FT.AGGREGATE says: the query and its steps."""

    steps: list[Step] = field(default_factory=list)
    add_scores: bool = False
    cursor: CursorOptions | None = None
    cursor_at: tuple[int, int] = (0, 0)
    """From where to where among its arguments WITHCURSOR stands."""


def read_aggregate(args: Arguments, dialect: int = DEFAULT_DIALECT) -> AggregateOptions:
    """Read FT.AGGREGATE's arguments from the query text on: what is said of the query stands before the first step.

    Raises:
        CommandError: an option is unknown, malformed, or not supported.
    """
    options = AggregateOptions(args.raw(), dialect=dialect)
    while args:
        position, word = args.position - 1, args.word()
        if word in COMMON_READERS:
            COMMON_READERS[word](options, args)
        elif word == "WITHCURSOR":
            options.cursor = read_cursor(args)
            options.cursor_at = (position + 1, args.position)
        elif read_step(word, args, options.steps):
            pass
        elif options.steps:
            raise CommandError(f"Unknown argument `{word}` at position {position} for <main>")
        elif word in QUERY_READERS:
            QUERY_READERS[word](options, args)
        elif word == "ADDSCORES":
            options.add_scores = True
        elif word in _OF_SEARCH_ALONE:
            raise CommandError(f"{word} is not supported on FT.AGGREGATE")
        elif word in _NOT_SUPPORTED:
            raise unsupported(f"FT.AGGREGATE … {word}")
        else:
            raise CommandError(f"Unknown argument `{word}` at position {position} for <main>")
    return options


def read_cursor(args: Arguments) -> CursorOptions:
    """Read what follows WITHCURSOR: COUNT and MAXIDLE, in milliseconds, in either order."""
    count, idle = CURSOR_ROWS, MAX_IDLE_SECONDS
    while args.peek("COUNT", "MAXIDLE"):
        option = args.word()
        number = args.integer(option)
        if not number:
            raise CommandError(f"Bad arguments for {option}: Value is outside acceptable bounds")
        if option == "COUNT":
            count = number
        else:
            idle = min(MAX_IDLE_SECONDS, number / 1000)
    return CursorOptions(count, idle)
