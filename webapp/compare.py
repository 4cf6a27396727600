"""One search side by side: with and without its cluster, or as two models answer it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from profilesearch.search.comparison import compare, compare_models
from profilesearch.search.request import DEFAULT_K

from .addresses import OTHER_MODEL, address, search_parameters, shorten
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
    if other := address().get(OTHER_MODEL, ""):
        return _models(other)
    asked = page_request(search_parameters(), snapshot)
    comparison = compare(pipeline, asked.request, snapshot)
    links = Links(comparison.request, snapshot.version.fields, without=asked.problems)
    return render_template("compare.html", version=snapshot.version, found=comparison, links=links)


def _models(other: str) -> ResponseReturnValue:
    """What two models find; a filter that one of their versions does not have is left out for both."""
    left, right = services().pipeline, services().of_model(other)
    parameters = search_parameters()
    problems: dict[str, str] = {}
    for pipeline in (left, right):
        problems |= page_request(parameters, pipeline.snapshot()).problems
    kept = MultiDict((name, value) for name, value in parameters.items(multi=True) if name not in {*problems, "k"})
    version = left.snapshot().version
    asked = page_request(kept, left.snapshot()).request
    found = compare_models(left, right, asked)
    links = Links(asked, version.fields, without=problems)
    return render_template(
        "compare_models.html", version=version, found=found, links=links, problems=problems, k=DEFAULT_K
    )
