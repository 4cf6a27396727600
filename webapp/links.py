"""Addresses of searches like the present one."""

from collections.abc import Iterable
from urllib.parse import urlencode

from flask import url_for

from profilesearch.names import parameters as ends_of
from profilesearch.search.page import SearchPage
from profilesearch.search.request import MOST_RESULTS, SearchRequest
from profilesearch.tags import fold_tag

from .addresses import VIEW, address


class Links:
    """Made for a search.

    Args:
        request: what was searched for.
        page: what was found, for the links that depend on it.
    """

    def __init__(self, request: SearchRequest, page: SearchPage | None = None) -> None:
        self._request = request
        self._page = page

    def _kept(self, without: Iterable[str]) -> list[tuple[str, str]]:
        kept = address().items(multi=True)
        return [(name, value) for name, value in kept if name not in without and name not in VIEW and value]

    def _url(self, without: Iterable[str] = (), more: Iterable[tuple[str, str | int]] = (), endpoint: str = "pages.index") -> str:  # fmt: skip
        pairs = [*self._kept((*without, *(name for name, _ in more))), *more]
        return url_for(endpoint) + ("?" + urlencode(pairs) if pairs else "")

    def mode(self, mode: str) -> str:
        """The same search with another choice of clusters."""
        return self._url(("offset", "probes"), [("cluster", mode)])

    def tag(self, name: str, value: str) -> str:
        """The same search, only people with this tag."""
        return self._url(("offset", name), [(name, value)])

    def toggled(self, name: str, value: str, chosen: bool) -> str:
        """The same search with one more value of a tag field, or without it."""
        others = [other for other in address().getlist(name) if other.strip() and fold_tag(other) != fold_tag(value)]
        return self._url(("offset", name), [(name, other) for other in (others if chosen else [*others, value])])

    def without(self, *names: str) -> str:
        """The same search without some filters."""
        return self._url(("offset", *names))

    @property
    def filters(self) -> list[tuple[str, str, str]]:
        """Filters in force: name, what it asks, and the address without it."""
        wanted = self._request
        tags = [
            (name, value, self.toggled(name, value, True)) for name, values in wanted.tags.items() for value in values
        ]
        values = (value for bounds in wanted.numbers.values() for value in bounds)
        ends = [
            (name, value)
            for name, value in zip(ends_of(tuple(wanted.numbers)), values, strict=True)
            if value is not None
        ]
        return tags + [(name, f"{value:g}", self.without(name)) for name, value in ends]

    @property
    def unfiltered(self) -> str:
        """The same search without any filter."""
        wanted = self._request
        return self.without(*wanted.tags, *ends_of(tuple(wanted.numbers)))

    def hidden(self, *without: str) -> list[tuple[str, str]]:
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
    def facets(self) -> str:
        """The filters for this search, as a piece of a page; nothing is searched for a second time."""
        return self._url((), self._seen, endpoint="pages.facets")

    @property
    def with_facets(self) -> str:
        """The present page with its filters, for browsers without JavaScript."""
        return self._url((), [("facets", 1)])

    @property
    def compare(self) -> str:
        """The search with and without its cluster."""
        return self._url(("offset", "cluster", "probes"), endpoint="compare.show")

    @property
    def map(self) -> str:
        """The map for this search; nothing is searched for a second time."""
        return self._url(("offset",), self._seen, endpoint="map.frame")

    @property
    def _seen(self) -> list[tuple[str, str | int]]:
        """What the search found out, for pieces of its page."""
        if self._page is None:
            return []
        clusters = ",".join(str(cluster.id) for cluster in self._page.searched)
        x, y = self._page.place
        return [("view-clusters", clusters), ("view-place", f"{x:.5g},{y:.5g}")]

    def api(self, format_: str) -> str:
        """All results of this search, up to 200, for programs."""
        return self._url(("offset", "k"), [("k", MOST_RESULTS), ("format", format_)], "api.search")
