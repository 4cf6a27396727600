"""What pages of people show of what is kept: stars, judgements, and who is hidden."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from profilesearch.kept.bounds import LONGEST_NAME
from profilesearch.kept.shortlist import Shortlist

from ..services import services
from .owner import chosen_shortlist, owner


@dataclass(frozen=True)
class KeptView:
    """Of some people, for one search.

    Attributes:
        shortlist: where stars go; None if the next one begins a shortlist.
        query: the text that people are judged by; empty where there is none.
        grades: what was said of them, by id.
    """

    shortlist: Shortlist | None
    query: str
    grades: Mapping[str, int]

    @classmethod
    def of(cls, ids: Iterable[str], query: str) -> "KeptView":
        """What is kept of some people."""
        return cls(chosen_shortlist(), query.strip(), services().store.labels.grades(owner(), query, list(ids)))

    def kept(self, id_: str) -> bool:
        """Whether a person is on the shortlist."""
        return self.shortlist is not None and id_ in self.shortlist.ids

    def hidden(self, id_: str) -> bool:
        """Whether a person is hidden for it."""
        return self.shortlist is not None and any(person.id == id_ for person in self.shortlist.hidden)

    def judgements(self, labels: Any) -> list[tuple[str, str, str]]:
        """The buttons that judge a person: what each does, what undoes it, and what it is called in these texts."""
        fits = [("fits", "unlabel", labels.fits), ("unfit", "unlabel", labels.unfit)] if self.query else []
        return [*fits, ("hide", "show", labels.hide)]

    def pressed(self, id_: str) -> dict[str, bool]:
        """The buttons of a person by their names, and which of them are pressed."""
        grade = self.grades.get(id_)
        return {
            "star": self.kept(id_),
            "fits": grade is not None and grade > 0,
            "unfit": grade == 0,
            "hide": self.hidden(id_),
        }

    @property
    def suggested_name(self) -> str:
        """What a new shortlist or a saved search would be called: what the text begins with."""
        line = next(iter(self.query.splitlines()), "")
        words = " ".join(line.split())
        return words if len(words) <= 60 else words[:60].rpartition(" ")[0][:LONGEST_NAME] or words[:60]
