"""SEARCH and VSIM: from arguments to both sides.

Refusals are worded as Redis words them.
"""

from collections.abc import Callable
from dataclasses import replace

from ..arguments import Arguments, text
from ..errors import CommandError
from ..query_options import SCORERS
from .options import Nearest, TextSide, VectorSide, Within

NO_DIALECT = (
    "DIALECT is not supported in FT.HYBRID or any of its subqueries. "
    "Please check the documentation on search-default-dialect configuration."
)
_SUBQUERIES = 2
_POLICIES = {b"ADHOC": b"ADHOC_BF", b"BATCHES": b"BATCHES"}


def read_sides(args: Arguments) -> tuple[TextSide, VectorSide]:
    """Read from after the index's name up to COMBINE or whatever comes after both sides.

    Raises:
        CommandError: a side is missing or malformed.
    """
    _read_count(args)
    side = _read_text(args)
    if not args.peek("VSIM"):
        raise CommandError("VSIM argument is required")
    args.skip()
    return side, _read_vector(args)


def _read_count(args: Arguments) -> None:
    """The number of sides, which may be left out."""
    if not args:
        raise CommandError("Missing subqueries count for FT.HYBRID")
    word = args.raw()
    if word.isdigit() and int(word[:20]):
        if int(word[:20]) != _SUBQUERIES:
            raise CommandError("FT.HYBRID currently supports only two subqueries")
        if not args.peek("SEARCH"):
            raise CommandError("SEARCH keyword is required")
        args.skip()
    elif word.upper() != b"SEARCH":
        raise CommandError("Invalid subqueries count: expected an unsigned integer")


def _read_text(args: Arguments) -> TextSide:
    if not args:
        raise CommandError("No query string provided for SEARCH")
    side = TextSide(args.raw())
    while args and not args.peek("VSIM"):
        word = args.text()
        if word.upper() == "SCORER":
            side = replace(side, scorer=_scorer(args.text("SCORER")))
        elif word.upper() == "YIELD_SCORE_AS":
            side = replace(side, score_alias=args.raw("YIELD_SCORE_AS"))
        elif word.upper() == "DIALECT":
            raise CommandError(NO_DIALECT)
        else:
            raise CommandError(f"Unknown argument `{word}` in SEARCH")
    return side


def _scorer(name: str) -> str:
    if name not in SCORERS:
        raise CommandError(f"No such scorer {name}")
    return name


# ---------------------------------------------------------------- VSIM
def _read_vector(args: Arguments) -> VectorSide:
    if not args:
        raise CommandError("Missing vector field name")
    field = args.raw()
    if not field.startswith(b"@"):
        raise CommandError("Missing @ prefix for vector field name")
    if not args:
        raise CommandError("Missing vector argument")
    parameter = args.raw()
    if not parameter.startswith(b"$"):
        raise CommandError("Invalid vector argument, expected a parameter name starting with $")
    side = VectorSide(field[1:], parameter[1:])
    if args.peek("KNN"):
        args.skip()
        side = replace(side, method=_read_knn(args))
    elif args.peek("RANGE"):
        args.skip()
        side = replace(side, method=_read_range(args))
    if args.peek("FILTER"):
        args.skip()
        side = _with_filter(side, args)
    return _with_alias(side, args)


def _with_alias(side: VectorSide, args: Arguments) -> VectorSide:
    while args.peek("YIELD_SCORE_AS"):
        args.skip()
        if side.score_alias is not None:
            raise CommandError("Duplicate YIELD_SCORE_AS argument")
        if not args:
            raise CommandError("Missing argument value for YIELD_SCORE_AS")
        side = replace(side, score_alias=args.raw())
    if args.peek("DIALECT"):
        raise CommandError(NO_DIALECT)
    return side


def _read_knn(args: Arguments) -> Nearest:
    values = _counted(args, "KNN", {"K": _whole, "EF_RUNTIME": _whole, "SHARD_K_RATIO": _ratio})
    if "K" not in values:
        raise CommandError("Missing required argument K")
    options = ((b"EF_RUNTIME", values["EF_RUNTIME"]),) if "EF_RUNTIME" in values else ()
    return Nearest(int(values["K"]), options)


def _read_range(args: Arguments) -> Within:
    values = _counted(args, "RANGE", {"RADIUS": _radius, "EPSILON": _epsilon})
    if "RADIUS" not in values:
        raise CommandError("Missing required argument RADIUS")
    return Within(float(values["RADIUS"]), "EPSILON" in values)


def _counted(args: Arguments, clause: str, known: dict[str, Callable[[Arguments, str], bytes]]) -> dict[str, bytes]:
    """``n NAME value …``: each name at most once."""
    if not args:
        raise CommandError("Missing argument count")
    count = args.raw()
    if not count.isdigit() or len(count) > 9:
        raise CommandError("Invalid argument count: expected an unsigned integer")
    if not int(count) or int(count) % 2:
        raise CommandError(f"Invalid argument count: {int(count)} (must be a positive even number for key/value pairs)")
    values: dict[str, bytes] = {}
    for read in range(0, int(count), 2):
        if not args:
            verb = "was" if read == 1 else "were"
            raise CommandError(f"Expected arguments {int(count)}, but {read} {verb} provided")
        name = args.text()
        reader = known.get(name.upper())
        if reader is None:
            raise CommandError(f"Unknown argument `{name}` in {clause}")
        if name.upper() in values:
            raise CommandError(f"Duplicate {name.upper()} argument")
        if not args:
            raise CommandError(f"Missing argument value for {name.upper()}")
        values[name.upper()] = reader(args, name.upper())
    return values


def _whole(args: Arguments, name: str) -> bytes:
    raw = args.raw()
    if not raw.isdigit() or len(raw) > 18 or not int(raw):
        raise CommandError(f"Invalid {name} value")
    return raw


def _radius(args: Arguments, name: str) -> bytes:
    number = _number(args, name)
    if not number >= 0:
        raise CommandError(f"Invalid {name} value")
    return b"%r" % number


def _epsilon(args: Arguments, name: str) -> bytes:
    number = _number(args, name)
    if not number > 0:
        raise CommandError(f"Invalid {name} value")
    return b"%r" % number


def _ratio(args: Arguments, name: str) -> bytes:
    """A share of K that each shard of a cluster would answer; there is one shard."""
    raw = text(args.raw())
    try:
        ratio = float(raw)
    except ValueError:
        raise CommandError(f"Invalid shard k ratio value '{raw}'") from None
    if not 0 < ratio <= 1:
        raise CommandError(
            f"Invalid shard k ratio value: Shard k ratio must be greater than 0 and at most 1 (got {ratio:g})"
        )
    return raw.encode()


def _number(args: Arguments, name: str) -> float:
    try:
        return args.number(name)
    except CommandError:
        raise CommandError(f"Invalid {name} value") from None


def _with_filter(side: VectorSide, args: Arguments) -> VectorSide:
    """A query, or ``n query [POLICY p] [BATCH_SIZE n]``."""
    if not args:
        raise CommandError("Missing argument count for FILTER")
    first = args.raw()
    if not first.isdigit() or len(first) > 9:
        return replace(side, filter=first)
    words = Arguments(_slice(args, int(first)))
    if not words:
        raise CommandError("Missing filter-expression for FILTER")
    side = replace(side, filter=words.raw())
    options: list[tuple[bytes, bytes]] = []
    while words:
        name = words.text()
        if name.upper() == "POLICY":
            policy = _POLICIES.get(words.raw("POLICY").upper())
            if policy is None:
                raise CommandError("POLICY: Invalid value for argument")
            options.append((b"HYBRID_POLICY", policy))
        elif name.upper() == "BATCH_SIZE":
            options.append((b"BATCH_SIZE", words.raw("BATCH_SIZE")))
        else:
            raise CommandError(f"{name}: Unknown argument")
    if isinstance(side.method, Nearest):
        side = replace(side, method=replace(side.method, options=(*side.method.options, *options)))
    return side


def _slice(args: Arguments, count: int) -> list[bytes]:
    words: list[bytes] = []
    while args and len(words) < count:
        words.append(args.raw())
    if len(words) < count:
        raise CommandError(f"Not enough arguments in FILTER, specified {count} but provided only {len(words)}")
    return words
