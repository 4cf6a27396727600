"""Index definitions, and to and from JSON.

Source: https://redis.io/docs/latest/commands/ft.create/
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from .errors import CommandError

DEFAULT_STOPWORDS = (
    "a is the an and are as at be but by for if in into it no not of on or such that their then there these they "
    "this to was will with"
).split()


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
    compression: str = "NO_COMPRESSION"
    construction_window_size: int = 200
    graph_max_degree: int = 32
    training_threshold: int = 0


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
    phonetic: str | None = None
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
    language_field: str | None = None
    score_field: str | None = None
    filter: str | None = None
    synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def field(self, attribute: str) -> Field | None:
        """The field with that query name, if there is one."""
        return next((each for each in self.fields if each.attribute == attribute), None)

    def with_fields(self, added: tuple[Field, ...]) -> "IndexDefinition":
        """The definition with further fields.

        Raises:
            CommandError: a name is already taken.
        """
        require_distinct(self.fields + added)
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
        prefixes, options = tuple(data["prefixes"]), tuple(data["options"])
        synonyms = tuple((group, tuple(words)) for group, words in data.get("synonyms", ()))
        data = {**data, "synonyms": synonyms}
        return cls(**{**data, "fields": fields, "prefixes": prefixes, "stopwords": stopwords, "options": options})


def require_distinct(fields: Sequence[Field]) -> None:
    """Refuse fields of the same name.

    Raises:
        CommandError: a name comes twice.
    """
    seen: set[str] = set()
    for each in fields:
        if each.attribute in seen:
            raise CommandError(f"Duplicate field in schema - {each.attribute}")
        seen.add(each.attribute)
