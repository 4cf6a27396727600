"""Shortlists, for programs."""

from dataclasses import dataclass
from typing import Annotated, Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ConfigDict, Field, TypeAdapter

from profilesearch.errors import InvalidRequest
from profilesearch.kept.bounds import Name, ProfileId, VersionName
from profilesearch.kept.shortlist import MOST_PEOPLE, Shortlist, checked_name
from profilesearch.search.request import LONGEST_QUERY

from ..addresses import person_address
from ..experiments import version_shown
from ..services import services
from ..spreadsheet import csv_file
from .body import body, id_asked
from .owner import owner
from .present_people import PresentPeople

blueprint = Blueprint("shortlists_api", __name__, url_prefix="/api/shortlists")

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True)
class _NewShortlist:
    name: Name
    query: Annotated[str, Field(max_length=LONGEST_QUERY)] = ""
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class _Arrangement:
    revision: int
    name: Name | None = None
    order: Annotated[tuple[ProfileId, ...], Field(max_length=MOST_PEOPLE)] | None = None
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class _Person:
    id: ProfileId
    version: VersionName = ""
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class _Note:
    id: ProfileId
    note: str
    revision: int
    __pydantic_config__ = _STRICT


_NEW = TypeAdapter(_NewShortlist)
_ARRANGEMENT = TypeAdapter(_Arrangement)
_PERSON = TypeAdapter(_Person)
_NOTE = TypeAdapter(_Note)


@blueprint.get("")
def every() -> Response:
    """All shortlists, the latest changed first."""
    lists = services().store.shortlists.all(owner())
    return jsonify(
        {
            "shortlists": [
                {
                    "key": each.key,
                    "name": each.name,
                    "people": len(each.people),
                    "changed_at": each.changed_at.isoformat(),
                }
                for each in lists
            ]
        }
    )


@blueprint.post("")
def add() -> ResponseReturnValue:
    """A new shortlist."""
    new = body(_NEW)
    return _answer(services().store.shortlists.add(owner(), Shortlist(checked_name(new.name), new.query))), 201


@blueprint.get("/<key>")
def show(key: str) -> Response:
    """One, with its people; as a file for spreadsheets with ``format=csv``."""
    shortlist = services().store.shortlists.get(owner(), key)
    format_ = request.args.get("format", "json")
    if format_ not in ("json", "csv"):
        raise InvalidRequest("format", f"format: expected json or csv, got {format_[:50]!r}")
    return as_csv(shortlist) if format_ == "csv" else _answer(shortlist)


@blueprint.patch("/<key>")
def arrange(key: str) -> Response:
    """Another name, or another order."""
    asked = body(_ARRANGEMENT)
    if (asked.name is None) == (asked.order is None):
        raise InvalidRequest("order", "order: expected either name or order")

    def arranged(present: Shortlist) -> Shortlist:
        if asked.name is not None:
            return present.renamed(asked.name, asked.revision)
        return present.ordered(asked.order or (), asked.revision)

    return _answer(services().store.shortlists.change(owner(), key, arranged))


@blueprint.delete("/<key>")
def remove(key: str) -> ResponseReturnValue:
    """A shortlist is removed with its notes."""
    services().store.shortlists.remove(owner(), key)
    return "", 204


# ---------------------------------------------------------------- its people
@blueprint.post("/<key>/people")
def keep(key: str) -> Response:
    """Somebody is kept; ``version`` is the one that a search's answer named."""
    person, headline = _somebody()
    store = services().store

    def kept(present: Shortlist) -> Shortlist:
        return present.keeping(person.id, headline, person.version or version_shown(store, present.query))

    return _answer(store.shortlists.change(owner(), key, kept))


@blueprint.patch("/<key>/people")
def note(key: str) -> Response:
    """A note is changed."""
    asked = body(_NOTE)
    changed = services().store.shortlists.change(
        owner(), key, lambda each: each.noted(asked.id, asked.note, asked.revision)
    )
    return _answer(changed)


@blueprint.delete("/<key>/people")
def leave(key: str) -> ResponseReturnValue:
    """Somebody is kept no more."""
    id_ = id_asked()
    services().store.shortlists.change(owner(), key, lambda each: each.leaving(id_))
    return "", 204


@blueprint.post("/<key>/hidden")
def hide(key: str) -> Response:
    """Somebody is hidden for this job."""
    person, headline = _somebody()
    return _answer(services().store.shortlists.change(owner(), key, lambda each: each.hiding(person.id, headline)))


@blueprint.delete("/<key>/hidden")
def show_again(key: str) -> ResponseReturnValue:
    """Somebody is hidden no more."""
    id_ = id_asked()
    services().store.shortlists.change(owner(), key, lambda each: each.showing(id_))
    return "", 204


def _somebody() -> tuple[_Person, str]:
    """The person of the body, who must be there, with the headline."""
    person = body(_PERSON)
    hit, _ = services().store.profiles.one(services().store.versions.live(), person.id)
    return person, hit.title


# ---------------------------------------------------------------- whoever else may read it
@blueprint.post("/<key>/share")
def share(key: str) -> Response:
    """An address to read it by."""
    token = services().store.shortlists.share(owner(), key).token
    return jsonify({"address": url_for("shared.show", token=token, _external=True)})


@blueprint.delete("/<key>/share")
def unshare(key: str) -> ResponseReturnValue:
    """The end of that address."""
    services().store.shortlists.unshare(owner(), key)
    return "", 204


# ---------------------------------------------------------------- as answers
def _answer(shortlist: Shortlist) -> Response:
    present = PresentPeople.of(shortlist)
    people = [
        {
            "id": each.kept.id,
            "headline": each.title,
            "kept_at": each.kept.kept_at.isoformat(),
            "note": each.kept.note,
            "note_revision": each.kept.note_revision,
            "gone": present.gone(each),
            "link": _link(each.kept.id),
        }
        for each in present.people
    ]
    answer: dict[str, Any] = {
        "key": shortlist.key,
        "name": shortlist.name,
        "query": shortlist.query,
        "revision": shortlist.revision,
        "changed_at": shortlist.changed_at.isoformat(),
        "people": people,
        "hidden": [{"id": each.id, "headline": each.headline} for each in shortlist.hidden],
    }
    return jsonify(answer)


def as_csv(shortlist: Shortlist) -> Response:
    """A file for spreadsheets, with a link to each person who is here."""
    present = PresentPeople.of(shortlist)
    fields = present.fields
    rows = []
    for place, each in enumerate(present.people, 1):
        tags = ["; ".join(each.hit.tags.get(name, ())) if each.hit else "" for name in fields.tags]
        numbers = [each.hit.numbers.get(name, "") if each.hit else "" for name in fields.numbers]
        link = "" if present.gone(each) else _link(each.kept.id)
        rows.append([place, each.kept.id, each.title, each.kept.note, link, *tags, *numbers])
    return csv_file("shortlist.csv", ["place", "id", "headline", "note", "link", *fields.tags, *fields.numbers], rows)


def _link(id_: str) -> str:
    return request.host_url.rstrip("/") + person_address(id_)
