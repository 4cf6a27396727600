"""Arguments to steps.

Source: https://redis.io/docs/latest/commands/ft.aggregate/
"""

from collections.abc import Callable

from ..arguments import Arguments, text
from ..errors import CommandError, unsupported
from ..search_options import read_limit
from .reducers import REDUCERS
from .steps import GroupBy, Limit, Load, Reduce, SortBy, Step


def read_step(word: str, args: Arguments) -> Step | None:
    """The step that ``word`` begins, None if it begins none; the word itself was read already.

    Raises:
        CommandError: the step is malformed or not supported.
    """
    reader = _READERS.get(word)
    return None if reader is None else reader(args)


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


_READERS: dict[str, Callable[[Arguments], Step]] = {
    "LOAD": _read_load,
    "GROUPBY": _read_group,
    "SORTBY": _read_sort,
    "LIMIT": lambda args: Limit(*read_limit(args)),
}
