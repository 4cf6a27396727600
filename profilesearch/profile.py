"""The schema of a profile, declared once.

A profile is a redis-om ``HashModel``: its ``redisearch_schema()`` is the text of FT.CREATE, its pydantic types check
every row. Which tag and numeric fields there are depends on the source and is remembered with the version, so the
model is built from a :class:`Fields`. Its ``save()`` is not used: redis-om writes vectors of hashes as text, which
Redis does not index; a checked :class:`Row` becomes the hash itself, with the vector's raw bytes.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal, Optional

from redis_om import Field, HashModel, VectorFieldOptions

from .errors import InvalidRequest
from .names import is_plain
from .vectors import Vectors, to_bytes

TAG_SEPARATOR = "\x1f"
"""Stands between the values of one tag field: a character that no text has."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")

Algorithm = Literal["flat", "hnsw"]
Metric = Literal["cosine", "l2", "ip"]


@dataclass(frozen=True)
class Fields:
    """Which columns of a source make a profile.

    ``text`` columns are joined to what is embedded; ``tags`` and ``numbers`` can be filtered by. Which names are taken,
    :mod:`profilesearch.names` says; a build checks it.
    """

    id: str = "id"
    headline: str = "headline"
    text: tuple[str, ...] = ("text",)
    tags: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (*self.tags, *self.numbers):
            if not is_plain(name):  # it enters queries as it is
                raise InvalidRequest(
                    name, f"field {name!r} cannot be a tag or numeric field: expected letters, digits and _"
                )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Fields":
        return cls(data["id"], data["headline"], tuple(data["text"]), tuple(data["tags"]), tuple(data["numbers"]))


SAMPLE_FIELDS = Fields(
    text=("headline", "about", "experience", "education", "skills"),
    tags=("role", "field", "location", "seniority", "languages"),
    numbers=("years",),
)
"""The columns of the sample that ``python -m indexer sample`` writes."""


@dataclass(frozen=True)
class VectorIndex:
    """How the vectors are indexed (https://redis.io/docs/latest/develop/ai/search-and-query/vectors/)."""

    dimension: int
    algorithm: Algorithm = "flat"
    metric: Metric = "cosine"
    m: int = 16
    ef_construction: int = 200
    ef_runtime: int = 100

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def similarity(self, distance: float) -> float:
        """A distance as a similarity; higher is nearer.

        ``1 - distance`` for cosine and inner product, in [-1, 1] for unit vectors; for L2, whose distance Redis gives
        squared, the cosine that unit vectors of that distance have.
        """
        return 1 - distance / 2 if self.metric == "l2" else 1 - distance

    def options(self) -> VectorFieldOptions:
        shared: dict[str, Any] = {
            "type": VectorFieldOptions.TYPE.FLOAT32,
            "dimension": self.dimension,
            "distance_metric": VectorFieldOptions.DISTANCE_METRIC[self.metric.upper()],
        }
        if self.algorithm == "flat":
            return VectorFieldOptions.flat(**shared)
        return VectorFieldOptions.hnsw(
            **shared, m=self.m, ef_construction=self.ef_construction, ef_runtime=self.ef_runtime
        )


class Profile(HashModel):  # type: ignore[misc]  # redis-om has no types
    """One person. ``text`` is what was embedded; ``cluster`` the number of the nearest centroid."""

    id: str = Field(index=False, primary_key=True, min_length=1, max_length=256, separator=TAG_SEPARATOR)
    headline: str = Field("", index=False)
    text: str = Field(index=False, min_length=1)
    cluster: str = Field("", index=True, separator=TAG_SEPARATOR)


def profile_model(version: str, fields: Fields, vectors: VectorIndex) -> type[Profile]:
    """The profile of one version: :class:`Profile` with its tag and numeric fields and its vector.

    Keys are ``profile:{version}:{id}``; the index is ``profiles:{version}``.
    """
    annotations: dict[str, Any] = {}
    namespace: dict[str, Any] = {"__annotations__": annotations, "__module__": __name__, "__doc__": Profile.__doc__}
    for name in fields.tags:
        annotations[name] = str
        namespace[name] = Field("", index=True, separator=TAG_SEPARATOR)
    for name in fields.numbers:
        annotations[name] = Optional[float]  # noqa: UP045  redis-om reads the type and does not know X | None
        namespace[name] = Field(None, index=True, sortable=True)
    annotations["embedding"] = list[float]
    namespace["embedding"] = Field([], index=True, vector_options=vectors.options())
    namespace["Meta"] = type(
        "Meta", (), {"global_key_prefix": "profile", "model_key_prefix": version, "index_name": f"profiles:{version}"}
    )
    return type("Profile", (Profile,), namespace, index=True)  # type: ignore[call-overload,no-any-return]


@dataclass(frozen=True)
class Row:
    """A checked profile: what a hash is made of, but for its vector and its cluster.

    Attributes:
        tags: for each field that has any, its values, joined.
        numbers: for each field that has one, its number.
    """

    id: str
    headline: str
    text: str
    tags: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of_digest(cls, digest: str, *values: Any) -> "Row":
        """A row whose digest is known already."""
        row = cls(*values)
        vars(row)["digest"] = digest
        return row

    @cached_property
    def json(self) -> str:
        """As JSON, the same for equal rows."""
        return json.dumps([self.id, self.headline, self.text, self.tags, self.numbers], ensure_ascii=False)

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits that differ between different rows."""
        return hashlib.blake2b(self.json.encode(), digest_size=8).hexdigest()

    @property
    def size(self) -> int:
        """Characters of its texts, which is about what it takes in memory besides its vector."""
        return len(self.headline) + len(self.text) + sum(map(len, self.tags.values()))

    def to_hash(self, cluster: int, vector: Vectors) -> dict[str, str | float | bytes]:
        """The fields of the hash, with a ``(dim,)`` vector as little-endian float32."""
        return {"id": self.id, "headline": self.headline, "text": self.text, "cluster": str(cluster),
                "digest": self.digest, **self.tags, **self.numbers, "embedding": to_bytes(vector)}  # fmt: skip


def clean_tag(value: str) -> str:
    """A tag value as it is stored and asked for: in NFC, without spaces around it, and single spaces within.

    Raises:
        ValueError: it has a control character, which the query language cannot express, or is no UTF-8.
    """
    cleaned = _plain(value)
    if _CONTROL.search(cleaned):
        raise ValueError("a control character")
    if _SURROGATE.search(cleaned):
        raise ValueError("a lone surrogate")
    return cleaned


def fold_tag(value: str) -> str:
    """What equal tag values have in common: Redis compares them in lower case, for all of Unicode.

    Not ``casefold``, for which Straße and STRASSE are equal: to Redis they are not
    (https://redis.io/docs/latest/develop/ai/search-and-query/advanced-concepts/tags/).
    """
    return _plain(value).lower()


def _plain(value: str) -> str:
    return " ".join((value if value.isascii() else unicodedata.normalize("NFC", value)).split())


def join_tags(values: Iterable[str]) -> str:
    """Tag values as one hash field, equal ones once.

    Raises:
        ValueError: one has a control character.
    """
    different: dict[str, str] = {}
    for value in map(clean_tag, values):
        different.setdefault(value.lower(), value)
    return TAG_SEPARATOR.join(different.values())


def split_tags(value: str) -> tuple[str, ...]:
    """A hash field as tag values."""
    return tuple(filter(None, value.split(TAG_SEPARATOR)))
