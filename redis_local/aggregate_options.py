"""What FT.AGGREGATE says: the query and its steps.

Source: https://redis.io/docs/latest/commands/ft.aggregate/
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from .arguments import Arguments, text
from .errors import CommandError, unsupported
from .reducers import REDUCERS
from .search_options import read_dialect, read_limit, read_params

_NOT_SUPPORTED = ("APPLY", "FILTER", "WITHCURSOR", "ADDSCORES", "LANGUAGE")


@dataclass(frozen=True)
class Reduce:
    """One REDUCE: a function of a property, and the name of its result."""

    function: str
    property: bytes | None
    name: bytes


@dataclass(frozen=True)
class GroupBy:
    properties: tuple[bytes, ...]
    reducers: tuple[Reduce, ...]


@dataclass(frozen=True)
class SortBy:
    keys: tuple[tuple[bytes, bool], ...]
    most: int | None = None


@dataclass(frozen=True)
class Limit:
    offset: int
    count: int


@dataclass(frozen=True)
class Load:
    fields: tuple[tuple[bytes, bytes], ...] | None


Step: TypeAlias = GroupBy | SortBy | Limit | Load


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
        if word == "LOAD":
            options.steps.append(_read_load(args))
        elif word == "GROUPBY":
            options.steps.append(_read_group(args))
        elif word == "SORTBY":
            options.steps.append(_read_sort(args))
        elif word == "LIMIT":
            options.steps.append(Limit(*read_limit(args)))
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


def _read_load(args: Arguments) -> Load:
    if args.peek("*"):
        args.skip()
        return Load(None)
    words, fields = args.counted_raw("LOAD"), []
    while words:
        name = words.pop(0).removeprefix(b"@")
        alias = name
        if len(words) >= 2 and words[0].upper() == b"AS":
            alias, words = words[1], words[2:]
        fields.append((name, alias))
    return Load(tuple(fields))


def _property(raw: bytes, option: str) -> bytes:
    if not raw.startswith(b"@"):
        raise CommandError(f"Bad arguments for {option}: Unknown property `{text(raw)}`. Did you mean `@{text(raw)}`?")
    return raw[1:]


def _read_group(args: Arguments) -> GroupBy:
    properties = tuple(_property(raw, "GROUPBY") for raw in args.counted_raw("GROUPBY"))
    reducers: list[Reduce] = []
    while args.peek("REDUCE"):
        args.skip()
        function = args.word()
        values = args.counted_raw(function)
        if function not in REDUCERS:
            known = function in ("COUNT_DISTINCTISH", "STDDEV", "QUANTILE", "TOLIST", "FIRST_VALUE", "RANDOM_SAMPLE")
            raise unsupported(f"REDUCE {function}") if known else CommandError(f"No such reducer: {function}")
        if len(values) != (0 if function == "COUNT" else 1):
            raise CommandError(f"Bad arguments for {function}: wrong number of arguments")
        of = _property(values[0], function) if values else None
        name = b"__generated_alias" + function.lower().encode() + (of or b"")
        if args.peek("AS"):
            args.skip()
            name = args.raw("AS")
        reducers.append(Reduce(function, of, name))
    return GroupBy(properties, tuple(reducers))


def _read_sort(args: Arguments) -> SortBy:
    keys: list[tuple[bytes, bool]] = []
    for raw in args.counted_raw("SORTBY"):
        if raw.upper() in (b"ASC", b"DESC") and keys:
            keys[-1] = (keys[-1][0], raw.upper() == b"DESC")
        else:
            keys.append((_property(raw, "SORTBY"), False))
    most = None
    if args.peek("MAX"):
        args.skip()
        most = args.integer("MAX")
    return SortBy(tuple(keys), most)
