"""The pages for people."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from profilesearch.request import LONGEST_QUERY, SearchRequest

from .links import Links
from .params import search_request
from .services import services

blueprint = Blueprint("pages", __name__)

_SIMILAR = 6


@blueprint.app_context_processor
def _shared() -> dict[str, object]:
    """What the search box needs on every page."""
    mode = request.args.get("cluster", "auto") or "auto"
    return {"longest": LONGEST_QUERY, "query": request.args.get("q", ""), "mode": mode}


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The search box, and below it the results if there is a query."""
    snapshot = services().pipeline.snapshot()
    if not request.args.get("q", "").strip() and not request.args.get("like"):
        return render_template("first.html", version=snapshot.version)
    pipeline = services().pipeline
    page = pipeline.search(search_request(request.args, snapshot.version.fields), snapshot)
    facets = pipeline.facets(page) if request.args.get("facets") else None
    return render_template("results.html", version=snapshot.version, page=page, links=Links(page), facets=facets)


@blueprint.get("/facets")
def facets() -> ResponseReturnValue:
    """The filters for a search, as a piece of a page."""
    pipeline = services().pipeline
    snapshot = pipeline.snapshot()
    page = pipeline.search(search_request(request.args, snapshot.version.fields), snapshot)
    return render_template("_facets.html", page=page, links=Links(page), facets=pipeline.facets(page))


@blueprint.get("/profiles/<path:id_>")
def profile(id_: str) -> ResponseReturnValue:
    """One person, and who is like them."""
    pipeline = services().pipeline
    snapshot = pipeline.snapshot()
    hit, _ = services().store.profile(snapshot.version, id_)
    similar = pipeline.search(SearchRequest("", like=id_, k=_SIMILAR, mode="off"), snapshot)
    sections = [line for line in hit.text.splitlines() if line.strip() and line != hit.headline]
    label = snapshot.clusters.labels[hit.cluster] if 0 <= hit.cluster < len(snapshot.clusters) else ""
    return render_template(
        "profile.html", hit=hit, label=label, sections=sections, version=snapshot.version, similar=similar.results
    )
