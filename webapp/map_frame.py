"""The map: its points for programs, and the frame that draws them.

The frame is a document of its own, because the chart library compiles its drawing programs and styles itself while it
runs: only here are ``unsafe-eval`` and inline styles allowed. It loads nothing but this server's files, and inline scripts
are allowed nowhere.
"""

import gzip
from importlib.metadata import version
from importlib.resources import files
from math import isfinite, nan

from flask import Blueprint, Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from profilesearch.errors import InvalidRequest
from profilesearch.names import PERSON
from profilesearch.search.pipeline import RANKING
from profilesearch.search.snapshot import Snapshot

from .addresses import VIEW, search_parameters, shorten
from .page_request import page_request
from .params import clusters_seen
from .services import services
from .static_files import keep_for_good

blueprint = Blueprint("map", __name__)
shorten(blueprint)

_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-eval'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'self'"
)


@blueprint.get("/api/map")
def points() -> Response:
    """Every profile's place, cluster and id; ``profilesearch.profile_map`` has the format."""
    drawn = services().map.get(services().pipeline.snapshot())
    zipped = request.accept_encodings["gzip"] > 0
    response = Response(
        drawn.compressed if zipped else gzip.decompress(drawn.compressed), mimetype="application/octet-stream"
    )
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(drawn.tag + ("-gzip" if zipped else ""))
    response.make_conditional(request)
    return response


@blueprint.get("/map")
def frame() -> ResponseReturnValue:
    """The document that draws the map for a search, or around one person (``person``)."""
    snapshot = services().pipeline.snapshot()
    drawn: dict[str, object] = {"star": None, "searched": [], "results": None, "person": request.args.get(PERSON, "")}
    asked = search_parameters()
    if asked.get("q", "").strip() or asked.get("like"):
        drawn |= _seen(len(snapshot.clusters)) or _searched(snapshot)
    search = {name: values for name, values in request.args.lists() if name not in VIEW}
    response = Response(
        render_template(
            "map.html", drawn=drawn, search=search, model=services().named_model, library_version=version("plotly")
        )
    )
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _seen(clusters: int) -> dict[str, object] | None:
    """What the page that holds the frame found out already; the results themselves are read from that page."""
    place = request.args.get("view-place", "")
    if not place:
        return None
    try:
        x, y = (float(number) for number in place.split(","))
    except ValueError:
        x = y = nan
    if not (isfinite(x) and isfinite(y)):
        raise InvalidRequest("view-place", f"view-place: expected two numbers like 0.1,-0.2, got {place[:50]!r}")
    return {"star": (x, y), "searched": clusters_seen(request.args, clusters) or ()}


def _searched(snapshot: Snapshot) -> dict[str, object]:
    """The same for a frame that stands alone."""
    asked = page_request(search_parameters(), snapshot).request
    state = services().pipeline.run(RANKING, asked, snapshot)
    return {
        "star": snapshot.place(state.plan.vector),
        "searched": [cluster.id for cluster in state.ranking.searched],
        "results": [candidate.id for candidate in state.window],
    }


@blueprint.get("/chart-library.js")
def library() -> Response:
    """Plotly, as its package ships it; the address carries its version."""
    path = files("plotly") / "package_data" / "plotly.min.js"
    return keep_for_good(send_file(str(path), mimetype="text/javascript", conditional=True))
