"""Names that a tag or numeric field cannot have, each with who needs it. Whoever needs a name takes it from here."""

from collections.abc import Iterator, Sequence

from .collection import PROFILES
from .errors import InvalidRequest

DISTANCE = "distance"
"""What a KNN query calls the distance."""

COUNT = "__count"
"""What an aggregation calls its count: no field begins with an underscore."""

ENDS = ("_min", "_max")
"""What the URL's parameters of a numeric field end in."""

MODEL = "model"
"""The URL's parameter for the embedding model that answers."""

TEXT_LANGUAGE = "text-language"
"""The URL's parameter for the language that a text is in; a hyphen keeps it apart from fields' names."""

PARAMETERS = (
    "q",
    "like",
    "k",
    "offset",
    "cluster",
    "probes",
    "target_recall",
    "explain",
    "format",
    "facets",
    "by",
    "rerank",
    "diversity",
    "every",
    "parts",
    MODEL,
    TEXT_LANGUAGE,
)
"""The URL's parameters of a search, besides its filters."""

PERSON = "person"
"""The URL's parameter of the map for the person that it is drawn around."""

LONGEST_NAME = 64

_HASH = ("id", PROFILES.title, PROFILES.text, PROFILES.titles, "cluster", "embedding", "digest")
_FURTHER_PARAMETERS = (PERSON, "t", "lang")
_EXPORT = ("rank", "similarity", "snippet")
_SCHEMA_WORDS = (
    "as tag numeric vector geo geoshape separator sortable unf noindex casesensitive withsuffixtrie indexempty "
    "indexmissing nostem phonetic weight payload_field score_field".split()
)

REDIS_OM = frozenset(
    "Meta add all_pks check check_datetime_schema_compatibility construct copy db delete delete_many dict expire "
    "expire_field field_ttl find from_orm from_redis get get_annotations json key make_key make_primary_key parse_file "
    "parse_obj parse_raw persist_field pk redisearch_schema save schema schema_for_fields schema_for_type schema_json "
    "update update_forward_refs validate validate_pk validate_primary_key".split()
)
"""What the model that declares the schema has itself, besides names that begin with ``model_``."""

RESERVED: dict[str, str] = {
    **dict.fromkeys(_SCHEMA_WORDS, "it is a word of FT.CREATE"),
    **dict.fromkeys(_EXPORT, "it is a column of the results"),
    **dict.fromkeys((*PARAMETERS, *_FURTHER_PARAMETERS), "it is a parameter of the search address"),
    DISTANCE: "it is a name in the query",
    **dict.fromkeys(_HASH, "every profile has a field of this name"),
}
"""Names in lower case, and why they are taken."""


def check_names(tags: Sequence[str], numbers: Sequence[str]) -> None:
    """Check that fields with these names can be stored, counted, filtered by and shown.

    Raises:
        InvalidRequest: which cannot, why, and what to do.
    """
    seen: set[str] = set()
    ends = {f"{name}{end}": name for name in numbers for end in ENDS}
    for name in (*tags, *numbers):
        why = "it is named twice" if name in seen else _taken(name)
        if name in ends and name in tags:
            why = f"it is the address' parameter for an end of the numeric field {ends[name]!r}"
        if why:
            short = name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "…"
            raise InvalidRequest(
                short,
                f"field {short!r} cannot be a tag or numeric field: {why}; name the column otherwise in the source",
            )
        seen.add(name)


def is_plain(name: str) -> bool:
    """Whether a name means nothing but itself in a query: letters, digits and underscores, not at the beginning."""
    return name.isidentifier() and not name.startswith("_")


def parameters(numbers: Sequence[str]) -> Iterator[str]:
    """The URL's parameters for both ends of numeric fields."""
    return (f"{name}{end}" for name in numbers for end in ENDS)


def _taken(name: str) -> str | None:
    if not is_plain(name):
        return "expected letters, digits and _, and a letter first"
    if len(name) > LONGEST_NAME:
        return f"expected at most {LONGEST_NAME} characters"
    if name in REDIS_OM or name.startswith("model_"):
        return "redis-om uses it itself"
    return RESERVED.get(name.lower())
