"""All that one owner keeps, as one file."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from ..errors import InvalidRequest
from ..labels import InvalidLabel, Label
from .bounds import checked
from .saved_search import SavedSearch
from .shortlist import Shortlist

MOST_SHORTLISTS = 200
MOST_SEARCHES = 100
MOST_LABELS = 200_000
"""That one owner may have."""

Format = Literal["profile-search-kept-1"]
FORMAT: Format = "profile-search-kept-1"


@dataclass(frozen=True)
class Kept:
    """All that one owner keeps.

    Attributes:
        format: tells such a file from any other.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")
    format: Format
    shortlists: Annotated[tuple[Shortlist, ...], Field(max_length=MOST_SHORTLISTS)] = ()
    searches: Annotated[tuple[SavedSearch, ...], Field(max_length=MOST_SEARCHES)] = ()
    labels: Annotated[tuple[Label, ...], Field(max_length=MOST_LABELS)] = ()

    def to_json(self) -> bytes:
        """The file, as UTF-8."""
        return _KEPT.dump_json(self, indent=1)

    @classmethod
    def from_json(cls, data: bytes) -> "Kept":
        """What a file holds.

        Raises:
            InvalidRequest: it is no such file; names the field at fault.
        """
        try:
            return checked(_KEPT, data)
        except InvalidLabel as error:
            raise InvalidRequest("labels", f"labels: {error}") from None


_KEPT = TypeAdapter(Kept)
