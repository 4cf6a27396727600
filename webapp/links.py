"""Addresses of searches like the present one."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from flask import url_for

from profilesearch.fields import Fields
from profilesearch.names import PARAMETERS, TEXT_LANGUAGE
from profilesearch.names import parameters as ends_of
from profilesearch.search.page import SearchPage
from profilesearch.search.request import MOST_RESULTS, SearchRequest

from .addresses import FROM, OTHER_MODEL, VALUES_OF, address, person_address, with_query
from .services import services
from .wording import words

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class FilterInForce:
    """A filter of a search: what it is called, what it asks as people read it, and the address without it."""

    parameter: str
    value: str
    name: str
    shown: str
    without: str


class Links:
    """Made for a search.

    Args:
        request: what was searched for.
        fields: the fields that its version can be filtered by; other parameters of the address lead nowhere.
        page: what was found, for the links that depend on it.
        without: parameters of the address that were left out of the search.
    """

    def __init__(
        self, request: SearchRequest, fields: Fields, page: SearchPage | None = None, without: Iterable[str] = ()
    ) -> None:
        self._request = request
        self._paths: dict[str, str] = {}
        self._page = page
        self._ends = tuple(ends_of(fields.numbers))
        self._known = {"t", *PARAMETERS, *fields.tags, *self._ends} - {"facets", "format", "explain", *without}
        if address().get("q", "").strip():
            self._known.discard("like")

    def _kept(self, without: Iterable[str] = ()) -> Pairs:
        without = {*without}
        return [(name, value) for name, value in self._pairs if name not in without]

    @cached_property
    def _pairs(self) -> Pairs:
        """What of the address asks for this search."""
        kept = address().items(multi=True)
        return [(name, value) for name, value in kept if name in self._known and value.strip()]

    def _url(
        self, without: Iterable[str] = (), more: Iterable[tuple[str, str | int]] = (), endpoint: str = "pages.index"
    ) -> str:
        pairs = self._kept((*without, *(name for name, _ in more)))
        path = self._paths.get(endpoint) or self._paths.setdefault(endpoint, url_for(endpoint))
        return with_query(path, [*pairs, *((name, str(value)) for name, value in more)])

    @property
    def present(self) -> str:
        """The search itself."""
        return self._url()

    def back(self, fragment: str) -> str:
        """The search itself, at a place on its page."""
        return self._url() + (f"#{fragment}" if fragment else "")

    def person(self, id_: str, rank: int | None = None) -> str:
        """A person's page, which leads back to this search, and to this place in it."""
        return person_address(id_, query=self._kept() + ([(FROM, str(rank))] if rank else []))

    def alike(self, id_: str) -> str:
        """People like one, among those who pass the filters."""
        return self._url(("offset", "q", "t", "k"), [("like", id_)])

    def mode(self, mode: str) -> str:
        """The same search with another choice of clusters."""
        return self._url(("offset", "probes"), [("cluster", mode)])

    def chosen(self, name: str, value: str) -> bool:
        """Whether a value of a tag field is filtered by."""
        asked = self._request.tags.get(name, ())
        return any(services().word_list.are_equal(value, other) for other in asked)

    def toggled(self, name: str, value: str, chosen: bool) -> str:
        """The same search with one more value of a tag field, or without it."""
        equal = services().word_list.are_equal
        others = [other for other in address().getlist(name) if other.strip() and not equal(value, other)]
        return self._url(("offset", name), [(name, other) for other in (others if chosen else [*others, value])])

    def offered(self, parameters: Iterable[tuple[str, str]]) -> str:
        """The same search with further filters."""
        parameters = list(parameters)
        others = [(name, value) for name, value in self._kept() if name in {name for name, _ in parameters}]
        return self._url(("offset",), [*others, *parameters])

    def text(self, text: str) -> str:
        """Another text with the same filters."""
        return self._url(("offset", "t", "like", "k", TEXT_LANGUAGE), [("q", text)])

    def language(self, code: str) -> str:
        """The same search, the text taken for one in another language."""
        return self._url(("offset", TEXT_LANGUAGE), [(TEXT_LANGUAGE, code)])

    def without(self, *names: str) -> str:
        """The same search without some filters."""
        return self._url(("offset", *names))

    @property
    def filters(self) -> list[FilterInForce]:
        """Filters in force, as people read them."""
        text = words()
        tags = [
            FilterInForce(name, value, text.field(name), text.value(name, value), self.toggled(name, value, True))
            for name, values in self._request.tags.items()
            for value in values
        ]
        ends = [
            FilterInForce(end, str(value), text.field(name), phrase(n=value), self.without(end))
            for name, bounds in self._request.numbers.items()
            for end, value, phrase in zip(
                ends_of([name]), bounds, (text.answer.at_least, text.answer.at_most), strict=True
            )
            if value is not None
        ]
        return tags + ends

    @property
    def kept_filters(self) -> Pairs:
        """The filters as fields of a form, so that another text keeps them."""
        names = {*self._request.tags, *self._ends, "every"}
        return [(name, value) for name, value in self._kept() if name in names]

    @property
    def unfiltered(self) -> str:
        """The same search without any filter."""
        return self.without(*self._request.tags, *self._ends, "every")

    def hidden(self, *without: str) -> Pairs:
        """The present search as hidden fields of a form that asks for something else."""
        return self._kept(("offset", *without))

    @property
    def previous(self) -> str | None:
        """The page before this one."""
        offset = self._request.offset
        return self._url(("offset",), [("offset", max(0, offset - self._request.k))]) if offset else None

    @property
    def next(self) -> str | None:
        """The page after this one; the last may be short of a whole one's results."""
        wanted = self._request
        after = wanted.offset + wanted.k
        if self._page is None or not self._page.more or after >= MOST_RESULTS:
            return None
        if after + wanted.k > MOST_RESULTS:
            return self._url(("offset", "k"), [("offset", after), ("k", MOST_RESULTS - after)])
        return self._url(("offset",), [("offset", after)])

    @property
    def near(self) -> list[int]:
        """The clusters that the page is about: those that were searched, or the closest where all were."""
        if self._page is None:
            return []
        ranked, searched = self._page.ranked, self._page.searched
        return [cluster.id for cluster in (searched if len(searched) < len(ranked) else ranked[:1])]

    @property
    def facets(self) -> str:
        """The filters for this search, as a piece of a page."""
        near = [("view-clusters", ",".join(map(str, self.near)))] if self._page else []
        return self._url(("offset", "k"), near, "pages.facets")

    def facet_values(self, field: str) -> str:
        """Values of one field, as a piece of a page; what they contain is added as ``view-text``."""
        return with_query(url_for("pages.facet_values"), [*self.kept_filters, (VALUES_OF, field)])

    @property
    def with_facets(self) -> str:
        """The present page with its filters, for browsers without JavaScript."""
        return self._url((), [("facets", 1)]) + "#filters"

    def all_values(self, field: str) -> str:
        """The present page with all values of one field, for browsers without JavaScript."""
        return self._url((), [("facets", field)]) + "#filters"

    @property
    def how(self) -> str:
        """How this search was answered, for developers."""
        return self._url(endpoint="pages.how")

    @property
    def compare(self) -> str:
        """The search with and without its cluster."""
        return self._url(("offset", "k", "cluster", "probes"), endpoint="compare.show")

    def compare_models(self, other: str) -> str:
        """The search as its model and another answer it."""
        return self._url(("offset", "k"), [(OTHER_MODEL, other)], "compare.show")

    @property
    def map(self) -> str:
        """The map for this search; nothing is searched for a second time."""
        return self._url(("offset",), self._seen, endpoint="map.frame")

    @property
    def _seen(self) -> Pairs:
        """What the search found out, for pieces of its page."""
        if self._page is None:
            return []
        clusters = ",".join(str(cluster.id) for cluster in self._page.searched)
        x, y = self._page.place
        return [("view-clusters", clusters), ("view-place", f"{x:.5g},{y:.5g}")]

    @property
    def keep(self) -> str:
        """Where the buttons beside the people of this search lead."""
        return self._url(endpoint="buttons.press")

    @property
    def save(self) -> str:
        """Where this search is saved."""
        return self._url(("offset", "k"), endpoint="searches.add")

    def api(self, format_: str) -> str:
        """All results of this search, up to 200, for programs."""
        return self._url(("offset", "k"), [("k", MOST_RESULTS), ("format", format_)], "api.search")
