"""Whose shortlists these are, and which of them stars go to."""

from flask import Response, request

from profilesearch.errors import DamagedDocument, NotKept
from profilesearch.kept.bounds import LOCAL_OWNER
from profilesearch.kept.shortlist import Shortlist

from ..services import services

_CHOSEN = "shortlist"
"""The cookie with the key of the shortlist that stars go to in this browser."""

_A_YEAR = 365 * 24 * 3600


def owner() -> str:
    """Who asks: everybody is the same one, until they are asked who they are."""
    return LOCAL_OWNER


def chosen_shortlist() -> Shortlist | None:
    """The shortlist that stars of this browser go to; None if none was chosen, it was removed, or it is damaged."""
    key = request.cookies.get(_CHOSEN, "")
    if not key:
        return None
    try:
        return services().store.shortlists.get(owner(), key)
    except (NotKept, DamagedDocument):
        return None


def choose(response: Response, key: str) -> Response:
    """Let the stars of this browser go to a shortlist from now on."""
    response.set_cookie(_CHOSEN, key, max_age=_A_YEAR, samesite="Lax", httponly=True)
    return response
