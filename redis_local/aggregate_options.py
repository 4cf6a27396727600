"""What FT.AGGREGATE says: the query and its steps.

Source: https://redis.io/docs/latest/commands/ft.aggregate/
"""

from dataclasses import dataclass, field

from .arguments import Arguments
from .errors import CommandError, unsupported
from .pipeline.step_options import read_step
from .pipeline.steps import Step
from .search_options import read_dialect, read_params

_NOT_SUPPORTED = ("APPLY", "FILTER", "WITHCURSOR", "ADDSCORES", "LANGUAGE")


@dataclass
class AggregateOptions:
    """What FT.AGGREGATE says: the query and its steps."""

    query: bytes
    steps: list[Step] = field(default_factory=list)
    params: dict[bytes, bytes] = field(default_factory=dict)
    dialect: int = 1
    verbatim: bool = False


def read_aggregate(args: Arguments) -> AggregateOptions:
    """Read FT.AGGREGATE's arguments from the query text on.

    Raises:
        CommandError: an option is unknown, malformed, or not supported.
    """
    options = AggregateOptions(args.raw())
    while args:
        position, word = args.position, args.word()
        if step := read_step(word, args):
            options.steps.append(step)
        elif word == "PARAMS":
            options.params = read_params(args)
        elif word == "DIALECT":
            options.dialect = read_dialect(args)
        elif word == "VERBATIM":
            options.verbatim = True
        elif word == "TIMEOUT":
            args.integer("TIMEOUT")
        elif word == "SCORER":
            args.raw("SCORER")  # scores are seen with ADDSCORES alone, which is not supported
        elif word in _NOT_SUPPORTED:
            raise unsupported(f"FT.AGGREGATE … {word}")
        else:
            raise CommandError(f"Unknown argument `{word}` at position {position} for <main>")
    return options
