"""Saved searches, for programs."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue
from pydantic import ConfigDict, TypeAdapter
from werkzeug.datastructures import MultiDict

from profilesearch.errors import InvalidRequest
from profilesearch.kept.bounds import Name
from profilesearch.kept.saved_search import SavedSearch
from profilesearch.kept.shortlist import checked_name

from ..addresses import with_text
from ..json_body import parameters_of
from ..params import search_request
from ..services import services
from .body import body
from .looking import find, look, saved_parameters
from .owner import owner

blueprint = Blueprint("searches_api", __name__, url_prefix="/api/searches")


@dataclass(frozen=True)
class _NewSearch:
    name: Name
    parameters: dict[str, Any]
    __pydantic_config__ = ConfigDict(extra="forbid")


_NEW = TypeAdapter(_NewSearch)


@blueprint.get("")
def every() -> Response:
    """All saved searches, the latest first."""
    return jsonify({"searches": [_as_json(search) for search in services().store.searches.all(owner())]})


@blueprint.post("")
def add() -> ResponseReturnValue:
    """A new one; whoever it finds now is not new."""
    new = body(_NEW)
    snapshot = services().pipeline.snapshot()
    asked = with_text(parameters_of(new.parameters))
    request = search_request(asked, snapshot.version.fields, services().word_list.names)
    request.check_fields(snapshot.version.fields)
    search = save(checked_name(new.name), asked)
    return jsonify(_as_json(search)), 201


@blueprint.get("/<key>")
def show(key: str) -> Response:
    """One, and who is new."""
    search = services().store.searches.get(owner(), key)
    looked = look(search)
    new = [{"id": hit.id, "headline": hit.title} for hit in looked.new]
    return jsonify(_as_json(search) | {"new": new, "found": len(looked.found), "left_out": list(looked.problems)})


@blueprint.post("/<key>/seen")
def seen(key: str) -> ResponseReturnValue:
    """Whoever is found now is new no more."""
    search = services().store.searches.get(owner(), key)
    services().store.searches.looked(owner(), key, look(search).found)
    return "", 204


@blueprint.delete("/<key>")
def remove(key: str) -> ResponseReturnValue:
    """A saved search is removed."""
    services().store.searches.remove(owner(), key)
    return "", 204


def save(name: str, args: MultiDict[str, str]) -> SavedSearch:
    """Keep a search with whom it finds now.

    Raises:
        InvalidRequest: it is no search, or too many are kept.
    """
    snapshot = services().pipeline.snapshot()
    parameters = saved_parameters(args, snapshot)
    if not {"q", "like"} & {name for name, _ in parameters}:
        raise InvalidRequest("q", "q: expected the text of the search, got nothing")
    found, _ = find(parameters, snapshot)
    search = SavedSearch(name, parameters, seen=found)
    services().store.searches.add(owner(), search)
    return search


def _as_json(search: SavedSearch) -> dict[str, Any]:
    parameters: dict[str, list[str]] = {}
    for name, value in search.parameters:
        parameters.setdefault(name, []).append(value)
    return {
        "key": search.key,
        "name": search.name,
        "parameters": {name: values if len(values) > 1 else values[0] for name, values in parameters.items()},
        "created_at": search.created_at.isoformat(),
        "looked_at": search.looked_at.isoformat(),
    }
