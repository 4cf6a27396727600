"""What comes after both sides of FT.HYBRID: from arguments to options.

Every option may be given once, LOAD and APPLY more often. Refusals are worded as Redis words them; that each option has its
own makes the module long.
"""

from collections.abc import Callable
from dataclasses import replace

from ..arguments import Arguments, text
from ..errors import CommandError, unsupported
from ..numerals import parse_number
from ..pipeline.step_options import read_step
from ..pipeline.steps import Arrange, GroupBy, Load
from ..search_options import MAX_RESULTS
from .fusion import Linear, ReciprocalRank
from .options import HybridOptions
from .sides_reader import NO_DIALECT, read_sides

_DEFAULT_COUNT = 10
_MAX_WINDOW = 2**31 - 1
_REPEATABLE = ("LOAD", "APPLY")
_NO_NUMBER = "Could not convert argument to expected type"


def read_hybrid(args: Arguments) -> HybridOptions:
    """Read FT.HYBRID's arguments from after the index's name on.

    Raises:
        CommandError: an option is unknown, malformed, or not supported.
    """
    options = HybridOptions(*read_sides(args))
    seen: set[str] = set()
    while args:
        word = args.text()
        name = word.upper()
        reader = _READERS.get(name)
        if reader is None:
            raise CommandError(f"{word}: Unknown argument")
        if name in seen and name not in _REPEATABLE:
            raise CommandError(f"{name}: Argument specified multiple times")
        seen.add(name)
        reader(options, args)
    if "NOSORT" in seen and "SORTBY" in seen:
        raise CommandError("NOSORT is not allowed with SORTBY")
    if options.sort:
        _arrangement(options)
    return options


def _arrangement(options: HybridOptions) -> int:
    """Where SORTBY and LIMIT since the last GROUPBY stand among the steps."""
    for at in range(len(options.steps) - 1, -1, -1):
        if isinstance(options.steps[at], GroupBy):
            break
        if isinstance(options.steps[at], Arrange):
            return at
    options.steps.append(Arrange((), (0, _DEFAULT_COUNT)))
    return len(options.steps) - 1


# ---------------------------------------------------------------- COMBINE
def _read_combine(options: HybridOptions, args: Arguments) -> None:
    method = args.text("COMBINE").upper() if args else ""
    if method not in ("RRF", "LINEAR"):
        raise CommandError("COMBINE: Invalid value for argument")
    names = ("CONSTANT", "WINDOW") if method == "RRF" else ("ALPHA", "BETA", "WINDOW")
    given = _read_pairs(args, method, (*names, "YIELD_SCORE_AS"))
    options.score_alias = given.get("YIELD_SCORE_AS")
    numbers = {name: _parsed(name, raw) for name, raw in given.items() if name not in ("WINDOW", "YIELD_SCORE_AS")}
    window = _window(given["WINDOW"]) if "WINDOW" in given else ReciprocalRank.window
    if method == "RRF":
        options.combine = ReciprocalRank(numbers.get("CONSTANT", ReciprocalRank.constant), window)
        return
    for one, other in (("ALPHA", "BETA"), ("BETA", "ALPHA")):
        if one in numbers and other not in numbers:
            raise CommandError(f"Missing value for {other}")
    options.combine = Linear(numbers.get("ALPHA", Linear.alpha), numbers.get("BETA", Linear.beta), window)


def _read_pairs(args: Arguments, method: str, known: tuple[str, ...]) -> dict[str, bytes]:
    """``n NAME value …``, where n counts every word that follows."""
    if not args:
        raise CommandError(f"Missing {method} argument count")
    raw = args.raw()
    if not raw.isdigit() or len(raw) > 9:
        why = "Value is outside acceptable bounds" if raw.removeprefix(b"-").isdigit() else _NO_NUMBER
        raise CommandError(f"Invalid {method} argument count, error: {why}")
    count = int(raw)
    if not count:
        raise CommandError(
            f"Explicitly specifying {method} requires at least one argument, argument count must be positive"
        )
    if count % 2:
        raise CommandError(f"{method} expects pairs of key value arguments, argument count must be an even number")
    given: dict[str, bytes] = {}
    for read in range(0, count, 2):
        name = _counted_word(args, method, count, read)
        if name.upper() not in known:
            raise CommandError(f"{name}: Unknown argument")
        if name.upper() in given:
            raise CommandError(f"{name.upper()}: Argument specified multiple times")
        given[name.upper()] = _counted_word(args, method, count, read + 1).encode(errors="surrogateescape")
    return given


def _counted_word(args: Arguments, method: str, count: int, read: int) -> str:
    if not args:
        raise CommandError(f"Not enough arguments in {method}, specified {count} but provided only {read}")
    return args.text()


def _parsed(name: str, raw: bytes) -> float:
    try:
        return parse_number(raw)
    except ValueError:
        raise CommandError(f"{name}: {_NO_NUMBER}") from None


def _window(raw: bytes) -> int:
    if not raw.removeprefix(b"-").isdigit() or len(raw) > 19:
        raise CommandError(f"WINDOW: {_NO_NUMBER}")
    if int(raw) < 1:
        raise CommandError("WINDOW: Value below minimum")
    if int(raw) > _MAX_WINDOW:
        raise CommandError("WINDOW: Value is outside acceptable bounds")
    return int(raw)


# ---------------------------------------------------------------- steps
def _read_load(options: HybridOptions, args: Arguments) -> None:
    if args.peek("*"):
        args.skip()
        options.loads.append(Load(None))
        return
    raw = args.raw("LOAD")
    if not raw.isdigit() or len(raw) > 9 or not int(raw):
        raise CommandError("Bad arguments for LOAD: Expected number of fields or `*`")
    words: list[bytes] = []
    for _ in range(int(raw)):
        if not args:
            raise CommandError("Not enough arguments for LOAD")
        words.append(args.raw())
    fields: list[tuple[bytes, bytes]] = []
    while words:
        name = alias = _property(words.pop(0), "LOAD")
        if words and words[0].upper() == b"AS":
            if len(words) == 1:
                raise CommandError("LOAD path AS name - must be accompanied with NAME")
            alias, words = words[1], words[2:]
        fields.append((name, alias))
    options.loads.append(Load(tuple(fields)))


def _property(raw: bytes, option: str) -> bytes:
    if not raw.startswith(b"@"):
        raise CommandError(
            f"Missing prefix: name requires '@' prefix, JSON path require '$' prefix, got: {text(raw)} in {option}"
        )
    return raw[1:]


def _read_sort(options: HybridOptions, args: Arguments) -> None:
    keys: list[tuple[bytes, bool]] = []
    for raw in _sub_arguments(args, "SORTBY"):
        if raw.upper() in (b"ASC", b"DESC") and keys:
            keys[-1] = (keys[-1][0], raw.upper() == b"DESC")
        else:
            keys.append((_property(raw, "SORTBY"), False))
    at = _arrangement(options)
    before = options.steps[at]
    assert isinstance(before, Arrange)
    options.steps[at] = replace(before, keys=tuple(keys))


def _read_limit(options: HybridOptions, args: Arguments) -> None:
    words: list[bytes] = []
    for _ in range(2):
        if not args:
            raise CommandError("LIMIT: Not enough arguments were provided")
        words.append(args.raw())
    for raw, what in zip(words, ("offset", "count"), strict=True):
        if not raw.isdigit() or len(raw) > 18:
            raise CommandError(f"LIMIT {what} must be a non-negative integer")
    offset, count = map(int, words)
    if offset and not count:
        raise CommandError("The `offset` of the LIMIT must be 0 when `num` is 0")
    if count > MAX_RESULTS:
        raise CommandError(f"LIMIT exceeds maximum of {MAX_RESULTS}")
    at = _arrangement(options)
    before = options.steps[at]
    assert isinstance(before, Arrange)
    options.steps[at] = replace(before, window=(offset, count))


def _read_group(options: HybridOptions, args: Arguments) -> None:
    if not args:
        raise CommandError("GROUPBY: Failed to parse the argument count")
    if args.peek("0"):
        raise CommandError("GROUPBY: Invalid argument count")
    _read_step("GROUPBY", options, args)


def _read_step(word: str, options: HybridOptions, args: Arguments) -> None:
    read_step(word, args, options.steps)


def _read_params(options: HybridOptions, args: Arguments) -> None:
    words = _sub_arguments(args, "PARAMS")
    if len(words) % 2:
        raise CommandError("Parameters must be specified in PARAM VALUE pairs")
    for name, value in zip(words[::2], words[1::2], strict=True):
        if name in options.params:
            raise CommandError(f"Duplicate parameter `{text(name)}`")
        options.params[name] = value


def _sub_arguments(args: Arguments, option: str) -> list[bytes]:
    """``n value₁ … valueₙ``, at least one."""
    raw = args.raw(option) if args else b""
    if not raw.isdigit() or len(raw) > 9:
        raise CommandError(f"{option}: Failed to parse the argument count")
    if not int(raw):
        raise CommandError(f"{option}: Invalid argument count")
    words: list[bytes] = []
    for _ in range(int(raw)):
        if not args:
            raise CommandError(f"{option}: Not enough arguments were provided based on argument count")
        words.append(args.raw())
    return words


def _read_timeout(options: HybridOptions, args: Arguments) -> None:
    """Accepted: every query is bounded before any of it is done."""
    if not args:
        raise CommandError("TIMEOUT: Expected an argument, but none provided")
    if not args.raw().removeprefix(b"-").isdigit():
        raise CommandError(f"TIMEOUT: {_NO_NUMBER}")


def _read_format(options: HybridOptions, args: Arguments) -> None:
    if not args or args.word() not in ("STRING", "EXPAND"):
        raise CommandError("FORMAT: Invalid value for argument")


def _refuse(message: str) -> Callable[[HybridOptions, Arguments], None]:
    def refuse(options: HybridOptions, args: Arguments) -> None:
        raise CommandError(message)

    return refuse


_READERS: dict[str, Callable[[HybridOptions, Arguments], None]] = {
    "COMBINE": _read_combine,
    "LIMIT": _read_limit,
    "SORTBY": _read_sort,
    "NOSORT": lambda options, args: setattr(options, "sort", False),
    "PARAMS": _read_params,
    "LOAD": _read_load,
    "GROUPBY": _read_group,
    "APPLY": lambda options, args: _read_step("APPLY", options, args),
    "FILTER": lambda options, args: _read_step("FILTER", options, args),
    "TIMEOUT": _read_timeout,
    "FORMAT": _read_format,
    "DIALECT": _refuse(NO_DIALECT),
    "EXPLAINSCORE": _refuse("EXPLAINSCORE is not yet supported by FT.HYBRID"),
    "WITHCURSOR": _refuse(str(unsupported("FT.HYBRID … WITHCURSOR"))),
}
