"""One search with and without its cluster, side by side."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from profilesearch.search.comparison import compare

from .addresses import search_parameters, shorten
from .links import Links
from .params import search_request
from .services import services

blueprint = Blueprint("compare", __name__)
shorten(blueprint)


@blueprint.route("/compare", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Two columns: what each finds, who moves, and who vanishes."""
    pipeline = services().pipeline
    snapshot = pipeline.snapshot()
    found = compare(pipeline, search_request(search_parameters(), snapshot.version.fields), snapshot)
    return render_template("compare.html", version=snapshot.version, found=found, links=Links(found.request))
