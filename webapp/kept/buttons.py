"""The buttons beside each person: star, fits, doesn't fit, hide.

Each person's are in one form, whose address holds the search. Without scripts the page comes again, at the same person;
a script asks for JSON and changes the one button.
"""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from profilesearch.errors import InvalidRequest
from profilesearch.kept.shortlist import Shortlist
from profilesearch.labels import Label, LabelOrigin
from profilesearch.store import Hit, version_number

from ..addresses import FROM, person_address, with_query, with_text
from ..experiments import version_shown
from ..services import services
from ..wording import words
from .owner import choose, chosen_shortlist, owner
from .view import KeptView

blueprint = Blueprint("buttons", __name__)

_LONGEST_ID = 500


@blueprint.post("/keep")
def press() -> ResponseReturnValue:
    """Do what one button says for one person: its name says what; its value, or ``person``, the rank and the id."""
    query = with_text(MultiDict(request.args.items(multi=True))).get("q", "").strip()
    name = next((name for name in _ACTIONS if name in request.form), "")
    if not name:
        raise InvalidRequest("button", f"button: expected one of {', '.join(_ACTIONS)}")
    person = request.form[name] or request.form.get("person", "")
    rank, _, id_ = person.partition(" ")
    if not id_ or len(id_) > _LONGEST_ID:
        raise InvalidRequest(name, f"{name}: expected the rank and the id of a person, got {person[:50]!r}")
    shortlist, said = _ACTIONS[name](id_, query)
    return _answer(shortlist, said, rank, id_, query)


def _answer(shortlist: Shortlist | None, said: str, rank: str, id_: str, query: str) -> Response:
    if request.accept_mimetypes.best == "application/json":
        view = KeptView(shortlist, query, services().store.labels.grades(owner(), query, [id_]))
        response = jsonify({"pressed": view.pressed(id_), "said": said, **_panel(shortlist)})
    else:
        there = list(request.args.items(multi=True))
        if request.form.get("from") == "person":
            rank = request.form.get(FROM, "")
            response = _redirect(person_address(id_, query=there + ([(FROM, rank)] if rank else [])))
        else:
            place = f"#r{rank}" if rank.isascii() and rank.isdigit() else ""
            response = _redirect(with_query(url_for("pages.index"), there) + place)
    return choose(response, shortlist.key) if shortlist else response


def _panel(shortlist: Shortlist | None) -> dict[str, str]:
    if shortlist is None:
        return {}
    shown = words().kept.named(name=shortlist.name, n=len(shortlist.people))
    return {"shortlist": shown, "address": url_for("shortlists.show", key=shortlist.key)}


def _redirect(address: str) -> Response:
    response = redirect(address, 303)
    assert isinstance(response, Response)
    return response


# ---------------------------------------------------------------- what each button does
def _star(id_: str, query: str) -> tuple[Shortlist, str]:
    person, version = _person(id_), _version(query)
    shortlist = _change(query, lambda each: each.keeping(id_, person.title, version))
    return shortlist, words().kept.said_kept(name=shortlist.name)


def _unstar(id_: str, query: str) -> tuple[Shortlist, str]:
    shortlist = _change(query, lambda each: each.leaving(id_))
    return shortlist, words().kept.said_left(name=shortlist.name)


def _hide(id_: str, query: str) -> tuple[Shortlist, str]:
    person = _person(id_)
    shortlist = _change(query, lambda each: each.hiding(id_, person.title))
    return shortlist, words().kept.said_hidden(name=shortlist.name, person=person.title[:80])


def _show(id_: str, query: str) -> tuple[Shortlist, str]:
    return _change(query, lambda each: each.showing(id_)), str(words().kept.said_shown)


def _change(query: str, change: Callable[[Shortlist], Shortlist]) -> Shortlist:
    """Change the shortlist that was chosen, or begin one that is named after the text."""
    shortlists = services().store.shortlists
    shortlist = chosen_shortlist()
    if shortlist is None:
        name = KeptView(None, query, {}).suggested_name or str(words().kept.untitled)
        return shortlists.add(owner(), change(Shortlist(name, query)))
    return shortlists.change(owner(), shortlist.key, change)


def _fits(id_: str, query: str) -> tuple[Shortlist | None, str]:
    return _judge(id_, query, 1)


def _unfit(id_: str, query: str) -> tuple[Shortlist | None, str]:
    return _judge(id_, query, 0)


def _judge(id_: str, query: str, grade: int) -> tuple[Shortlist | None, str]:
    if not query:
        raise InvalidRequest("q", "q: expected the text that somebody fits or does not fit, got nothing")
    _person(id_)
    label = Label(query, grade, id_, labeller=owner(), version=_version(query), origin=LabelOrigin.PAGE)
    services().store.labels.add(owner(), [label])
    return chosen_shortlist(), str(words().kept.said_fits if grade else words().kept.said_unfit)


def _unlabel(id_: str, query: str) -> tuple[Shortlist | None, str]:
    services().store.labels.remove(owner(), query, [id_])
    return chosen_shortlist(), str(words().kept.said_unlabelled)


def _version(query: str) -> str:
    """The version whose answer the page showed: it says so itself, since another may be live by now."""
    shown = request.form.get("version", "")
    return shown if version_number(shown) else version_shown(services().store, query)


def _person(id_: str) -> Hit:
    return services().store.profiles.one(services().store.versions.live(), id_)[0]


_ACTIONS: dict[str, Callable[[str, str], tuple[Shortlist | None, str]]] = {
    "star": _star,
    "unstar": _unstar,
    "fits": _fits,
    "unfit": _unfit,
    "unlabel": _unlabel,
    "hide": _hide,
    "show": _show,
}
