"""Saved searches, for people."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from profilesearch.errors import InvalidRequest
from profilesearch.kept.saved_search import LOOKED_AT
from profilesearch.kept.shortlist import checked_name

from ..addresses import with_query, with_text
from ..services import services
from .looking import look
from .overview import overview
from .owner import owner
from .searches_api import save
from .view import KeptView

blueprint = Blueprint("searches", __name__, url_prefix="/searches")


@blueprint.post("")
def add() -> ResponseReturnValue:
    """Save the search of the address; without a name, it is called what its text begins with."""
    args = with_text(MultiDict(request.args.items(multi=True)))
    name = request.form.get("name", "").strip() or KeptView(None, args.get("q", ""), {}).suggested_name
    try:
        search = save(checked_name(name), args)
    except InvalidRequest as error:
        return overview({"search": error}), 400
    return _to(search.key)


@blueprint.get("/<key>")
def show(key: str) -> str:
    """Who is new since somebody looked last."""
    search = services().store.searches.get(owner(), key)
    looked = look(search)
    return render_template(
        "saved_search.html",
        search=search,
        looked=looked,
        first=LOOKED_AT,
        address=with_query(url_for("pages.index"), search.parameters),
        version=services().store.versions.live(),
    )


@blueprint.get("/<key>/new")
def new(key: str) -> str:
    """How many are new, as a piece of the page with all of them."""
    search = services().store.searches.get(owner(), key)
    return render_template("_new_people.html", count=len(look(search).new))


@blueprint.post("/<key>")
def change(key: str) -> ResponseReturnValue:
    """Whoever is found now has been looked at; or the search is removed."""
    if "delete" in request.form:
        services().store.searches.remove(owner(), key)
        return redirect(url_for("shortlists.every") + "#searches", 303)
    search = services().store.searches.get(owner(), key)
    services().store.searches.looked(owner(), key, look(search).found)
    return _to(key)


def _to(key: str) -> Response:
    response = redirect(url_for("searches.show", key=key), 303)
    assert isinstance(response, Response)
    return response
