"""Values to filter by, each with how many profiles have it."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..store import Store
from ..tags import clean_tag, fold_tag
from .plan import admitted
from .request import SearchRequest
from .snapshot import Snapshot


@dataclass(frozen=True)
class FacetValue:
    """One value of a tag field: how many profiles have it, and whether it is filtered by."""

    value: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A tag field to filter by.

    Attributes:
        values: the values that matter most, and those that are filtered by.
        more: how many others there are.
        several: some profiles have several values, so it makes a difference whether one of them will do.
        every: a profile must have all values that are filtered by.
    """

    field: str
    values: tuple[FacetValue, ...]
    more: int
    several: bool
    every: bool


class FacetCounts:
    """Counts the values of tag fields among all profiles of a version that pass a request's filters.

    What a search found does not matter to a count, so it is what choosing the value brings. Of each field its own filter is
    left aside, so several values can be chosen one after the other, unless a profile must have all of them.

    Args:
        store: where the profiles are.
        snapshot: the version.
        request: what was searched for; its filters count, and the signs in its text.
        names: all names of what a value names; they are counted as one.

    Raises:
        InvalidRequest: a filter names a field that is not there.
    """

    def __init__(
        self, store: Store, snapshot: Snapshot, request: SearchRequest, names: Callable[[str], Iterable[str]]
    ) -> None:
        request.check_fields(snapshot.version.fields)
        self._store = store
        self._version = snapshot.version
        self._snapshot = snapshot
        self._request = request
        self._names = names

    def facets(self, most: Mapping[str, int], otherwise: int, near: Sequence[int] | None) -> list[Facet]:
        """Every field with its values.

        Args:
            most: how many values are shown of some fields.
            otherwise: how many of the others.
            near: clusters; what is frequent there comes first. None for all.
        """
        facets = []
        for name in self._version.fields.tags:
            counts = self._counts(name, None)
            there = counts if near is None else self._counts(name, near)
            ordered = dict(sorted(counts.items(), key=lambda item: (-there.get(item[0], 0), -item[1], item[0])))
            facets.append(self._facet(name, ordered, most.get(name, otherwise)))
        return facets

    def containing(self, field: str, text: str, most: int) -> Facet:
        """A field with those values that contain a text under any of their names, the most frequent first."""
        wanted = _letters(text)
        counts = self._counts(field, None)
        alike = {
            value: count
            for value, count in counts.items()
            if any(wanted in _letters(name) for name in self._names(value))
        }
        return self._facet(field, alike, most)

    def _counts(self, field: str, clusters: Sequence[int] | None) -> dict[str, int]:
        others = {name: values for name, values in self._request.tags.items() if name != field}
        request = self._request if field in self._request.every else replace(self._request, tags=others)
        asked = admitted(request, self._snapshot).within(clusters)
        together: dict[str, int] = {}
        spellings: dict[str, str] = {}
        for value, count in self._store.counts.by_tag(self._version, asked, field).items():
            names = [fold_tag(name) for name in self._names(value)]
            spelling = next((spellings[name] for name in names if name in spellings), value)
            spellings |= dict.fromkeys(names, spelling)
            together[spelling] = together.get(spelling, 0) + count
        return together

    def _facet(self, name: str, counts: Mapping[str, int], most: int) -> Facet:
        asked = [clean_tag(value) for value in self._request.tags.get(name, ())]
        names = {fold_tag(other) for value in asked for other in self._names(value)}
        chosen = {value for value in counts if fold_tag(value) in names}
        absent = [value for value in asked if not any(fold_tag(n) in map(fold_tag, chosen) for n in self._names(value))]
        shown = [value for at, value in enumerate(counts) if at < most or value in chosen]
        values = [FacetValue(value, counts[value], value in chosen) for value in shown]
        values += [FacetValue(value, 0, True) for value in absent]
        every = name in self._request.every
        several = every or sum(counts.values()) > self._version.profiles
        return Facet(name, tuple(values), len(counts) - len(shown), several, every)


def _letters(text: str) -> str:
    """A text without accents, in lower case: who types "zur" means Zürich too."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
