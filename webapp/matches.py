"""How many people pass the filters, what each filter costs, and the values that filters can have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from profilesearch.search.request import SearchRequest
from profilesearch.search.results import FacetValue
from profilesearch.store import KnnQuery, VersionRecord
from profilesearch.tags import fold_tag

from .links import Links
from .services import services

_SHOWN = 8
"""Values of a field that are shown at first."""

_MOST_SHOWN = 200
"""Values of a field that are shown at the most."""

_MOST_COUNTED = 1000
"""Values of a field among which the most fitting are looked for."""


@dataclass(frozen=True)
class ShownFacet:
    """A tag field to filter by.

    Attributes:
        values: the most frequent values, and those that are filtered by.
        more: how many others there are.
        several: some people have several values, so that it makes a difference whether one of them will do.
        every: people must have all values that are filtered by.
    """

    field: str
    values: tuple[FacetValue, ...]
    more: int
    several: bool
    every: bool


@dataclass(frozen=True)
class WayOut:
    """A search without one filter (or any, if it has no name), and how many people match it."""

    name: str
    shown: str
    url: str
    people: int


def matching(version: VersionRecord, request: SearchRequest) -> int:
    """How many people of a version pass the filters of a request, wherever they are."""
    return services().store.count(version, _filter(request))


def ways_out(version: VersionRecord, request: SearchRequest, links: Links) -> list[WayOut]:
    """What taking each filter away would bring, most people first; taking away all of them last."""
    ways = []
    for each in links.filters:
        if each.parameter in request.tags:
            others = [value for value in request.tags[each.parameter] if value != each.value]
            less = replace(request, tags={**request.tags, each.parameter: others})
        else:
            less = replace(request, numbers=_without_end(request, each.parameter))
        ways.append(WayOut(each.name, each.shown, each.without, matching(version, less)))
    ways = sorted((way for way in ways if way.people), key=lambda way: -way.people)
    if len(links.filters) > 1:
        everybody = matching(version, replace(request, tags={}, numbers={}))
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
    version: VersionRecord, request: SearchRequest, near: Sequence[int] | None, all_of: str = ""
) -> list[ShownFacet]:
    """The fields that people can be filtered by, counted among all who pass the other filters.

    Args:
        near: the clusters whose most frequent values come first; None for all.
        all_of: the field of which all values are shown.
    """
    pipeline = services().pipeline
    facets = pipeline.facets(version, request, None, _MOST_COUNTED)
    ordered = facets if near is None else pipeline.facets(version, request, near, _MOST_COUNTED)
    shown = []
    for facet, order in zip(facets, ordered, strict=True):
        there = {value.value: value.count for value in order.values}
        values = sorted(facet.values, key=lambda value: (-there.get(value.value, 0), -value.count))
        first = _with_chosen(values, _MOST_SHOWN if facet.field == all_of else _SHOWN)
        several = sum(value.count for value in values) > version.profiles
        shown.append(ShownFacet(facet.field, first, facet.more + len(values) - len(first), several, False))
    return shown


def _with_chosen(values: Sequence[FacetValue], most: int) -> tuple[FacetValue, ...]:
    return (*values[:most], *(value for value in values[most:] if value.chosen))


def values_like(version: VersionRecord, request: SearchRequest, field: str, text: str) -> ShownFacet | None:
    """The values of one field that contain a text, and those that are filtered by; None if there is no such field."""
    facets = services().pipeline.facets(version, request, None, version.profiles)
    facet = next((facet for facet in facets if facet.field == field), None)
    if facet is None:
        return None
    alike = [value for value in facet.values if value.chosen or fold_tag(text) in fold_tag(value.value)]
    return ShownFacet(field, _with_chosen(alike, _SHOWN), 0, False, False)


def _filter(request: SearchRequest) -> KnnQuery:
    return KnnQuery(np.empty(0, np.float32), 1, None, request.tags, request.numbers)
