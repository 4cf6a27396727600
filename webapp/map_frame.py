"""The map: its points for programs, and the frame that draws them.

The frame is a document of its own, because the chart library compiles its drawing programs and styles itself while it
runs: only here are ``unsafe-eval`` and inline styles allowed. It loads nothing but this server's files, and inline scripts
are allowed nowhere.
"""

import gzip
from importlib.metadata import version
from importlib.resources import files

from flask import Blueprint, Response, render_template, request, send_file
from flask.typing import ResponseReturnValue

from profilesearch.names import PERSON

from .params import search_request
from .services import services
from .static_files import keep_for_good

blueprint = Blueprint("map", __name__)

_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-eval'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'self'"
)


@blueprint.get("/api/map")
def points() -> Response:
    """Every profile's place, cluster and id; ``profilesearch.map`` has the format."""
    drawn = services().map.get(services().pipeline.snapshot())
    zipped = request.accept_encodings["gzip"] > 0
    response = Response(drawn.compressed if zipped else gzip.decompress(drawn.compressed), mimetype="application/octet-stream")  # fmt: skip
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
    pipeline = services().pipeline
    snapshot = pipeline.snapshot()
    drawn: dict[str, object] = {"star": None, "searched": [], "results": [], "person": request.args.get(PERSON, "")}
    args = request.args.copy()
    args.pop(PERSON, None)
    if args.get("q", "").strip() or args.get("like"):
        page = pipeline.search(search_request(args, snapshot.version.fields), snapshot)
        drawn |= {
            "star": page.place, "searched": [cluster.id for cluster in page.searched],
            "results": [result.hit.id for result in page.results],
        }  # fmt: skip
    response = Response(
        render_template("map.html", drawn=drawn, search=args.to_dict(flat=False), library_version=version("plotly"))
    )
    response.headers["Content-Security-Policy"] = _POLICY
    return response


@blueprint.get("/chart-library.js")
def library() -> Response:
    """Plotly, as its package ships it; the address carries its version."""
    path = files("plotly") / "package_data" / "plotly.min.js"
    return keep_for_good(send_file(str(path), mimetype="text/javascript", conditional=True))
