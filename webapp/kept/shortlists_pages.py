"""Shortlists, for people: forms that lead back to the page, with or without scripts.

What could not be done is said beside the form that it was asked with, and what was typed stays there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from profilesearch.errors import ChangedMeanwhile, InvalidRequest
from profilesearch.kept.bounds import LONGEST_NAME, LONGEST_NOTE
from profilesearch.kept.everything import Kept
from profilesearch.kept.shortlist import Shortlist, checked_name

from ..server import LARGEST_FILE
from ..services import services
from .overview import overview
from .owner import choose, chosen_shortlist, owner
from .present_people import PresentPeople
from .problems import problem_text

blueprint = Blueprint("shortlists", __name__, url_prefix="/shortlists")


@blueprint.get("")
def every() -> str:
    """All shortlists and saved searches."""
    return overview()


@blueprint.post("")
def add() -> ResponseReturnValue:
    """A new shortlist, which stars go to from now on."""
    try:
        shortlist = Shortlist(checked_name(request.form.get("name", "")))
        services().store.shortlists.add(owner(), shortlist)
    except InvalidRequest as error:
        return overview({"name": error}), 400
    return choose(_to(shortlist.key), shortlist.key)


@blueprint.post("/file")
def take() -> ResponseReturnValue:
    """Read a file with all that somebody keeps."""
    request.max_content_length = LARGEST_FILE
    file = request.files.get("file")
    try:
        added = services().store.kept.add(owner(), Kept.read(file.read() if file else b""))
    except InvalidRequest as error:
        return overview({"file": error}), 400
    return redirect(url_for("shortlists.every", added=sum(added.values())), 303)


@blueprint.get("/<key>")
def show(key: str) -> str:
    """One, with its people in their order."""
    return _page(services().store.shortlists.get(owner(), key))


@blueprint.post("/<key>")
def change(key: str) -> ResponseReturnValue:
    """Do what one button says."""
    name = next((name for name in _ACTIONS if name in request.form), "")
    if not name:
        raise InvalidRequest("button", f"button: expected one of {', '.join(_ACTIONS)}")
    id_ = request.form[name]
    try:
        done = _ACTIONS[name](key, id_)
    except InvalidRequest as error:
        if error.code == "" and not isinstance(error, ChangedMeanwhile):
            raise
        return _refused(key, error, id_)
    if isinstance(done, Shortlist):
        if _wants_json():
            return jsonify(_revisions(done, id_))
        return _to(key, _fragment(done, name, id_))
    return done


def _refused(key: str, error: InvalidRequest, id_: str) -> ResponseReturnValue:
    status = 409 if isinstance(error, ChangedMeanwhile) else 400
    shortlist = services().store.shortlists.get(owner(), key)
    text = problem_text(error, next((person.note for person in shortlist.people if person.id == id_), ""))
    if _wants_json():
        return jsonify(_revisions(shortlist, id_) | {"problem": text}), status
    return _page(shortlist, _Problem(error.field, id_ if error.field == "note" else "", text)), status


def _revisions(shortlist: Shortlist, id_: str) -> dict[str, int]:
    """What a script needs to go on: the revisions of the list, and of the note of one person."""
    notes = {person.id: person.note_revision for person in shortlist.people}
    return {"revision": shortlist.revision, "note_revision": notes.get(id_, 0)}


@dataclass(frozen=True)
class _Problem:
    """What could not be done: the field, the person if it is about one, and what is said."""

    field: str
    id: str
    text: str


def _page(shortlist: Shortlist, problem: _Problem | None = None) -> str:
    chosen = chosen_shortlist()
    return render_template(
        "shortlist.html",
        shortlist=shortlist,
        present=PresentPeople.of(shortlist),
        chosen=chosen is not None and chosen.key == shortlist.key,
        problem=problem,
        typed_name=request.form.get("name", ""),
        typed_note=request.form.get("note", ""),
        longest_name=LONGEST_NAME,
        longest_note=LONGEST_NOTE,
    )


# ---------------------------------------------------------------- what each button does
def _changed(key: str, change: Callable[[Shortlist], Shortlist]) -> Shortlist:
    return services().store.shortlists.change(owner(), key, change)


def _rename(key: str, id_: str) -> Shortlist:
    return _changed(key, lambda each: each.renamed(request.form.get("name", ""), _number("revision")))


def _up(key: str, id_: str) -> Shortlist:
    return _changed(key, lambda each: each.moved(id_, _place(each, id_) - 1, _number("revision")))


def _down(key: str, id_: str) -> Shortlist:
    return _changed(key, lambda each: each.moved(id_, _place(each, id_) + 1, _number("revision")))


def _move(key: str, id_: str) -> Shortlist:
    return _changed(key, lambda each: each.moved(id_, _number("place"), _number("revision")))


def _note(key: str, id_: str) -> Shortlist:
    return _changed(key, lambda each: each.noted(id_, request.form.get("note", ""), _number("note_revision")))


def _take_off(key: str, id_: str) -> Shortlist:
    return _changed(key, lambda each: each.leaving(id_))


def _put_back(key: str, id_: str) -> Shortlist:
    def back(each: Shortlist) -> Shortlist:
        headline = next((person.headline for person in each.former if person.id == id_), "")
        return each.keeping(id_, headline) if headline else each

    return _changed(key, back)


def _show_again(key: str, id_: str) -> Shortlist:
    return _changed(key, lambda each: each.showing(id_))


def _share(key: str, id_: str) -> Shortlist:
    return services().store.shortlists.share(owner(), key)


def _unshare(key: str, id_: str) -> Shortlist:
    return services().store.shortlists.unshare(owner(), key)


def _choose(key: str, id_: str) -> Response:
    services().store.shortlists.get(owner(), key)
    return choose(_to(key), key)


def _delete(key: str, id_: str) -> Response:
    services().store.shortlists.remove(owner(), key)
    response = redirect(url_for("shortlists.every"), 303)
    assert isinstance(response, Response)
    return response


_ACTIONS: Mapping[str, Callable[[str, str], Shortlist | Response]] = {
    "rename": _rename,
    "up": _up,
    "down": _down,
    "move": _move,
    "write": _note,
    "take-off": _take_off,
    "put-back": _put_back,
    "show": _show_again,
    "share": _share,
    "unshare": _unshare,
    "choose": _choose,
    "delete": _delete,
}


def _number(name: str) -> int:
    """A number of the form; what is none was never a revision or a place."""
    value = request.form.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1


def _place(shortlist: Shortlist, id_: str) -> int:
    return shortlist.ids.index(shortlist.person(id_).id)


def _fragment(shortlist: Shortlist, name: str, id_: str) -> str:
    """Where the page goes on: at the person, or at the panel that the button stands in."""
    if name in ("share", "unshare"):
        return "sharing"
    return f"n{shortlist.ids.index(id_) + 1}" if id_ in shortlist.ids else ""


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _to(key: str, fragment: str = "") -> Response:
    response = redirect(url_for("shortlists.show", key=key) + (f"#{fragment}" if fragment else ""), 303)
    assert isinstance(response, Response)
    return response
