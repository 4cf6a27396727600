"""What people keep, on the pages and in the API: shortlists, saved searches, labels.

Nothing here is changed by GET, and only by requests of this site's own pages and of programs.
"""

from flask import Flask, request

from ..addresses import LONGEST_IN_ADDRESS, person_address
from ..hosts import refuse_other_origins
from . import (
    buttons,
    everything_api,
    labels_api,
    searches_api,
    searches_pages,
    shared_page,
    shortlists_api,
    shortlists_pages,
    side_by_side,
)

_ROOMS = (
    buttons,
    everything_api,
    labels_api,
    searches_api,
    searches_pages,
    shared_page,
    shortlists_api,
    shortlists_pages,
    side_by_side,
)


def register(app: Flask) -> None:
    """Add the pages and the API of what is kept."""
    names = frozenset(room.blueprint.name for room in _ROOMS)

    @app.before_request
    def refuse() -> None:
        if request.blueprint in names:
            refuse_other_origins()

    for room in _ROOMS:
        app.register_blueprint(room.blueprint)
    app.jinja_env.globals["person_address"] = _person_address


def _person_address(id_: str, query: str) -> str:
    """A person's page that says why they fit a job; a long text does not stand in its address."""
    return person_address(id_, query=[("q", query)] if 0 < len(query) <= LONGEST_IN_ADDRESS else [])
