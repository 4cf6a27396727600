"""The arguments of FT.CREATE and FT.ALTER as an index definition.

Source: https://redis.io/docs/latest/commands/ft.create/
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .arguments import Arguments
from .errors import CommandError, unsupported
from .languages import LANGUAGES
from .pipeline.expression import parse_expression
from .schema import Field, IndexDefinition, VectorSpec, require_distinct
from .sounds import MATCHERS

VECTOR_TYPES = ("FLOAT32", "FLOAT64", "FLOAT16", "BFLOAT16", "INT8", "UINT8")
MAX_DIM = 2**20
METRICS = ("L2", "IP", "COSINE")
SVS = "SVS-VAMANA"
_OF_ALGORITHM = {
    "FLAT": {"BLOCK_SIZE"},
    "HNSW": {"M", "EF_CONSTRUCTION", "EF_RUNTIME", "EPSILON"},
    SVS: {
        "COMPRESSION",
        "CONSTRUCTION_WINDOW_SIZE",
        "GRAPH_MAX_DEGREE",
        "SEARCH_WINDOW_SIZE",
        "EPSILON",
        "TRAINING_THRESHOLD",
        "REDUCE",
    },
}
_KEPT = (
    "M",
    "EF_CONSTRUCTION",
    "EF_RUNTIME",
    "COMPRESSION",
    "CONSTRUCTION_WINDOW_SIZE",
    "GRAPH_MAX_DEGREE",
    "TRAINING_THRESHOLD",
)
_SVS_TYPES = ("FLOAT32", "FLOAT16")
_COMPRESSIONS = ("LVQ4", "LVQ8", "LVQ4X4", "LVQ4X8", "LEANVEC4X8", "LEANVEC8X8")
_FLAGS_OF_INDEX = ("NOOFFSETS", "NOHL", "NOFIELDS", "NOFREQS", "MAXTEXTFIELDS")
_NOT_SUPPORTED_OPTIONS = ("PAYLOAD_FIELD", "TEMPORARY", "PAYLOAD", "INDEXALL")


def parse_create(args: Arguments) -> IndexDefinition:
    """Read the arguments of FT.CREATE.

    Raises:
        CommandError: in the words of the real Query Engine where it refuses too.
    """
    definition = IndexDefinition(args.text(), ("",), ())
    while args and not args.peek("SCHEMA"):
        definition = _with_option(args, definition)
    if not args:
        raise CommandError("No schema found")
    args.skip()
    if not args:
        raise CommandError("Fields arguments are missing")
    return replace(definition, fields=parse_fields(args))


def _with_option(args: Arguments, definition: IndexDefinition) -> IndexDefinition:
    word = args.word()
    if word in _READERS:
        return replace(definition, **_READERS[word](args))
    if word in _FLAGS_OF_INDEX:
        return replace(definition, options=(*definition.options, word))
    if word in _NOT_SUPPORTED_OPTIONS:
        raise unsupported(f"FT.CREATE … {word}")
    raise CommandError(f"Unknown argument `{word}`")


def _read_kind(args: Arguments) -> dict[str, Any]:
    kind = args.word()
    if kind == "JSON":
        raise unsupported("ON JSON")
    if kind != "HASH":
        raise CommandError(f"Invalid rule type: {kind}")
    return {}


def _read_prefixes(args: Arguments) -> dict[str, Any]:
    prefixes = args.counted("PREFIX") or [""]
    return {"prefixes": tuple("" if each == "*" else each for each in prefixes)}


def _read_language(args: Arguments) -> dict[str, Any]:
    language = args.text("LANGUAGE").lower()
    if language not in LANGUAGES:
        raise CommandError("Invalid language")
    return {"language": language}


def _read_score(args: Arguments) -> dict[str, Any]:
    try:
        score = args.number("SCORE")
    except CommandError:
        score = -1.0
    if not 0 <= score <= 1:
        raise CommandError("Invalid score")
    return {"score": score}


def _read_filter(args: Arguments) -> dict[str, Any]:
    expression = args.text("FILTER")
    parse_expression(expression.encode(errors="surrogateescape"))
    return {"filter": expression}


_READERS: dict[str, Callable[[Arguments], dict[str, Any]]] = {
    "ON": _read_kind,
    "PREFIX": _read_prefixes,
    "STOPWORDS": lambda args: {"stopwords": tuple(each.lower() for each in args.counted("STOPWORDS"))},
    "LANGUAGE": _read_language,
    "LANGUAGE_FIELD": lambda args: {"language_field": args.text("LANGUAGE_FIELD")},
    "SCORE": _read_score,
    "SCORE_FIELD": lambda args: {"score_field": args.text("SCORE_FIELD")},
    "FILTER": _read_filter,
    "SKIPINITIALSCAN": lambda args: {"skip_initial_scan": True},
}


def parse_fields(args: Arguments) -> tuple[Field, ...]:
    """Read ``name [AS alias] TYPE options …`` until the arguments end."""
    fields: list[Field] = []
    while args:
        fields.append(_read_field(args))
    require_distinct(fields)
    return tuple(fields)


def _read_field(args: Arguments) -> Field:
    identifier = attribute = args.text()
    if args.peek("AS"):
        args.skip()
        attribute = args.text("AS")
    if not args:
        raise CommandError(f"Fields arguments are missing: field `{identifier}` does not have a type")
    kind = args.word()
    if kind == "GEOSHAPE":
        raise unsupported(f"a {kind} field")
    if kind not in ("TAG", "NUMERIC", "GEO", "TEXT", "VECTOR"):
        raise CommandError(f"Invalid field type for field `{identifier}`")
    options: dict[str, Any] = {}
    if kind == "VECTOR":
        options["vector"] = _read_vector(args)
    while args and args.peek(*_FIELD_OPTIONS[kind]):
        _read_field_option(args, kind, options)
    if options.get("sortable") and (kind == "NUMERIC" or options.get("case_sensitive")):
        options["unf"] = True
    return Field(identifier, attribute, kind, **options)


_SHARED = ("SORTABLE", "UNF", "NOINDEX", "INDEXMISSING")
_FIELD_OPTIONS = {
    "TAG": (*_SHARED, "SEPARATOR", "CASESENSITIVE", "WITHSUFFIXTRIE", "INDEXEMPTY"),
    "TEXT": (*_SHARED, "WEIGHT", "NOSTEM", "PHONETIC", "WITHSUFFIXTRIE", "INDEXEMPTY"),
    "NUMERIC": _SHARED,
    "GEO": _SHARED,
    "VECTOR": ("INDEXMISSING",),
}
_FLAGS = {
    "SORTABLE": "sortable",
    "UNF": "unf",
    "NOINDEX": "noindex",
    "CASESENSITIVE": "case_sensitive",
    "NOSTEM": "nostem",
    "WITHSUFFIXTRIE": "suffix_trie",
    "INDEXEMPTY": "index_empty",
    "INDEXMISSING": "index_missing",
}


def _read_field_option(args: Arguments, kind: str, options: dict[str, Any]) -> None:
    word = args.word()
    if word == "SEPARATOR":
        options["separator"] = args.text("SEPARATOR")
        if len(options["separator"]) != 1:
            raise CommandError(f"Tag separator must be a single character. Got `{options['separator']}`")
    elif word == "WEIGHT":
        options["weight"] = args.number("WEIGHT")
    elif word == "PHONETIC":
        options["phonetic"] = _read_matcher(args)
    else:
        options[_FLAGS[word]] = True


def _read_matcher(args: Arguments) -> str:
    if not args:
        raise CommandError("PHONETIC requires an argument")
    matcher = args.text()
    if matcher not in MATCHERS:
        raise CommandError(
            "Matcher Format: <2 chars algorithm>:<2 chars language>. Support algorithms: double metaphone (dm). "
            "Supported languages: English (en), French (fr), Portuguese (pt) and Spanish (es)"
        )
    return matcher


def _read_vector(args: Arguments) -> VectorSpec:
    if not args:
        raise CommandError("Bad arguments for vector similarity algorithm: Expected an argument, but none provided")
    algorithm = args.word()
    if algorithm not in ("FLAT", "HNSW", SVS):
        raise CommandError("Bad arguments for vector similarity algorithm: Unknown argument")
    given = args.counted(f"vector similarity {algorithm} index")
    if len(given) % 2:
        raise CommandError(
            f"Bad number of arguments for vector similarity index: got {len(given)} but expected even number as "
            "algorithm parameters (should be submitted as named arguments)"
        )
    values = _vector_values(algorithm, dict(zip((each.upper() for each in given[::2]), given[1::2], strict=True)))
    for needed in ("TYPE", "DIM", "DISTANCE_METRIC"):
        if needed not in values:
            raise CommandError(
                f"Missing mandatory parameter: cannot create {algorithm} index without specifying {needed} argument"
            )
    named = {name.lower(): values[name] for name in _KEPT if name in values}
    return VectorSpec(algorithm, values["TYPE"], values["DIM"], values["DISTANCE_METRIC"], **named)


def _vector_values(algorithm: str, given: dict[str, str]) -> dict[str, Any]:
    allowed = {"TYPE", "DIM", "DISTANCE_METRIC", "INITIAL_CAP"}
    allowed |= _OF_ALGORITHM[algorithm]
    values: dict[str, Any] = {}
    for name, value in given.items():
        bad = f"Bad arguments for vector similarity {algorithm} index `{name}`: "
        if name not in allowed:
            raise CommandError(f"Bad arguments for algorithm {algorithm}: {name}")
        if name in ("TYPE", "DISTANCE_METRIC"):
            types = _SVS_TYPES if algorithm == SVS else VECTOR_TYPES
            if value.upper() not in (types if name == "TYPE" else METRICS):
                raise CommandError(bad + "Unknown argument")
            values[name] = value.upper()
        elif name == "COMPRESSION":
            if value.upper() not in _COMPRESSIONS:
                raise CommandError(bad + "Unknown argument")
            values[name] = value
        elif name == "EPSILON":
            values[name] = value
        else:
            values[name] = _positive(bad, value, 0 if name == "INITIAL_CAP" else 1, MAX_DIM if name == "DIM" else 2**31)
    return values


def _positive(bad: str, value: str, least: int, most: int) -> int:
    try:
        number = int(value)
    except ValueError:
        raise CommandError(bad + "Could not convert argument to expected type") from None
    if not least <= number <= most:
        raise CommandError(bad + "Value is outside acceptable bounds")
    return number
