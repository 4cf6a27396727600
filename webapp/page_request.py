"""The parameters of a page as a :class:`SearchRequest`: what a page does not know or cannot use is left out, not refused.

Addresses are forwarded, and others add parameters of theirs to them. Programs get a 400 instead: see ``params``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import g
from werkzeug.datastructures import MultiDict

from profilesearch.errors import InvalidRequest
from profilesearch.names import ENDS, MODEL, PARAMETERS, parameters
from profilesearch.search.request import SearchRequest
from profilesearch.search.snapshot import Snapshot

from .params import search_request
from .services import services

_ESSENTIAL = frozenset(("q", "like", "t"))
"""Without these there is no search."""


@dataclass(frozen=True)
class PageRequest:
    """A search, and what the address asked for besides that could not be used.

    Attributes:
        problems: by parameter, the key of a text that says what is wrong with it.
    """

    request: SearchRequest
    problems: Mapping[str, str]


def page_request(args: MultiDict[str, str], snapshot: Snapshot) -> PageRequest:
    """Read the parameters of a page.

    Raises:
        InvalidRequest: there is no text, or one that cannot be searched for.
    """
    fields = snapshot.version.fields
    known = {*PARAMETERS, *fields.tags, *parameters(fields.numbers)}
    kept = MultiDict((name, value) for name, value in args.items(multi=True) if name in known)
    if kept.get("q", "").strip():
        kept.poplist("like")
    problems: dict[str, str] = {}
    if MODEL in kept and "unknown_model" in g:
        problems |= _left_out(MODEL, kept, fields.numbers)
    while True:
        try:
            request = search_request(kept, fields, services().word_list.names)
            request.check_fields(fields)
            request.check_language(snapshot.version.languages)
            _check_clusters(request, len(snapshot.clusters))
            services().pipeline.check_reranker(request)
        except InvalidRequest as error:
            if error.field in _ESSENTIAL or error.field not in kept:
                raise
            problems |= _left_out(error.field, kept, fields.numbers)
        else:
            return PageRequest(request, problems)


def _check_clusters(request: SearchRequest, count: int) -> None:
    if request.picked and max(request.picked) >= count:
        raise InvalidRequest("cluster", f"cluster: expected numbers from 0 to {count - 1}, got {max(request.picked)}")


def _left_out(name: str, kept: MultiDict[str, str], numbers: tuple[str, ...]) -> dict[str, str]:
    """Take a parameter away, the other end of its range with it if they contradict each other; why, for each."""
    kept_ends = [f"{field}{end}" for field in numbers for end in ENDS if name == f"{field}{ENDS[0]}"]
    if name not in parameters(numbers):
        kept.poplist(name)
        return {name: "left_out"}
    if not all(_is_number(kept.get(end, "")) for end in kept_ends) or not kept_ends:
        kept.poplist(name)
        return {name: "not_a_number"}
    for end in kept_ends:
        kept.poplist(end)
    return dict.fromkeys(kept_ends, "wrong_order")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
