"""The pages for people."""

from collections.abc import Iterable
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from profilesearch.search import LONGEST_QUERY, MOST_RESULTS, SearchPage

from .params import search_request
from .services import services

blueprint = Blueprint("pages", __name__)

EXAMPLES = (
    "Product marketing manager who plans launches, writes positioning and enables sales",
    "Somebody who keeps an office of sixty people running",
    "Data engineer with Kafka and Spark, cares about cost",
    "Nurse for an intensive care unit, part time",
)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The search box, and below it the results if there is a query."""
    snapshot = services().pipeline.snapshot()
    shared = {
        "version": snapshot.version, "longest": LONGEST_QUERY, "examples": EXAMPLES, "query": request.args.get("q", ""),
        "mode": request.args.get("cluster", "predicted"),
    }  # fmt: skip
    if not request.args.get("q", "").strip() and not request.args.get("like"):
        return render_template("index.html", page=None, **shared)
    page = services().pipeline.search(search_request(request.args, snapshot.version.fields), snapshot)
    return render_template("index.html", page=page, links=_Links(page), **shared)


@blueprint.get("/profiles/<path:id_>")
def profile(id_: str) -> ResponseReturnValue:
    """One person."""
    snapshot = services().pipeline.snapshot()
    hit, _ = services().store.profile(snapshot.version, id_)
    label = snapshot.clusters.labels[hit.cluster]
    sections = [line for line in hit.text.splitlines() if line.strip()]
    return render_template(
        "profile.html",
        hit=hit,
        label=label,
        sections=sections,
        version=snapshot.version,
        query=request.args.get("q", ""),
    )


class _Links:
    """Addresses of searches like the present one."""

    def __init__(self, page: SearchPage) -> None:
        self._page = page

    def _url(self, without: Iterable[str] = (), **changed: str | int) -> str:
        kept = [(name, value) for name, value in request.args.items(multi=True)
                if name not in changed and name not in without and value]  # fmt: skip
        return url_for("pages.index") + "?" + urlencode([*kept, *changed.items()])

    def mode(self, mode: str) -> str:
        """The same search with another choice of clusters."""
        return self._url(without=("offset", "probes"), cluster=mode)

    def tag(self, name: str, value: str) -> str:
        """The same search, only people with this tag."""
        return self._url(without=("offset", name)) + "&" + urlencode({name: value})

    def without(self, name: str) -> str:
        """The same search without one filter."""
        return self._url(without=("offset", name))

    @property
    def filters(self) -> list[tuple[str, str, str]]:
        """Filters in force: name, what it asks, and the address without it."""
        tags = [(name, ", ".join(values), self.without(name)) for name, values in self._page.request.tags.items()]
        ends = [(f"{name}_{end}", value) for name, bounds in self._page.request.numbers.items()
                for end, value in zip(("min", "max"), bounds, strict=True) if value is not None]  # fmt: skip
        return tags + [(name, f"{value:g}", self.without(name)) for name, value in ends]

    @property
    def previous(self) -> str | None:
        offset = self._page.request.offset
        return self._url(offset=max(0, offset - self._page.request.k)) if offset else None

    @property
    def next(self) -> str | None:
        wanted = self._page.request
        after = wanted.offset + wanted.k
        if len(self._page.results) < wanted.k or after + wanted.k > MOST_RESULTS:
            return None
        return self._url(offset=after)
