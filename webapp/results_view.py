"""What the page of results shows besides the results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from profilesearch.errors import UnknownProfile
from profilesearch.names import parameters as ends_of
from profilesearch.search.page import SearchPage
from profilesearch.search.routing import RankedCluster
from profilesearch.text.reading import read_text

from .hints import fits
from .kept.view import KeptView
from .links import Links
from .matches import matching, shown_facets, ways_out
from .params import part_parameter
from .reasons import shown_notes
from .services import services
from .why import Asked, shown_filter

_LIKELY = 0.9
"""Expected recall from which nothing is said about people who may be elsewhere."""

_LONGEST_ID = 100
_MOST_NAMED = 6
_CHIP = Markup('<span class="chip c{}">{}</span>')
_LINK = Markup('<a href="{}"><bdi>{}</bdi></a>')


def results_view(page: SearchPage, problems: Mapping[str, str], facets: str) -> dict[str, object]:
    """Values for the template of a page of results.

    Args:
        problems: parameters that were left out of the search.
        facets: whether the filters are shown at once; the name of a field shows all its values.
    """
    request, version, snapshot = page.request, page.version, page.plan.snapshot
    asked = Asked.by(page.plan)
    links = Links(request, version.fields, page, problems)
    keep = KeptView.of((result.hit.id for result in page.results), request.query)
    ends = set(ends_of(version.fields.numbers))
    at_once = facets or any(name in ends for name in problems)
    matches = matching(snapshot, request) if links.filters else version.profiles
    return {
        "version": version,
        "page": page,
        "links": links,
        "problems": problems,
        "shown_problems": ends,
        "facets": shown_facets(snapshot, request, links.near, facets) if at_once else None,
        "everywhere": request.mode == "off" or len(page.searched) == len(page.ranked) > 1,
        "searched_fields": _chips(page.searched),
        "elsewhere": _tenths_elsewhere(page),
        "matches": matches,
        "ways_out": ways_out(snapshot, request, links) if not page.results else [],
        "plain": page.plan.text if not page.results and page.plan.typed.has_signs else "",
        "like_name": (name := _headline(page, request.like)),
        "like_link": _LINK.format(links.person(request.like), name),
        "offers": [(shown_filter(offer), links.offered(offer.parameters)) for offer in services().hints.offers(page)],
        "reading": _reading(page),
        "notes": shown_notes(page),
        "points": {result.hit.id: asked.points(result.hit) for result in page.results},
        "unfit": {result.hit.id for result in page.results if not fits(page, result)},
        "way_on": (way_on := services().hints.way_on(page)),
        "text_language": services().hints.language(page, way_on),
        "keep": keep,
        "hidden_here": [result.hit for result in page.results if keep.hidden(result.hit.id)],
        "known_id": _person_link(page, links, request.query.strip()),
    }


@dataclass(frozen=True)
class _Part:
    """A part of a text: its parameter, what it says, why it might be left aside, and whether it was searched for."""

    parameter: str
    text: str
    kind: str
    used: bool


def _reading(page: SearchPage) -> list[_Part]:
    """What was read of a text; nothing where all of it asks for something, and all was read."""
    reading = read_text(page.request.query)
    used = reading.used(page.request.parts)
    if len(used) == len(reading.parts) and all(part.kind == "asked" for part in reading.parts):
        return []
    return [
        _Part(part_parameter(reading.mark, number), part.text, part.kind, number in used)
        for number, part in enumerate(reading.parts)
    ]


def _chips(clusters: Iterable[RankedCluster]) -> Markup:
    chips = [_CHIP.format(cluster.id % 10, cluster.label) for cluster in clusters]
    more = [Markup("…")] if len(chips) > _MOST_NAMED else []
    return Markup(" ").join(chips[:_MOST_NAMED] + more)


def _tenths_elsewhere(page: SearchPage) -> int:
    """How many in ten of the best people may be in other clusters; 0 if that is hardly worth saying."""
    return 0 if page.recall is None or page.recall >= _LIKELY else round(10 * (1 - page.recall))


def _headline(page: SearchPage, id_: str) -> str:
    return services().store.profiles.one(page.version, id_)[0].title if id_ else ""


def _person_link(page: SearchPage, links: Links, text: str) -> Markup | None:
    """A link to the person whose id somebody searched for as a text."""
    if not text or len(text) > _LONGEST_ID or len(text.split()) > 1:
        return None
    try:
        return _LINK.format(links.person(text), _headline(page, text))
    except UnknownProfile:
        return None
