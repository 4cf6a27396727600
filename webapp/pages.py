"""The pages for people."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from profilesearch.errors import InvalidRequest
from profilesearch.search.request import LONGEST_QUERY, SearchRequest
from profilesearch.words.language import likely_language

from .addresses import (
    CONTAINING,
    FROM,
    LONGEST_IN_ADDRESS,
    VALUES_OF,
    address_shown,
    parameters,
    search_parameters,
    shorten,
    text_shown,
)
from .kept.view import KeptView
from .links import Links
from .matches import shown_facets, values_like
from .model_choice import choice_values
from .page_request import page_request
from .params import clusters_seen, filters
from .reasons import shown_notes
from .results_view import results_view
from .services import services
from .timings import reported
from .why import evidence_of
from .wording import words

blueprint = Blueprint("pages", __name__)
shorten(blueprint)

_SIMILAR = 6
_LONGEST_PREFIX = 100


@blueprint.app_context_processor
def _shared() -> dict[str, object]:
    """What the search box needs on every page."""
    typed = address_shown()
    clusters = typed.getlist("cluster")
    query = text_shown()
    return {
        "longest": LONGEST_QUERY,
        "longest_in_address": LONGEST_IN_ADDRESS,
        "query": query,
        "like": "" if query.strip() else typed.get("like", ""),
        "mode": (clusters[0] if clusters else "") or "auto",
        "picked": ",".join(clusters),
        "typed": typed,
        "problems": {},
        **choice_values(),
    }


@blueprint.route("/", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """The search box, and below it the results if there is a query."""
    pipeline = services().pipeline
    snapshot = pipeline.snapshot()
    if not _asked():
        return render_template("first.html", version=snapshot.version)
    asked = page_request(search_parameters(), snapshot)
    page = services().search(asked.request, snapshot)
    return render_template("results.html", **results_view(page, asked.problems, address_shown().get("facets", "")))


@blueprint.get("/how")
def how() -> ResponseReturnValue:
    """How a search was answered, for developers."""
    pipeline = services().pipeline
    snapshot = pipeline.snapshot()
    asked = page_request(search_parameters(), snapshot)
    page = pipeline.search(asked.request, snapshot)
    links = Links(page.request, page.version.fields, page, asked.problems)
    return render_template(
        "how.html",
        version=page.version,
        page=page,
        links=links,
        timings=reported(page.timings),
        notes=shown_notes(page),
        language=words().language_name(likely_language(page.request.query)),
        shell_line=services().shell_line(page),
    )


@blueprint.get("/facets")
def facets() -> ResponseReturnValue:
    """The filters for a search, as a piece of its page."""
    snapshot = services().pipeline.snapshot()
    version = snapshot.version
    asked = filters(search_parameters(), version.fields, services().word_list.names)
    facets = shown_facets(snapshot, asked, clusters_seen(request.args, len(snapshot.clusters)))
    return render_template("_facets.html", version=version, links=Links(asked, version.fields), facets=facets)


@blueprint.get("/facets/values")
def facet_values() -> ResponseReturnValue:
    """The values of one field (``view-field``) that contain a text (``view-text``), as a piece of a page."""
    snapshot = services().pipeline.snapshot()
    version = snapshot.version
    field, text = request.args.get(VALUES_OF, ""), request.args.get(CONTAINING, "")[:_LONGEST_PREFIX]
    if field not in version.fields.tags:
        raise InvalidRequest(VALUES_OF, f"{VALUES_OF}: expected a tag field, got {field[:50]!r}")
    facet = values_like(snapshot, filters(search_parameters(), version.fields, services().word_list.names), field, text)
    return render_template("_facet_values.html", facet=facet)


@blueprint.get("/profiles")
@blueprint.get("/profiles/<path:id_>")
def profile(id_: str | None = None) -> ResponseReturnValue:
    """One person, and who is like them; the search that led here, to go back to."""
    id_ = id_ or request.args.get("id", "")
    if not id_:
        raise InvalidRequest("id", "id: expected the id of a profile, got nothing")
    pipeline = services().pipeline
    snapshot = pipeline.snapshot()
    hit, _ = services().store.profiles.one(snapshot.version, id_)
    similar = pipeline.search(SearchRequest("", like=id_, k=_SIMILAR, mode="off"), snapshot)
    searched = page_request(search_parameters(), snapshot).request if _asked() else None
    points, evidence = evidence_of(searched, snapshot, hit) if searched and searched.query else ([], None)
    rank = request.args.get(FROM, "")
    return render_template(
        "profile.html",
        hit=hit,
        label=snapshot.label(hit.cluster),
        sections=[line for line in hit.text.splitlines() if line.strip() and line != hit.title],
        version=snapshot.version,
        similar=similar.results,
        searched=searched,
        points=points,
        evidence=evidence,
        keep=KeptView.of([hit.id], searched.query if searched else ""),
        place=f"r{rank}" if rank.isascii() and rank.isdigit() else "",
        links=Links(searched or SearchRequest("", like=id_), snapshot.version.fields),
    )


def _asked() -> bool:
    asked = parameters()
    return bool(asked.get("q", "").strip() or asked.get("like"))
