"""The page with all that somebody keeps: shortlists, saved searches, and the file of all of it."""

from collections.abc import Mapping

from flask import render_template, request

from profilesearch.errors import InvalidRequest

from ..services import services
from .owner import chosen_shortlist, owner
from .problems import problem_text


def overview(problems: Mapping[str, InvalidRequest] | None = None) -> str:
    """The page; beside each form what was wrong with it, and what was typed."""
    chosen = chosen_shortlist()
    added = request.args.get("added", "")
    return render_template(
        "shortlists.html",
        shortlists=services().store.shortlists.all(owner()),
        searches=services().store.searches.all(owner()),
        chosen=chosen.key if chosen else "",
        wrong={name: problem_text(error) for name, error in (problems or {}).items()},
        name_typed=request.form.get("name", ""),
        added=int(added) if added.isascii() and added.isdigit() and len(added) < 7 else None,
    )
