"""What FT.SEARCH says after the query text.

Source: https://redis.io/docs/latest/commands/ft.search/
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from .arguments import Arguments, text
from .errors import CommandError, unsupported
from .fragments import Highlight, Summarize
from .numerals import parse_number
from .query.nodes import Range
from .query_options import COMMON_READERS, DEFAULT_DIALECT, QUERY_READERS, QueryOptions

MAX_RESULTS = 1_000_000
_NOT_SUPPORTED = (
    "PAYLOAD",
    "_NUM_SSTRING",
    "WITHCOUNT",
    "WITHOUTCOUNT",
)


@dataclass
class SearchOptions(QueryOptions):
    """What FT.SEARCH says after the query text."""

    nocontent: bool = False
    with_scores: bool = False
    with_sort_keys: bool = False
    with_payloads: bool = False
    explain_score: bool = False
    returns: list[tuple[bytes, bytes]] | None = None
    sort_by: bytes | None = None
    descending: bool = False
    offset: int = 0
    limit: int = 10
    highlight: Highlight | None = None
    summarize: Summarize | None = None

    @property
    def beside_content(self) -> bool:
        """Whether rows are more, or less, than keys and fields."""
        return self.nocontent or self.with_scores or self.with_sort_keys or self.with_payloads


def read_limit(args: Arguments) -> tuple[int, int]:
    if args.left < 2:
        raise CommandError("LIMIT requires two arguments")
    try:
        offset, limit = args.integer("LIMIT"), args.integer("LIMIT")
    except CommandError:
        raise CommandError("LIMIT needs two numeric arguments") from None
    if limit > MAX_RESULTS:
        raise CommandError(f"LIMIT exceeds maximum of {MAX_RESULTS}")
    if offset > MAX_RESULTS:
        raise CommandError(f"OFFSET exceeds maximum of {MAX_RESULTS}")
    return offset, limit


def read_search(args: Arguments, dialect: int = DEFAULT_DIALECT) -> SearchOptions:
    """Read FT.SEARCH's arguments from the query text on.

    Args:
        dialect: of a query that names none.

    Raises:
        CommandError: an option is unknown, malformed, or not supported.
    """
    options = SearchOptions(query=args.raw(), dialect=dialect)
    while args:
        position = args.position - 1
        word = args.word()
        if word in _READERS:
            _READERS[word](options, args)
        elif word in _NOT_SUPPORTED:
            raise unsupported(f"FT.SEARCH … {word}")
        else:
            raise CommandError(f"Unknown argument `{word}` at position {position} for <main>")
    if options.explain_score and not options.with_scores:
        raise CommandError("EXPLAINSCORE must be accompanied with WITHSCORES")
    return options


def _read_filter(options: SearchOptions, args: Arguments) -> None:
    name = args.raw("FILTER")
    (low, low_open), (high, high_open) = _read_bound(args), _read_bound(args)
    options.add_filter(Range(0, name, low, high, low_open, high_open))


def _read_bound(args: Arguments) -> tuple[float, bool]:
    raw = args.raw("FILTER")
    try:
        return parse_number(raw.removeprefix(b"(")), raw.startswith(b"(")
    except ValueError:
        raise CommandError(f"Bad lower range: {text(raw)}") from None


def _read_return(options: SearchOptions, args: Arguments) -> None:
    words = args.counted_raw("RETURN")
    options.returns = []
    while words:
        name = words.pop(0)
        alias = name
        if len(words) >= 2 and words[0].upper() == b"AS":
            alias, words = words[1], words[2:]
        elif words and words[0].upper() == b"AS":
            raise CommandError("RETURN path AS name - must be accompanied with NAME")
        options.returns.append((name, alias))


def _read_sort(options: SearchOptions, args: Arguments) -> None:
    options.sort_by = args.raw("SORTBY").removeprefix(b"@")
    if args.peek("ASC", "DESC"):
        options.descending = args.word() == "DESC"


def _read_limit(options: SearchOptions, args: Arguments) -> None:
    options.offset, options.limit = read_limit(args)


_MOST_CONTEXT = 10_000


def _read_fields(args: Arguments, option: str) -> tuple[bytes, ...] | None:
    if not args.peek("FIELDS"):
        return None
    args.skip()
    try:
        return tuple(args.counted_raw(option)) or None
    except CommandError:
        raise CommandError(f"Bad arguments for {option}") from None


def _read_highlight(options: SearchOptions, args: Arguments) -> None:
    highlight = Highlight(_read_fields(args, "HIGHLIGHT"))
    if args.peek("TAGS") and args.left > 2:
        args.skip()
        highlight = replace(highlight, before=args.raw(), after=args.raw())
    options.highlight = highlight


def _read_summarize(options: SearchOptions, args: Arguments) -> None:
    summarize = Summarize(_read_fields(args, "SUMMARIZE"))
    while args.peek("FRAGS", "LEN", "SEPARATOR") and args.left > 1:
        word = args.word()
        if word == "SEPARATOR":
            summarize = replace(summarize, separator=args.raw())
            continue
        try:
            number = min(args.integer(word), _MOST_CONTEXT)
        except CommandError:
            raise CommandError("Bad arguments for SUMMARIZE") from None
        if word == "FRAGS":
            summarize = replace(summarize, fragments=number)
        else:
            summarize = replace(summarize, words=number)
    options.summarize = summarize


_READERS: dict[str, Callable[[SearchOptions, Arguments], None]] = {
    **QUERY_READERS,
    **COMMON_READERS,
    "NOCONTENT": lambda options, args: setattr(options, "nocontent", True),
    "WITHSCORES": lambda options, args: setattr(options, "with_scores", True),
    "WITHSORTKEYS": lambda options, args: setattr(options, "with_sort_keys", True),
    "WITHPAYLOADS": lambda options, args: setattr(options, "with_payloads", True),
    "EXPLAINSCORE": lambda options, args: setattr(options, "explain_score", True),
    "FILTER": _read_filter,
    "RETURN": _read_return,
    "HIGHLIGHT": _read_highlight,
    "SUMMARIZE": _read_summarize,
    "SORTBY": _read_sort,
    "LIMIT": _read_limit,
}
