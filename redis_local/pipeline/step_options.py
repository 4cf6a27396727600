"""Arguments to steps.

Source: https://redis.io/docs/latest/commands/ft.aggregate/
"""

from collections.abc import Callable
from dataclasses import replace

from ..arguments import Arguments, text
from ..errors import CommandError, unsupported
from ..search_options import read_limit
from .expression import parse_expression
from .reducers import MAX_SAMPLE, REDUCERS
from .steps import Apply, Arrange, Filter, GroupBy, Load, Reduce, Step

_MOST_KEYS = 8
_MOST_STEPS = 64


def read_step(word: str, args: Arguments, steps: list[Step]) -> bool:
    """Read the step that ``word`` begins, if it begins one, and put it among the steps; the word was read already.

    SORTBY and LIMIT change the one :class:`Arrange` that there is since the last GROUPBY.

    Raises:
        CommandError: the step is malformed, does not fit here, or is not supported.
    """
    if word in ("SORTBY", "LIMIT"):
        _arrange(word, args, steps)
    elif word in _READERS:
        if word == "LOAD" and any(isinstance(step, GroupBy) for step in steps):
            raise CommandError("LOAD cannot be applied after projectors or reducers")
        steps.append(_READERS[word](args))
    else:
        return False
    if len(steps) > _MOST_STEPS:
        raise CommandError(f"ERR redis_local takes at most {_MOST_STEPS} steps in a command")
    return True


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
        elif words and words[0].upper() == b"AS":
            raise CommandError("LOAD path AS name - must be accompanied with NAME")
        fields.append((name, alias))
    return Load(tuple(fields))


def _read_apply(args: Arguments) -> Apply:
    raw = args.raw("APPLY/FILTER")
    expression, name = parse_expression(raw), raw
    if args.peek("AS"):
        args.skip()
        if not args:
            raise CommandError("AS needs argument")
        name = args.raw("AS")
    return Apply(expression, name)


def _read_filter(args: Arguments) -> Filter:
    return Filter(parse_expression(args.raw("APPLY/FILTER")))


# ------------------------------------------------------------ groups
def _read_group(args: Arguments) -> GroupBy:
    properties = []
    for raw in args.counted_raw("GROUPBY"):
        if not raw.startswith(b"@"):
            raise CommandError(
                f"Bad arguments for GROUPBY: Unknown property `{text(raw)}`. Did you mean `@{text(raw)}`?"
            )
        properties.append(raw[1:])
    reducers: list[Reduce] = []
    while args.peek("REDUCE"):
        args.skip()
        reducers.append(_read_reduce(args))
    names = [*properties, *(reduce.name for reduce in reducers)]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise CommandError(f"Property `{text(name)}` specified more than once")
    return GroupBy(tuple(properties), tuple(reducers))


def _read_reduce(args: Arguments) -> Reduce:
    function = args.word()
    values = args.counted_raw(function)
    if function in ("HLL", "HLL_SUM"):
        raise unsupported(f"REDUCE {function}")
    if function not in REDUCERS:
        raise CommandError(f"No such reducer: {function}")
    shown = b",".join(value.lstrip(b"@") for value in values)
    reduce = Reduce(function, None, b"__generated_alias" + (function.encode() + shown).lower())
    if function == "COUNT":
        if values:
            raise CommandError("Count accepts 0 values only")
    else:
        reduce = _with_arguments(reduce, values)
    if args.peek("AS"):
        args.skip()
        reduce = replace(reduce, name=args.raw("AS"))
    return reduce


def _with_arguments(reduce: Reduce, values: list[bytes]) -> Reduce:
    if not values:
        raise CommandError(f"Missing arguments for {reduce.function}")
    reduce = replace(reduce, of=values[0].removeprefix(b"@"))
    if reduce.function == "FIRST_VALUE" and len(values) > 1:
        return _ordered(reduce, values)
    rest = Arguments(values[1:])
    if reduce.function == "QUANTILE":
        quantile = rest.number("QUANTILE")
        if not 0 <= quantile <= 1:
            raise CommandError("Percentage must be between 0.0 and 1.0")
        return replace(reduce, parameter=quantile)
    if reduce.function == "RANDOM_SAMPLE":
        size = rest.integer("<sample size>")
        if size > MAX_SAMPLE:
            raise CommandError("Sample size too large")
        return replace(reduce, parameter=float(size))
    return reduce


def _ordered(reduce: Reduce, values: list[bytes]) -> Reduce:
    """FIRST_VALUE with BY, a property, and perhaps ASC or DESC."""
    if values[1].upper() != b"BY":
        raise CommandError(f"Unknown argument `{text(values[1])}` at position 1 for FIRST_VALUE")
    if len(values) < 3:
        raise CommandError("Missing arguments for FIRST_VALUE")
    if len(values) > 3 and values[3].upper() not in (b"ASC", b"DESC"):
        raise CommandError(f"Unknown argument `{text(values[3])}` at position 3 for FIRST_VALUE")
    return replace(reduce, order=(values[2].removeprefix(b"@"), len(values) > 3 and values[3].upper() == b"DESC"))


# ------------------------------------------------------------ order
def _arrange(word: str, args: Arguments, steps: list[Step]) -> None:
    at = len(steps)
    while at and not isinstance(steps[at - 1], GroupBy | Arrange):
        at -= 1
    found = steps[at - 1] if at else None
    if isinstance(found, Arrange):
        at -= 1
    else:
        found, at = Arrange(), len(steps)
    if word == "LIMIT":
        steps[at : at + 1] = [replace(found, window=read_limit(args))]
        return
    if found.keys:
        raise CommandError("Multiple SORTBY steps are not allowed. Sort multiple fields in a single step")
    keys = _read_keys(args)
    most = None
    if args.peek("MAX"):
        args.skip()
        most = Arguments([args.raw("MAX")] if args else [b""]).integer("MAX")
    steps[at : at + 1] = [Arrange(keys, (0, most) if most else found.window)]


def _read_keys(args: Arguments) -> tuple[tuple[bytes, bool], ...]:
    keys: list[tuple[bytes, bool]] = []
    for raw in args.counted_raw("SORTBY"):
        if raw.startswith(b"@"):
            keys.append((raw[1:], False))
        elif raw.upper() not in (b"ASC", b"DESC"):
            raise CommandError(f"MISSING ASC or DESC after sort field ({text(raw)})")
        elif keys:
            keys[-1] = (keys[-1][0], raw.upper() == b"DESC")
    if len(keys) > _MOST_KEYS:
        raise CommandError(f"Cannot sort by more than {_MOST_KEYS} fields")
    return tuple(keys)


_READERS: dict[str, Callable[[Arguments], Step]] = {
    "LOAD": _read_load,
    "APPLY": _read_apply,
    "FILTER": _read_filter,
    "GROUPBY": _read_group,
}
