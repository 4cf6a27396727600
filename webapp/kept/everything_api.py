"""All that somebody keeps, given out and taken in; and a person forgotten in all of it."""

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import UnsupportedMediaType

from profilesearch.kept.everything import Kept

from ..server import LARGEST_FILE
from ..services import services
from .body import id_asked
from .owner import owner

LINES = "application/x-ndjson"

blueprint = Blueprint("everything_api", __name__, url_prefix="/api/kept")


@blueprint.get("")
def give() -> Response:
    """A file with all of it, line by line as it is read."""
    response = Response(services().store.kept.lines(owner()), mimetype=LINES)
    response.headers["Content-Disposition"] = 'attachment; filename="shortlists.jsonl"'
    return response


@blueprint.post("")
def take() -> Response:
    """Add what such a file, or a part of its lines, has and is missing here; how many of each were added or changed."""
    if request.mimetype not in (LINES, "application/json"):
        raise UnsupportedMediaType(f"expected a body with Content-Type: {LINES} or application/json")
    request.max_content_length = LARGEST_FILE
    kept = Kept.read(request.get_data(cache=False))
    return jsonify(services().store.kept.add(owner(), kept))


@blueprint.delete("/people")
def forget() -> Response:
    """Take a person out of every shortlist, saved search and label; how many of each had them, and how many are damaged."""
    return jsonify(services().store.kept.forget(owner(), id_asked()))
