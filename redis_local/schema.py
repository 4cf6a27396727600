"""Index definitions: from the arguments of FT.CREATE and FT.ALTER, and to and from JSON.

Source: https://redis.io/docs/latest/commands/ft.create/
"""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .arguments import Arguments
from .errors import CommandError, unsupported

DEFAULT_STOPWORDS = (
    "a is the an and are as at be but by for if in into it no not of on or such that their then there these they "
    "this to was will with"
).split()

VECTOR_TYPES = ("FLOAT32", "FLOAT64", "FLOAT16", "BFLOAT16", "INT8", "UINT8")
MAX_DIM = 2**20
METRICS = ("L2", "IP", "COSINE")
_VECTOR_DEFAULTS = {"M": 16, "EF_CONSTRUCTION": 200, "EF_RUNTIME": 10}
_NOT_SUPPORTED_OPTIONS = (
    "FILTER",
    "LANGUAGE_FIELD",
    "SCORE_FIELD",
    "PAYLOAD_FIELD",
    "TEMPORARY",
    "PAYLOAD",
    "INDEXALL",
)


@dataclass(frozen=True)
class VectorSpec:
    """How one vector field is stored: ``dim`` numbers of ``data_type``, compared by ``metric``."""

    algorithm: str
    data_type: str
    dim: int
    metric: str
    m: int = 16
    ef_construction: int = 200
    ef_runtime: int = 10


@dataclass(frozen=True)
class Field:
    """One schema field: ``identifier`` is its name in the hash, ``attribute`` its name in queries."""

    identifier: str
    attribute: str
    type: str
    sortable: bool = False
    unf: bool = False
    noindex: bool = False
    separator: str = ","
    case_sensitive: bool = False
    index_empty: bool = False
    index_missing: bool = False
    weight: float = 1.0
    nostem: bool = False
    suffix_trie: bool = False
    vector: VectorSpec | None = None


@dataclass(frozen=True)
class IndexDefinition:
    """Everything FT.CREATE said."""

    name: str
    prefixes: tuple[str, ...]
    fields: tuple[Field, ...]
    stopwords: tuple[str, ...] | None = None
    options: tuple[str, ...] = ()
    language: str = "english"
    score: float = 1.0
    skip_initial_scan: bool = False

    def field(self, attribute: str) -> Field | None:
        """The field with that query name, if there is one."""
        return next((each for each in self.fields if each.attribute == attribute), None)

    def with_fields(self, added: tuple[Field, ...]) -> "IndexDefinition":
        """The definition with further fields.

        Raises:
            CommandError: a name is already taken.
        """
        _no_duplicates(self.fields + added)
        return replace(self, fields=self.fields + added)

    @property
    def stopword_set(self) -> frozenset[bytes]:
        words = DEFAULT_STOPWORDS if self.stopwords is None else self.stopwords
        return frozenset(word.encode(errors="surrogateescape") for word in words)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "IndexDefinition":
        fields = tuple(
            Field(**{**each, "vector": VectorSpec(**each["vector"]) if each["vector"] else None})
            for each in data["fields"]
        )
        stopwords = None if data["stopwords"] is None else tuple(data["stopwords"])
        return cls(**{**data, "fields": fields, "prefixes": tuple(data["prefixes"]), "stopwords": stopwords,
                      "options": tuple(data["options"])})  # fmt: skip


@dataclass
class _Options:
    prefixes: tuple[str, ...] = ("",)
    stopwords: tuple[str, ...] | None = None
    flags: list[str] = field(default_factory=list)
    language: str = "english"
    score: float = 1.0
    skip_initial_scan: bool = False


def parse_create(args: Arguments) -> IndexDefinition:
    """Read the arguments of FT.CREATE.

    Raises:
        CommandError: in the words of the real Query Engine where it refuses too.
    """
    name = args.text()
    options = _Options()
    while args and not args.peek("SCHEMA"):
        _read_option(args, options)
    if not args:
        raise CommandError("No schema found")
    args.skip()
    if not args:
        raise CommandError("Fields arguments are missing")
    return IndexDefinition(
        name, options.prefixes, parse_fields(args), options.stopwords, tuple(options.flags), options.language,
        options.score, options.skip_initial_scan,
    )  # fmt: skip


def _read_option(args: Arguments, options: _Options) -> None:
    word = args.word()
    if word == "ON":
        kind = args.word()
        if kind == "JSON":
            raise unsupported("ON JSON")
        if kind != "HASH":
            raise CommandError(f"Invalid rule type: {kind}")
    elif word == "PREFIX":
        options.prefixes = tuple(args.counted("PREFIX")) or ("",)
        options.prefixes = tuple("" if each == "*" else each for each in options.prefixes)
    elif word == "STOPWORDS":
        options.stopwords = tuple(each.lower() for each in args.counted("STOPWORDS"))
    elif word == "LANGUAGE":
        options.language = args.text("LANGUAGE").lower()
    elif word == "SCORE":
        options.score = args.number("SCORE")
    elif word == "SKIPINITIALSCAN":
        options.skip_initial_scan = True
    elif word in ("NOOFFSETS", "NOHL", "NOFIELDS", "NOFREQS", "MAXTEXTFIELDS"):
        options.flags.append(word)
    elif word in _NOT_SUPPORTED_OPTIONS:
        raise unsupported(f"FT.CREATE … {word}")
    else:
        raise CommandError(f"Unknown argument `{word}`")


def parse_fields(args: Arguments) -> tuple[Field, ...]:
    """Read ``name [AS alias] TYPE options …`` until the arguments end."""
    fields: list[Field] = []
    while args:
        fields.append(_read_field(args))
    _no_duplicates(fields)
    return tuple(fields)


def _no_duplicates(fields: tuple[Field, ...] | list[Field]) -> None:
    seen: set[str] = set()
    for each in fields:
        if each.attribute in seen:
            raise CommandError(f"Duplicate field in schema - {each.attribute}")
        seen.add(each.attribute)


def _read_field(args: Arguments) -> Field:
    identifier = attribute = args.text()
    if args.peek("AS"):
        args.skip()
        attribute = args.text("AS")
    if not args:
        raise CommandError(f"Fields arguments are missing: field `{identifier}` does not have a type")
    kind = args.word()
    if kind in ("GEO", "GEOSHAPE"):
        raise unsupported(f"a {kind} field")
    if kind not in ("TAG", "NUMERIC", "TEXT", "VECTOR"):
        raise CommandError(f"Invalid field type for field `{identifier}`")
    options: dict[str, Any] = {}
    if kind == "VECTOR":
        options["vector"] = _read_vector(args)
    while args and args.peek(*_FIELD_OPTIONS[kind]):
        _read_field_option(args, kind, options)
    if args.peek("PHONETIC"):
        raise unsupported("PHONETIC")
    if kind == "NUMERIC" and options.get("sortable"):
        options["unf"] = True
    return Field(identifier, attribute, kind, **options)


_SHARED = ("SORTABLE", "UNF", "NOINDEX", "INDEXMISSING")
_FIELD_OPTIONS = {
    "TAG": (*_SHARED, "SEPARATOR", "CASESENSITIVE", "WITHSUFFIXTRIE", "INDEXEMPTY"),
    "TEXT": (*_SHARED, "WEIGHT", "NOSTEM", "WITHSUFFIXTRIE", "INDEXEMPTY"),
    "NUMERIC": _SHARED,
    "VECTOR": ("INDEXMISSING",),
}
_FLAGS = {"SORTABLE": "sortable", "UNF": "unf", "NOINDEX": "noindex", "CASESENSITIVE": "case_sensitive",
          "NOSTEM": "nostem", "WITHSUFFIXTRIE": "suffix_trie", "INDEXEMPTY": "index_empty",
          "INDEXMISSING": "index_missing"}  # fmt: skip


def _read_field_option(args: Arguments, kind: str, options: dict[str, Any]) -> None:
    word = args.word()
    if word == "SEPARATOR":
        options["separator"] = args.text("SEPARATOR")
        if len(options["separator"]) != 1:
            raise CommandError(f"Tag separator must be a single character. Got `{options['separator']}`")
    elif word == "WEIGHT":
        options["weight"] = args.number("WEIGHT")
    else:
        options[_FLAGS[word]] = True


def _read_vector(args: Arguments) -> VectorSpec:
    if not args:
        raise CommandError("Bad arguments for vector similarity algorithm: Expected an argument, but none provided")
    algorithm = args.word()
    if algorithm == "SVS-VAMANA":
        raise unsupported("the SVS-VAMANA algorithm")
    if algorithm not in ("FLAT", "HNSW"):
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
    return VectorSpec(
        algorithm, values["TYPE"], values["DIM"], values["DISTANCE_METRIC"], values.get("M", 16),
        values.get("EF_CONSTRUCTION", 200), values.get("EF_RUNTIME", 10),
    )  # fmt: skip


def _vector_values(algorithm: str, given: dict[str, str]) -> dict[str, Any]:
    allowed = {"TYPE", "DIM", "DISTANCE_METRIC", "INITIAL_CAP"}
    allowed |= {"M", "EF_CONSTRUCTION", "EF_RUNTIME", "EPSILON"} if algorithm == "HNSW" else {"BLOCK_SIZE"}
    values: dict[str, Any] = {}
    for name, value in given.items():
        bad = f"Bad arguments for vector similarity {algorithm} index `{name}`: "
        if name not in allowed:
            raise CommandError(f"Bad arguments for algorithm {algorithm}: {name}")
        if name in ("TYPE", "DISTANCE_METRIC"):
            if value.upper() not in (VECTOR_TYPES if name == "TYPE" else METRICS):
                raise CommandError(bad + "Unknown argument")
            values[name] = value.upper()
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
