"""What a request asks for, and the addresses of searches: long texts are named by a digest (``t``), not repeated.

A text of more than :data:`LONGEST_IN_ADDRESS` characters is kept in Redis for some days. Where it cannot be kept (Redis is
full or read-only, or the setting is 0) the search is answered all the same, and its addresses hold the whole text.
"""

import logging
import re
from collections.abc import Iterable
from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from profilesearch.errors import ExpiredText, InvalidRequest, StoreError
from profilesearch.names import PERSON
from profilesearch.search.request import LONGEST_QUERY, SearchRequest

from .services import services
from .wording import LANGUAGE

log = logging.getLogger(__name__)

LONGEST_IN_ADDRESS = 200
"""Characters of a text that addresses hold themselves."""

FROM = "view-from"
"""The parameter of a person's page for the rank that the person has in the search behind it."""

VALUES_OF, CONTAINING = "view-field", "view-text"
"""The parameters of a list of one field's values."""

OTHER_MODEL = "view-model"
"""The parameter of a comparison for the model on its right side."""

VIEW = ("facets", "format", PERSON, LANGUAGE, FROM, "view-clusters", "view-place", VALUES_OF, CONTAINING, OTHER_MODEL)
"""Parameters that say how a search is shown, not what is searched for; hyphens keep them apart from fields' names."""

_DIGEST = re.compile(r"[A-Za-z0-9_-]{20}")


def address() -> MultiDict[str, str]:
    """The parameters as they came: of the address, or of a form that was sent by POST."""
    return request.form if request.method == "POST" else request.args


def address_shown() -> MultiDict[str, str]:
    """The same for what is shown on every page: nothing where the form itself cannot be read, as one that is too large."""
    try:
        return address()
    except HTTPException:
        return MultiDict()


def parameters() -> MultiDict[str, str]:
    """The parameters of the search, with the text itself (``q``) where the address holds its digest (``t``).

    Raises:
        ExpiredText: the text is not kept any more.
        InvalidRequest: ``t`` is no digest, or both ``q`` and ``t`` came.
    """
    if "parameters" not in g:
        g.parameters = with_text(MultiDict(address().items(multi=True)))
    return cast("MultiDict[str, str]", g.parameters)


def with_text(values: MultiDict[str, str]) -> MultiDict[str, str]:
    """Parameters with the text itself (``q``) instead of its digest (``t``), however they came.

    Raises:
        ExpiredText: the text is not kept any more.
        InvalidRequest: ``t`` is no digest, or both ``q`` and ``t`` came.
    """
    digest = values.pop("t", "")
    if digest:
        if values.get("q"):
            raise InvalidRequest("t", "t: expected either q or t, got both")
        values["q"] = _text(digest)
    return values


def search_parameters() -> MultiDict[str, str]:
    """The parameters of the search alone, without those that say how it is shown."""
    return MultiDict((name, value) for name, value in parameters().items(multi=True) if name not in VIEW)


def text_shown() -> str:
    """The text for the search box, if it is known; on pages about errors too."""
    values = g.get("parameters") or address_shown()
    return str(values.get("q", ""))


def _text(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise InvalidRequest("t", f"t: expected a digest of 20 letters and digits, got {digest[:50]!r}")
    days = services().settings.text_days
    text = services().store.texts.get(digest, days)
    if text is None:
        raise ExpiredText(
            "t",
            "The text behind this address is not kept any more: paste it again. "
            f"Texts are kept for {days:g} days after they were last searched for.",
        )
    return text


def shorten(blueprint: Blueprint) -> None:
    """Lead every page of a blueprint whose address holds a long text, and every form, to its short address."""
    blueprint.before_request(_to_short_address)


def _to_short_address() -> ResponseReturnValue | None:
    text = address().get("q", "")
    unasked = {"like"} if text.strip() else set()
    pairs = [(name, value) for name, value in address().items(multi=True) if value and name not in unasked]
    if LONGEST_IN_ADDRESS < len(text) <= LONGEST_QUERY and not address().get("t"):
        SearchRequest(text)  # what is no search is not kept
        digest = _keep(text)
        if digest is None:
            return None
        pairs = [("t", digest), *((name, value) for name, value in pairs if name != "q")]
    elif request.method != "POST" or len(text) > LONGEST_QUERY:
        return None
    assert request.endpoint is not None
    where = url_for(request.endpoint, **(request.view_args or {}))
    return redirect(with_query(where, pairs), 303)


def _keep(text: str) -> str | None:
    days = services().settings.text_days
    if not days:
        return None
    try:
        return services().store.texts.keep(text, days)
    except StoreError as error:
        log.warning("a text was not kept, its address holds all of it: %s", error)
        return None


def person_address(id_: str, endpoint: str = "pages.profile", query: Iterable[tuple[str, str]] = ()) -> str:
    """The address of a person's page; browsers take ``.`` and ``..`` out of paths, so such ids go into the query."""
    if any(part in ("", ".", "..") for part in id_.split("/")):
        return with_query(url_for(endpoint), [("id", id_), *query])
    return with_query(url_for(endpoint, id_=id_), query)


def with_query(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """An address with parameters, if there are any."""
    query = urlencode(list(pairs))
    return f"{path}?{query}" if query else path
