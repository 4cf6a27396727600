"""Which columns of a source make a profile."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import AliasChoices, Field

from .collection import PROFILES
from .errors import InvalidRequest
from .names import is_plain


@dataclass(frozen=True)
class Fields:
    """Which columns of a source make a profile.

    ``title`` is what a profile is shown by; versions of earlier releases call it ``headline``. ``text`` columns are joined to
    what is embedded; ``tags`` and ``numbers`` can be filtered by; ``language`` says what
    language a profile is in, and ``vector`` has vectors that are taken as they are, if there are such columns. Which names are taken, :mod:`profilesearch.names` says; a
    build checks it.
    """

    id: str = "id"
    title: Annotated[str, Field(validation_alias=AliasChoices("title", "headline"))] = PROFILES.title
    text: tuple[str, ...] = ("text",)
    tags: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    language: str = ""
    vector: str = ""

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
        return cls(
            data["id"],
            data["title"],
            tuple(data["text"]),
            tuple(data["tags"]),
            tuple(data["numbers"]),
            data.get("language", ""),
            data.get("vector", ""),
        )
