"""Labels, for programs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import ConfigDict, Field, TypeAdapter

from profilesearch.errors import InvalidRequest
from profilesearch.kept.bounds import ProfileId, VersionName
from profilesearch.labels import Label, LabelOrigin
from profilesearch.search.request import LONGEST_QUERY
from profilesearch.store.labels import HIGHEST_GRADE

from ..experiments import version_shown
from ..services import services
from .body import body, id_asked
from .owner import owner

blueprint = Blueprint("labels_api", __name__, url_prefix="/api/labels")


@dataclass(frozen=True)
class _NewLabel:
    query: Annotated[str, Field(max_length=LONGEST_QUERY, pattern=r"\S")]
    id: ProfileId
    grade: Annotated[int, Field(ge=0, le=HIGHEST_GRADE)]
    version: VersionName = ""
    __pydantic_config__ = ConfigDict(extra="forbid")


_NEW = TypeAdapter(_NewLabel)


@blueprint.get("")
def every() -> Response:
    """All labels, or those of one text, the latest first; with ``stars=1`` those who were starred for a text, too."""
    query, stars = request.args.get("query", "").strip(), request.args.get("stars", "0")
    if stars not in ("0", "1"):
        raise InvalidRequest("stars", f"stars: expected 0 or 1, got {stars[:50]!r}")
    labels: Iterable[Label] = services().store.labels.each(owner(), query)
    if stars == "1":
        every_label = services().store.kept.labels_and_stars(owner())
        labels = [label for label in every_label if query in ("", label.query.strip())]
    return jsonify({"labels": sorted(map(as_json, labels), key=lambda each: str(each["labelled_at"]), reverse=True)})


@blueprint.post("")
def add() -> ResponseReturnValue:
    """How well a person fits a text; said twice, the last one counts. ``version`` is the one that a search's answer named."""
    new = body(_NEW)
    store = services().store
    store.profiles.one(store.versions.live(), new.id)
    version = new.version or version_shown(store, new.query)
    label = Label(new.query.strip(), new.grade, new.id, labeller=owner(), version=version, origin=LabelOrigin.API)
    changed = store.labels.add(owner(), [label])
    return jsonify({"query": label.query, "id": new.id, "grade": new.grade}), 201 if changed else 200


@blueprint.delete("")
def remove() -> ResponseReturnValue:
    """Take back what was said of a person for a text."""
    query = request.args.get("query", "").strip()
    if not query:
        raise InvalidRequest("query", "query: expected the text of the label, got nothing")
    services().store.labels.remove(owner(), query, [id_asked()])
    return "", 204


def as_json(label: Label) -> dict[str, Any]:
    """A label as the API gives it."""
    return {
        "query": label.query,
        "id": label.profile_id,
        "text": label.text,
        "grade": label.grade,
        "labeller": label.labeller,
        "labelled_at": None if label.labelled_at is None else label.labelled_at.isoformat(),
        "version": label.version,
        "origin": str(label.origin),
    }
