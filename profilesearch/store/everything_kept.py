"""All that an owner keeps, given out, taken in, and a person taken out of it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from ..kept.everything import Kept, file_lines
from ..kept.saved_search import SavedSearch
from ..kept.shortlist import Shortlist
from ..labels import Label
from .labels import Labels
from .saved_searches import SavedSearches
from .shortlists import Shortlists

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class EverythingKept:
    """Shortlists, saved searches and labels together."""

    def __init__(self, shortlists: Shortlists, searches: SavedSearches, labels: Labels) -> None:
        self._shortlists = shortlists
        self._searches = searches
        self._labels = labels

    def read(self, owner: str) -> Kept:
        """All that an owner keeps; shortlists without the tokens of their addresses."""
        shortlists, searches, labels = self._each(owner)
        return Kept(tuple(shortlists), tuple(searches), tuple(labels))

    def lines(self, owner: str) -> Iterator[bytes]:
        """The same as the lines of a file, one after the other, of which few are held at a time."""
        return file_lines(*self._each(owner))

    def _each(self, owner: str) -> tuple[Iterator[Shortlist], Iterator[SavedSearch], Iterator[Label]]:
        shortlists = (replace(shortlist, token="") for shortlist in self._shortlists.each(owner))
        return shortlists, self._searches.each(owner), self._labels.each(owner)

    def add(self, owner: str, kept: Kept) -> dict[str, int]:
        """Add what is missing: nothing that is there is overwritten, but older labels by newer ones.

        Returns:
            How many shortlists, searches and labels are new or changed.

        Raises:
            InvalidRequest: the owner has too many; what was added before stays.
        """
        return {
            "shortlists": sum(self._shortlists.merge(owner, shortlist) for shortlist in kept.shortlists),
            "searches": sum(self._searches.add(owner, search) for search in kept.searches),
            "labels": self._labels.add(owner, self._newer(owner, kept.labels)) if kept.labels else 0,
        }

    def labels_and_stars(self, owner: str) -> list[Label]:
        """All labels, and for whoever was starred for a job, and not judged for its text, one that says that they fit."""
        judged = {_judged(label): label for label in self._labels.each(owner)}
        for shortlist in self._shortlists.all(owner):
            for label in shortlist.labels(owner):
                judged.setdefault(_judged(label), label)
        return list(judged.values())

    def forget(self, owner: str, id_: str) -> dict[str, int]:
        """Take one person out of all of it; how many shortlists, searches and labels had them, and how many are damaged.

        A damaged shortlist or search cannot be looked into: whether it has the person is not known.
        """
        return {
            "shortlists": self._shortlists.forget(owner, id_),
            "searches": self._searches.forget(owner, id_),
            "labels": self._labels.forget(owner, id_),
            "damaged": self._shortlists.damaged(owner) + self._searches.damaged(owner),
        }

    def _newer(self, owner: str, labels: Iterable[Label]) -> Iterable[Label]:
        present = {_judged(label): label.labelled_at or _LONG_AGO for label in self._labels.each(owner)}
        return [
            label
            for label in labels
            if _time(label) > present.get(_judged(label), _LONG_AGO) or _judged(label) not in present
        ]


def _judged(label: Label) -> tuple[str, str, str]:
    return label.query.strip(), label.profile_id, label.text


def _time(label: Label) -> datetime:
    at = label.labelled_at or _LONG_AGO
    return at if at.tzinfo else at.replace(tzinfo=UTC)
