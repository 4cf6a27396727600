"""A saved search, and who was found when somebody last looked: so it can say who is new."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import Field, TypeAdapter

from ..search.request import LONGEST_QUERY, MOST_RESULTS
from .bounds import Key, Moment, Name, ProfileId, now

LOOKED_AT = 50
"""Of so many first results it is said who is new. All that a search gives are remembered, so that who moves up is not."""

_Parameter = tuple[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=LONGEST_QUERY)]]


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search to look at again.

    Attributes:
        name: as people call it.
        parameters: of the search, as in an address; a long text stands in it whole.
        looked_at: when somebody last said that they had looked.
        seen: whom the search found then, best first.
    """

    name: Name
    parameters: Annotated[tuple[_Parameter, ...], Field(max_length=250)]
    key: Key = field(default_factory=lambda: secrets.token_urlsafe(9))
    created_at: Moment = field(default_factory=now)
    looked_at: Moment = field(default_factory=now)
    seen: Annotated[tuple[ProfileId, ...], Field(max_length=MOST_RESULTS)] = ()

    @property
    def query(self) -> str:
        """The text that it searches for."""
        return dict(self.parameters).get("q", "")

    def new(self, found: Sequence[str]) -> list[str]:
        """Who is among the first that are found now and was not found then, best first."""
        seen = frozenset(self.seen)
        return [id_ for id_ in found[:LOOKED_AT] if id_ not in seen]

    def looked(self, found: Iterable[str]) -> "SavedSearch":
        """After somebody has looked at whoever is found now."""
        return replace(self, seen=tuple(found)[:MOST_RESULTS], looked_at=now())

    def without(self, id_: str) -> "SavedSearch":
        """As if one person had never been found."""
        return replace(self, seen=tuple(seen for seen in self.seen if seen != id_))


SAVED_SEARCH = TypeAdapter(SavedSearch)
