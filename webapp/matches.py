"""How many people pass the filters, what each filter costs, and the values that filters can have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from profilesearch.search.facets import Facet, FacetCounts
from profilesearch.search.plan import admitted
from profilesearch.search.request import SearchRequest
from profilesearch.search.snapshot import Snapshot

from .links import Links
from .services import services

_SHOWN = 8
"""Values of a field that are shown at first."""

_MOST_SHOWN = 200
"""Values of a field that are shown at the most."""


@dataclass(frozen=True)
class WayOut:
    """A search without one filter (or any, if it has no name), and how many people match it."""

    name: str
    shown: str
    url: str
    people: int


def matching(snapshot: Snapshot, request: SearchRequest) -> int:
    """How many people of a version pass the filters of a request, wherever they are."""
    return services().store.counts.total(snapshot.version, admitted(request, snapshot))


def ways_out(snapshot: Snapshot, request: SearchRequest, links: Links) -> list[WayOut]:
    """What taking each filter away would bring, most people first; taking away all of them last."""
    ways = []
    for each in links.filters:
        if each.parameter in request.tags:
            others = [value for value in request.tags[each.parameter] if value != each.value]
            less = replace(request, tags={**request.tags, each.parameter: others})
        else:
            less = replace(request, numbers=_without_end(request, each.parameter))
        ways.append(WayOut(each.name, each.shown, each.without, matching(snapshot, less)))
    ways = sorted((way for way in ways if way.people), key=lambda way: -way.people)
    if len(links.filters) > 1:
        everybody = matching(snapshot, replace(request, tags={}, numbers={}))
        ways.append(WayOut("", "", links.unfiltered, everybody))
    return ways


def _without_end(request: SearchRequest, parameter: str) -> dict[str, tuple[float | None, float | None]]:
    ends = {f"{name}_min": (name, 0) for name in request.numbers} | {
        f"{name}_max": (name, 1) for name in request.numbers
    }
    name, end = ends[parameter]
    low, high = request.numbers[name]
    return {**request.numbers, name: (None, high) if end == 0 else (low, None)}


def shown_facets(
    snapshot: Snapshot, request: SearchRequest, near: Sequence[int] | None, all_of: str = ""
) -> list[Facet]:
    """The fields that people can be filtered by.

    Args:
        near: the clusters whose most frequent values come first; None for all.
        all_of: the field of which all values are shown.
    """
    return _counts(snapshot, request).facets({all_of: _MOST_SHOWN}, _SHOWN, near)


def values_like(snapshot: Snapshot, request: SearchRequest, field: str, text: str) -> Facet:
    """The values of one field that contain a text, and those that are filtered by."""
    return _counts(snapshot, request).containing(field, text, _SHOWN)


def _counts(snapshot: Snapshot, request: SearchRequest) -> FacetCounts:
    return FacetCounts(services().store, snapshot, request, services().word_list.names)
