"""The pages for people."""

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from profilesearch.errors import InvalidRequest
from profilesearch.search.facets import find_facets
from profilesearch.search.pipeline import RANKING
from profilesearch.search.request import LONGEST_QUERY, SearchRequest

from .addresses import (
    LONGEST_IN_ADDRESS,
    address_shown,
    parameters,
    search_parameters,
    shorten,
    text_parameter,
    text_shown,
)
from .links import Links
from .params import clusters_seen, search_request
from .reasons import reason_text
from .services import services
from .timings import reported

blueprint = Blueprint("pages", __name__)
shorten(blueprint)

_SIMILAR = 6


@blueprint.app_context_processor
def _shared() -> dict[str, object]:
    """What the search box and links to people need on every page."""
    clusters = address_shown().getlist("cluster")
    return {
        "longest": LONGEST_QUERY,
        "longest_in_address": LONGEST_IN_ADDRESS,
        "query": text_shown(),
        "text": text_parameter(),
        "mode": (clusters[0] if clusters else "") or "auto",
        "picked": ",".join(clusters),
    }


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """The search box, and below it the results if there is a query."""
    snapshot = services().pipeline.snapshot()
    if not parameters().get("q", "").strip() and not parameters().get("like"):
        return render_template("first.html", version=snapshot.version)
    page = services().search(search_request(search_parameters(), snapshot.version.fields), snapshot)
    facets = None
    if request.args.get("facets"):
        facets = find_facets(services().store, snapshot, page.request, page.clusters)
    links = Links(page.request, page)
    return render_template(
        "results.html", version=snapshot.version, page=page, reason=reason_text(page), links=links, facets=facets,
        timings=reported(page.timings), shell_line=services().shell_line(page),
    )  # fmt: skip


@blueprint.get("/facets")
def facets() -> ResponseReturnValue:
    """The filters for a search, as a piece of its page, which knows the clusters that were searched."""
    pipeline = services().pipeline
    snapshot = pipeline.snapshot()
    version = snapshot.version
    asked = search_request(search_parameters(), version.fields)
    clusters: Sequence[int] | None = None
    if asked.mode != "off":
        clusters = clusters_seen(request.args, len(snapshot.clusters))
        clusters = clusters or [cluster.id for cluster in pipeline.run(RANKING, asked, snapshot).ranking.searched]
    found = find_facets(services().store, snapshot, asked, clusters)
    return render_template("_facets.html", version=version, links=Links(asked), facets=found)


@blueprint.get("/profiles")
@blueprint.get("/profiles/<path:id_>")
def profile(id_: str | None = None) -> ResponseReturnValue:
    """One person, and who is like them."""
    id_ = id_ or request.args.get("id", "")
    if not id_:
        raise InvalidRequest("id", "id: expected the id of a profile, got nothing")
    pipeline = services().pipeline
    snapshot = pipeline.snapshot()
    hit, _ = services().store.profile(snapshot.version, id_)
    similar = pipeline.search(SearchRequest("", like=id_, k=_SIMILAR, mode="off"), snapshot)
    sections = [line for line in hit.text.splitlines() if line.strip() and line != hit.title]
    return render_template(
        "profile.html",
        hit=hit,
        label=snapshot.label(hit.cluster),
        sections=sections,
        version=snapshot.version,
        similar=similar.results,
    )
