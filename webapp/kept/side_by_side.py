"""Two to four people of a shortlist, side by side."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from profilesearch.errors import InvalidRequest, NoLiveVersion
from profilesearch.search.pipeline import QUESTION
from profilesearch.search.request import SearchRequest
from profilesearch.store import Hit

from ..services import services
from ..why import Asked, Point
from .owner import owner
from .present_people import live_version, profiles

blueprint = Blueprint("side_by_side", __name__)

FEWEST, MOST = 2, 4
"""People who are laid side by side."""


@dataclass(frozen=True)
class _Column:
    """One person: profile, note, and what the job asks for and is there or missing."""

    hit: Hit
    note: str
    points: list[Point]


@blueprint.get("/side-by-side")
def show() -> str:
    """A table with a column for each person, and a row for each field."""
    shortlist = services().store.shortlists.get(owner(), request.args.get("list", ""))
    chosen = [id_ for id_ in dict.fromkeys(request.args.getlist("person")) if id_ in shortlist.ids]
    version = live_version()
    if version is None:
        raise NoLiveVersion("nothing has been published yet: nobody can be compared")
    hits = profiles(version, chosen[:MOST])
    points = _points(shortlist.query, list(hits.values()))
    columns = [
        _Column(hits[id_], shortlist.person(id_).note, points.get(id_, [])) for id_ in chosen[:MOST] if id_ in hits
    ]
    if len(columns) < FEWEST:
        raise InvalidRequest(
            "person",
            f"person: expected {FEWEST} to {MOST} people who are on the shortlist and still here, got {len(columns)}",
            code="side_by_side",
        )
    return render_template(
        "side_by_side.html", shortlist=shortlist, columns=columns, version=version, too_many=len(chosen) > MOST
    )


def _points(query: str, hits: list[Hit]) -> dict[str, list[Point]]:
    """What the text of the job asks for, and whether each profile says it; nothing where no text is known."""
    if not query.strip():
        return {}
    pipeline = services().pipeline
    plan = pipeline.run(QUESTION, SearchRequest(query), pipeline.snapshot()).plan
    asked = Asked.by(plan)
    return {hit.id: asked.points(hit) for hit in hits}
