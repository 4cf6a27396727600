"""The schema of a profile, declared once with redis-om, whose ``redisearch_schema()`` is the text of FT.CREATE.

Which tag and numeric fields there are depends on the source and is remembered with the version, so the model is built
from the version's record. Its ``save()`` is not used: redis-om writes vectors of hashes as text, which Redis does not
index; a checked :class:`~profilesearch.row.Row` becomes the hash itself, with the vector's raw bytes.
"""

from typing import Any, Optional

from redis_om import Field, HashModel, VectorFieldOptions

from ..collection import Collection
from ..row import LANGUAGE
from ..tags import TAG_SEPARATOR
from ..vector_index import VectorIndex
from .versions.records import VersionRecord

TITLE_WEIGHT = 1.0
"""How much more a word in the title counts than one in the text: who has the whole title is found by its tag."""


def create_words(record: VersionRecord) -> list[str]:
    """What follows the index in FT.CREATE for a version's profiles."""
    words = _declared(record)
    if not record.words:
        return words
    language = ["LANGUAGE", record.language] if record.language else []
    if record.languages:
        language += ["LANGUAGE_FIELD", LANGUAGE]
    start = words.index("SCHEMA")
    return [*words[:start], *language, *words[start:], *_word_fields(record.collection)]


def create_passages(record: VersionRecord) -> list[str]:
    """What follows the index in FT.CREATE for a version's passages: all that can be filtered by, but no words."""
    words = _declared(record)
    words[words.index("PREFIX") + 2] = record.collection.passage_keys(record.version)
    return words


def _declared(record: VersionRecord) -> list[str]:
    """What redis-om declares; the type of the vector's numbers is said here, since it knows two of them alone."""
    schema: str = _model(record).redisearch_schema()
    words = schema.split(" ")
    words[-words[::-1].index("TYPE")] = record.vectors.type.upper()  # the vector is declared last
    return words


def _word_fields(collection: Collection) -> list[str]:
    """The fields whose words are indexed: redis-om would make each of them a tag, too."""
    return [collection.title, "TEXT", "WEIGHT", f"{TITLE_WEIGHT:g}", collection.text, "TEXT"]


def _model(record: VersionRecord) -> Any:
    """The profile of one version: its cluster, its tag and numeric fields and its vector."""
    annotations: dict[str, Any] = {"id": str, "cluster": str}
    members: dict[str, Any] = {
        "id": Field(index=False, primary_key=True, separator=TAG_SEPARATOR),
        "cluster": Field("", index=True, separator=TAG_SEPARATOR),
    }
    for name in (*record.fields.tags, *([record.collection.titles] if record.words else [])):
        annotations[name] = str
        members[name] = Field("", index=True, separator=TAG_SEPARATOR)
    for name in record.fields.numbers:
        annotations[name] = Optional[float]  # noqa: UP045  redis-om reads the type and does not know X | None
        members[name] = Field(None, index=True, sortable=True)
    annotations["embedding"] = list[float]
    members["embedding"] = Field([], index=True, vector_options=_vector_options(record.vectors))
    names = {
        "global_key_prefix": record.collection.key_prefix,
        "model_key_prefix": record.version,
        "index_name": record.index,
    }
    members |= {"__annotations__": annotations, "__module__": __name__, "Meta": type("Meta", (), names)}
    return type("Profile", (HashModel,), members, index=True)  # type: ignore[call-overload]


def _vector_options(vectors: VectorIndex) -> VectorFieldOptions:
    shared: dict[str, Any] = {
        "type": VectorFieldOptions.TYPE.FLOAT32,
        "dimension": vectors.dimension,
        "distance_metric": VectorFieldOptions.DISTANCE_METRIC[vectors.metric.upper()],
    }
    if vectors.algorithm == "flat":
        return VectorFieldOptions.flat(**shared)
    return VectorFieldOptions.hnsw(
        **shared, m=vectors.m, ef_construction=vectors.ef_construction, ef_runtime=vectors.ef_runtime
    )
