"""One search with and without its cluster, side by side."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from profilesearch.search.comparison import compare

from .addresses import search_parameters, shorten
from .links import Links
from .page_request import page_request
from .services import services

blueprint = Blueprint("compare", __name__)
shorten(blueprint)


@blueprint.route("/compare", methods=["GET", "POST"])
def show() -> ResponseReturnValue:
    """Two columns: what each finds, who moves, and who vanishes."""
    pipeline = services().pipeline
    snapshot = pipeline.snapshot()
    asked = page_request(search_parameters(), snapshot)
    comparison = compare(pipeline, asked.request, snapshot)
    links = Links(comparison.request, snapshot.version.fields, without=asked.problems)
    return render_template("compare.html", version=snapshot.version, found=comparison, links=links)
