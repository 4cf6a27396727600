"""A shortlist: people who are kept for a job, in an order, with notes; and people who are hidden for it.

A value that never changes: each method returns another one. Whoever arranges a shortlist, or changes a note, says on which
revision; where somebody else did so meanwhile, nothing is changed. Keeping, leaving and hiding may be done by many at once.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import Field, NonNegativeInt, TypeAdapter

from ..errors import ChangedMeanwhile, InvalidRequest, UnknownProfile
from ..labels import Label, LabelOrigin
from ..search.request import LONGEST_QUERY
from .bounds import LONGEST_HEADLINE, LONGEST_NAME, LONGEST_NOTE, Key, Moment, Name, now
from .people import HiddenPerson, KeptPerson

MOST_PEOPLE = 200
"""People on one shortlist."""

MOST_HIDDEN = 500
"""People hidden for one job."""

MOST_FORMER = 20
"""People who were taken off a shortlist, and whose notes come back with them."""


@dataclass(frozen=True, slots=True)
class Shortlist:
    """People for one job.

    Attributes:
        key: names it in addresses.
        name: as people call it.
        query: the text of the job; empty if none is known.
        revision: how often it was named or put in order.
        people: best first, by whoever put them in order.
        hidden: who is not to be shown again for this job; nobody who is kept.
        former: who was taken off lately, the last one first; whoever comes back has their note again.
        token: whoever knows it may read the shortlist; empty while it is not shared.
    """

    name: Name
    query: Annotated[str, Field(max_length=LONGEST_QUERY)] = ""
    key: Key = field(default_factory=lambda: secrets.token_urlsafe(9))
    created_at: Moment = field(default_factory=now)
    changed_at: Moment = field(default_factory=now)
    revision: NonNegativeInt = 0
    people: Annotated[tuple[KeptPerson, ...], Field(max_length=MOST_PEOPLE)] = ()
    hidden: Annotated[tuple[HiddenPerson, ...], Field(max_length=MOST_HIDDEN)] = ()
    former: Annotated[tuple[KeptPerson, ...], Field(max_length=MOST_FORMER)] = ()
    token: Annotated[str, Field(max_length=100)] = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """Of its people, in their order."""
        return tuple(person.id for person in self.people)

    def person(self, id_: str) -> KeptPerson:
        """Somebody who is on it.

        Raises:
            UnknownProfile: nobody with this id is.
        """
        for person in self.people:
            if person.id == id_:
                return person
        raise UnknownProfile("id", f"id: nobody with the id {id_[:50]!r} is on this shortlist")

    # ------------------------------------------------------------ who is on it
    def keeping(self, id_: str, headline: str, version: str = "") -> "Shortlist":
        """With one more person at its end, who is hidden no more; the same if they are on it.

        Args:
            id_, headline: the person's.
            version: the version that found them, if that is known.

        Raises:
            InvalidRequest: it is full.
        """
        if id_ in self.ids:
            return self
        if len(self.people) >= MOST_PEOPLE:
            raise InvalidRequest(
                "id", f"id: a shortlist has at most {MOST_PEOPLE} people; begin another one", code="full"
            )
        before = next((person for person in self.former if person.id == id_), KeptPerson(id_, ""))
        person = KeptPerson(id_, headline[:LONGEST_HEADLINE], note=before.note, version=version or before.version)
        former = tuple(person for person in self.former if person.id != id_)
        return self.showing(id_)._with(people=(*self.people, person), former=former)

    def leaving(self, id_: str) -> "Shortlist":
        """Without a person, whose note is kept for when they come back."""
        if id_ not in self.ids:
            return self
        people = tuple(person for person in self.people if person.id != id_)
        return self._with(people=people, former=(self.person(id_), *self.former)[:MOST_FORMER])

    def mentions(self, id_: str) -> bool:
        """Whether a person is on it, was on it, or is hidden."""
        return id_ in self.ids or id_ in {person.id for person in self.former} | {person.id for person in self.hidden}

    def forgetting(self, id_: str) -> "Shortlist":
        """As if a person had never been on it."""
        people = tuple(person for person in self.people if person.id != id_)
        former = tuple(person for person in self.former if person.id != id_)
        return self.showing(id_)._with(people=people, former=former)

    def hiding(self, id_: str, headline: str) -> "Shortlist":
        """With a person hidden; the same if they are hidden.

        Raises:
            InvalidRequest: the person is on the shortlist, or too many are hidden.
        """
        if id_ in self.ids:
            raise InvalidRequest(
                "id", f"id: {id_[:50]!r} is on this shortlist; take the person off it first", code="kept"
            )
        if any(person.id == id_ for person in self.hidden):
            return self
        if len(self.hidden) >= MOST_HIDDEN:
            raise InvalidRequest("id", f"id: at most {MOST_HIDDEN} people are hidden for a job", code="full")
        return self._with(hidden=(*self.hidden, HiddenPerson(id_, headline[:LONGEST_HEADLINE])))

    def showing(self, id_: str) -> "Shortlist":
        """With a person hidden no more."""
        return self._with(hidden=tuple(person for person in self.hidden if person.id != id_))

    # ------------------------------------------------------------ what only one may change at a time
    def renamed(self, name: str, revision: int) -> "Shortlist":
        """With another name.

        Raises:
            InvalidRequest: the name is empty or too long.
            ChangedMeanwhile: it was named or put in order since this revision.
        """
        self._is_at(revision, "name")
        return self._with(name=checked_name(name), revision=self.revision + 1)

    def ordered(self, ids: Sequence[str], revision: int) -> "Shortlist":
        """With its people in another order.

        Args:
            ids: of all its people, each once.
            revision: the one that the order was made on.

        Raises:
            ChangedMeanwhile: somebody came or went, or it was named or put in order since this revision.
        """
        self._is_at(revision, "order")
        people = {person.id: person for person in self.people}
        if sorted(ids) != sorted(people):
            raise ChangedMeanwhile(
                "order", f"order: expected the ids of the {len(people)} people of the shortlist, each once"
            )
        return self._with(people=tuple(people[id_] for id_ in ids), revision=self.revision + 1)

    def moved(self, id_: str, place: int, revision: int) -> "Shortlist":
        """With one person at another place, from 0; those between move on by one.

        Raises:
            UnknownProfile: nobody with this id is on it.
            ChangedMeanwhile: it was named or put in order since this revision.
        """
        person = self.person(id_)
        others = [other for other in self.ids if other != person.id]
        at = min(max(place, 0), len(others))
        return self.ordered([*others[:at], person.id, *others[at:]], revision)

    def noted(self, id_: str, note: str, revision: int) -> "Shortlist":
        """With another note for one of its people.

        Raises:
            UnknownProfile: nobody with this id is on it.
            InvalidRequest: the note is too long.
            ChangedMeanwhile: the note was changed since this revision of it.
        """
        person = self.person(id_)
        note = note.replace("\r\n", "\n").strip()
        if note == person.note:
            return self
        if len(note) > LONGEST_NOTE:
            raise InvalidRequest(
                "note", f"note: expected at most {LONGEST_NOTE:,} characters, got {len(note):,}", code="long"
            )
        if revision != person.note_revision:
            raise ChangedMeanwhile(
                "note", f"note: it was changed meanwhile; revision {person.note_revision} is the latest"
            )
        changed = replace(person, note=note, note_revision=person.note_revision + 1)
        return self._with(people=tuple(changed if each.id == id_ else each for each in self.people))

    def _is_at(self, revision: int, field_: str) -> None:
        if revision != self.revision:
            raise ChangedMeanwhile(
                field_, f"{field_}: the shortlist was changed meanwhile; revision {self.revision} is the latest"
            )

    # ------------------------------------------------------------ whoever else may read it
    def shared(self) -> "Shortlist":
        """With a token that nobody can guess (192 bits); the same if it is shared."""
        return self if self.token else self._with(token=secrets.token_urlsafe(24))

    def private(self) -> "Shortlist":
        """Without a token."""
        return self._with(token="")

    # ------------------------------------------------------------ as a whole
    def merged(self, other: "Shortlist") -> "Shortlist":
        """With whom and what another state of it has besides: people at the end, notes where there are none."""
        notes = {person.id: person.note for person in other.people}
        people = [replace(each, note=each.note or notes.get(each.id, "")) for each in self.people]
        people += [replace(each, note_revision=0) for each in other.people if each.id not in self.ids]
        people = people[:MOST_PEOPLE]
        kept = {person.id for person in people}
        hidden = {person.id: person for person in (*other.hidden, *self.hidden) if person.id not in kept}
        return self._with(people=tuple(people), hidden=tuple(hidden.values())[:MOST_HIDDEN])

    def labels(self, owner: str) -> Iterable[Label]:
        """Its people as those who fit the text of its job; none where that is not known."""
        if not self.query.strip():
            return []
        judged = Label(self.query, 1, "-", labeller=owner, origin=LabelOrigin.PAGE)
        return [
            replace(judged, profile_id=each.id, labelled_at=each.kept_at, version=each.version) for each in self.people
        ]

    def _with(self, **values: object) -> "Shortlist":
        """Another state of it, or itself where nothing changes."""
        other = replace(self, **values)  # type: ignore[arg-type]
        return self if other == self else replace(other, changed_at=now())


SHORTLIST = TypeAdapter(Shortlist)


def checked_name(name: str) -> str:
    """A name on one line.

    Raises:
        InvalidRequest: it is empty or too long.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidRequest("name", f"name: expected 1 to {LONGEST_NAME} characters, got {len(name):,}", code="name")
    return name
