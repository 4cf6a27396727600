"""Who of those that are kept is still here, and what their profiles say now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from profilesearch.errors import NoLiveVersion
from profilesearch.fields import Fields
from profilesearch.kept.people import KeptPerson
from profilesearch.kept.shortlist import Shortlist
from profilesearch.store import Candidate, Hit, VersionRecord

from ..services import services


@dataclass(frozen=True)
class PresentPerson:
    """Somebody on a shortlist, with the profile in the live version; None if it is gone."""

    kept: KeptPerson
    hit: Hit | None

    @property
    def title(self) -> str:
        """The headline that the person has now, or had when they were starred."""
        return self.hit.title if self.hit else self.kept.headline


@dataclass(frozen=True)
class PresentPeople:
    """The people of a shortlist, in its order.

    Attributes:
        version: the live version; None while there is none, and then nobody is said to be gone.
    """

    people: tuple[PresentPerson, ...]
    version: VersionRecord | None

    @classmethod
    def of(cls, shortlist: Shortlist) -> "PresentPeople":
        """Whoever is on a shortlist."""
        version = live_version()
        hits = profiles(version, shortlist.ids)
        return cls(tuple(PresentPerson(each, hits.get(each.id)) for each in shortlist.people), version)

    @property
    def fields(self) -> Fields:
        """What the profiles can be filtered by."""
        return self.version.fields if self.version else Fields()

    def gone(self, person: PresentPerson) -> bool:
        """Whether somebody is no longer in the collection."""
        return self.version is not None and person.hit is None


def live_version() -> VersionRecord | None:
    """The live version, if there is one: what is kept can be read without."""
    try:
        return services().store.versions.live()
    except NoLiveVersion:
        return None


def profiles(version: VersionRecord | None, ids: Iterable[str]) -> Mapping[str, Hit]:
    """The profiles with some ids, by id; those that are gone are left out."""
    if version is None:
        return {}
    hits = services().store.profiles.read(version, [Candidate(id_, 0.0) for id_ in ids])
    return {hit.id: hit for hit in hits}
