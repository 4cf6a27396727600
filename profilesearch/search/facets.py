"""Values to filter by, each with how many profiles have it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..store import Store
from ..tags import clean_tag, fold_tag
from .plan import admitted
from .request import SearchRequest
from .snapshot import Snapshot

_MOST_VALUES = 8


@dataclass(frozen=True)
class FacetValue:
    """One value of a tag field: how many profiles have it, and whether it is filtered by."""

    value: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A tag field with its most frequent values; ``more`` says how many others there are."""

    field: str
    values: tuple[FacetValue, ...]
    more: int


def find_facets(
    store: Store, snapshot: Snapshot, request: SearchRequest, clusters: Sequence[int] | None
) -> list[Facet]:
    """Values of each tag field among the profiles that a search compared, the field's own filter left aside.

    So several values of a field can be chosen, one after the other; those that are chosen are always among them.

    Args:
        store: where the profiles are.
        snapshot: the version that was searched.
        request: what was searched for; its filters count, its text does not.
        clusters: the clusters that were searched; None if all were.

    Raises:
        InvalidRequest: a filter names a field that is not there.
    """
    version = snapshot.version
    request.check_fields(version.fields)
    asked = admitted(request, snapshot)
    facets = []
    for name in version.fields.tags:
        counts = store.counts.by_tag(version, asked.within(clusters).without(name), name)
        facets.append(_facet(name, counts, asked.tags.get(name, ())))
    return facets


def _facet(name: str, counts: dict[str, int], asked: Sequence[str]) -> Facet:
    spellings = {fold_tag(value): value for value in counts}
    chosen = dict.fromkeys(spellings.get(fold_tag(value), value) for value in map(clean_tag, asked))
    shown = dict(list(counts.items())[:_MOST_VALUES])
    shown |= {value: counts.get(value, 0) for value in chosen if value not in shown}
    values = tuple(FacetValue(value, count, value in chosen) for value, count in shown.items())
    return Facet(name, values, max(0, len(counts) - _MOST_VALUES))
