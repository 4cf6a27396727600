"""The schema of a profile, declared once with redis-om."""

from typing import Any, Optional

from redis_om import Field, HashModel

from ..collection import PROFILES
from ..fields import Fields
from ..tags import TAG_SEPARATOR
from ..vector_index import VectorIndex

WORDS = (PROFILES.title, "TEXT", PROFILES.text, "TEXT")
"""The fields whose words are indexed: redis-om would make each of them a tag, too."""


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
