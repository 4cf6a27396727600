"""A shortlist for whoever has its address: to read, not to change."""

from flask import Blueprint, Response, make_response, render_template

from ..services import services
from .present_people import PresentPeople

blueprint = Blueprint("shared", __name__, url_prefix="/shared")


@blueprint.get("/<token>")
def show(token: str) -> Response:
    """The list with its notes; no search engine is to keep it."""
    shortlist = services().store.shortlists.by_token(token)
    response = make_response(render_template("shared.html", shortlist=shortlist, present=PresentPeople.of(shortlist)))
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
