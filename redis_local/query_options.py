"""What FT.SEARCH and FT.AGGREGATE alike may say of their query.

Source: https://redis.io/docs/latest/commands/ft.search/
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from .arguments import Arguments, text
from .errors import CommandError
from .geo import METRES, is_place
from .languages import LANGUAGES
from .query.nodes import Circle, Range

DEFAULT_DIALECT = 1
MAX_DIALECT = 4
SCORERS = ("BM25STD", "BM25STD.NORM", "BM25STD.TANH", "BM25", "TFIDF", "TFIDF.DOCNORM", "DISMAX", "DOCSCORE", "HAMMING")

TANH_FACTOR = 4
"""By what BM25STD.TANH divides a score, unless the query says otherwise."""

_MOST_TANH_FACTOR = 10_000
_MAX_FILTERS = 64
_GEO_WORDS = 5


@dataclass
class QueryOptions:
    """A query and how it is read.

    Attributes:
        slop: how many other words may stand between the words of the query, None for any number.
        language: of the query; None for the index's own.
        expander: SBSTEM looks for stems alone, SYNONYM for synonyms alone, one that Redis does not know for neither.
        filters: what else must hold, from FILTER and GEOFILTER.
    """

    query: bytes = b""
    verbatim: bool = False
    nostopwords: bool = False
    in_order: bool = False
    slop: int | None = None
    language: str | None = None
    expander: str = "DEFAULT"
    scorer: str = "BM25STD"
    tanh_factor: int = TANH_FACTOR
    infields: tuple[bytes, ...] = ()
    inkeys: list[bytes] | None = None
    params: dict[bytes, bytes] = field(default_factory=dict)
    dialect: int = DEFAULT_DIALECT
    filters: list[Range | Circle] = field(default_factory=list)

    def add_filter(self, node: Range | Circle) -> None:
        """Take one more filter.

        Raises:
            CommandError: there are too many.
        """
        if len(self.filters) == _MAX_FILTERS:
            raise CommandError(f"Query is too large: redis_local takes at most {_MAX_FILTERS} FILTERs in a search")
        self.filters.append(node)


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
    if name not in SCORERS:
        raise CommandError(f"No such scorer {name}")
    options.scorer = name


def _read_geo_filter(options: QueryOptions, args: Arguments) -> None:
    """``GEOFILTER field longitude latitude radius unit``"""
    if args.left < _GEO_WORDS:
        raise CommandError("GEOFILTER requires 5 arguments")
    field_name = args.raw()
    longitude, latitude, radius = (_degrees(args, name) for name in ("lon", "lat", "radius"))
    unit = args.raw()
    if unit.lower() not in METRES:
        raise CommandError(f"Unknown distance unit {text(unit)}")
    if radius <= 0:
        raise CommandError("Invalid GeoFilter radius")
    if not is_place(longitude, latitude):
        raise CommandError("Invalid GeoFilter lat/lon")
    options.add_filter(Circle(0, field_name, longitude, latitude, radius, unit))


def _degrees(args: Arguments, name: str) -> float:
    return args.number(f"<{name}>")


QUERY_READERS: dict[str, Callable[[QueryOptions, Arguments], None]] = {
    "VERBATIM": lambda options, args: setattr(options, "verbatim", True),
    "NOSTOPWORDS": lambda options, args: setattr(options, "nostopwords", True),
    "INORDER": lambda options, args: setattr(options, "in_order", True),
    "SLOP": lambda options, args: setattr(options, "slop", _read_slop(args)),
    "LANGUAGE": lambda options, args: setattr(options, "language", read_language(args.text("LANGUAGE"))),
    "SCORER": _read_scorer,
    "BM25STD_TANH_FACTOR": lambda options, args: setattr(options, "tanh_factor", _read_tanh_factor(args)),
    "EXPANDER": lambda options, args: setattr(options, "expander", args.text("EXPANDER").upper()),
    "GEOFILTER": _read_geo_filter,
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


def _read_tanh_factor(args: Arguments) -> int:
    factor = args.integer("BM25STD_TANH_FACTOR")
    if not 1 <= factor <= _MOST_TANH_FACTOR:
        raise CommandError(f"BM25STD_TANH_FACTOR must be between 1 and {_MOST_TANH_FACTOR} inclusive")
    return factor


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
