"""What FT.SEARCH and FT.AGGREGATE alike may say of their query.

Source: https://redis.io/docs/latest/commands/ft.search/
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from .arguments import Arguments
from .errors import CommandError, unsupported
from .languages import LANGUAGES

DEFAULT_DIALECT = 1
SCORERS = ("BM25STD", "BM25", "TFIDF", "TFIDF.DOCNORM", "DISMAX", "DOCSCORE", "HAMMING")


@dataclass
class QueryOptions:
    """A query and how it is read.

    Attributes:
        slop: how many other words may stand between the words of the query, None for any number.
        language: of the query; None for the index's own.
    """

    query: bytes = b""
    verbatim: bool = False
    nostopwords: bool = False
    in_order: bool = False
    slop: int | None = None
    language: str | None = None
    scorer: str = "BM25STD"
    infields: tuple[bytes, ...] = ()
    inkeys: list[bytes] | None = None
    params: dict[bytes, bytes] = field(default_factory=dict)
    dialect: int = DEFAULT_DIALECT


def read_dialect(args: Arguments) -> int:
    raw = args.raw("DIALECT")
    if raw not in (b"1", b"2", b"3", b"4"):
        raise CommandError("DIALECT requires a non negative integer >=1 and <= 4")
    return int(raw)


def read_params(args: Arguments) -> dict[bytes, bytes]:
    values = args.counted_raw("PARAMS")
    if len(values) % 2 or not values:
        raise CommandError("Parameters must be specified in PARAM VALUE pairs")
    return dict(zip(values[::2], values[1::2], strict=True))


def read_language(raw: str) -> str:
    """The name of a language as the index knows it.

    Raises:
        CommandError: Redis knows no such language.
    """
    if raw.lower() not in LANGUAGES:
        raise CommandError("No such language")
    return raw.lower()


def _read_scorer(options: QueryOptions, args: Arguments) -> None:
    name = args.text("SCORER")
    if name in ("BM25STD.NORM", "BM25STD.TANH"):
        raise unsupported(f"the scorer {name}")
    if name not in SCORERS:
        raise CommandError(f"No such scorer {name}")
    options.scorer = name


QUERY_READERS: dict[str, Callable[[QueryOptions, Arguments], None]] = {
    "VERBATIM": lambda options, args: setattr(options, "verbatim", True),
    "NOSTOPWORDS": lambda options, args: setattr(options, "nostopwords", True),
    "INORDER": lambda options, args: setattr(options, "in_order", True),
    "SLOP": lambda options, args: setattr(options, "slop", _read_slop(args)),
    "LANGUAGE": lambda options, args: setattr(options, "language", read_language(args.text("LANGUAGE"))),
    "SCORER": _read_scorer,
    "INKEYS": lambda options, args: setattr(options, "inkeys", args.counted_raw("INKEYS")),
    "INFIELDS": lambda options, args: setattr(options, "infields", tuple(args.counted_raw("INFIELDS"))),
}
"""Options of which FT.AGGREGATE takes its own before its first step."""

COMMON_READERS: dict[str, Callable[[QueryOptions, Arguments], None]] = {
    "PARAMS": lambda options, args: setattr(options, "params", read_params(args)),
    "DIALECT": lambda options, args: setattr(options, "dialect", read_dialect(args)),
    "TIMEOUT": lambda options, args: _read_timeout(args),
}
"""Options that stand anywhere. A TIMEOUT is checked and changes nothing: every command has the same limit."""


def _read_slop(args: Arguments) -> int | None:
    if args.peek("-1"):
        args.skip()
        return None
    return args.integer("SLOP")


def _read_timeout(args: Arguments) -> None:
    try:
        args.integer("TIMEOUT")
    except CommandError:
        raise CommandError("TIMEOUT requires a non negative integer") from None
