"""The body of a request as a dataclass: JSON alone, no field that is not known, and errors name the field."""

from typing import TypeVar

from flask import request
from pydantic import TypeAdapter
from werkzeug.exceptions import UnsupportedMediaType

from profilesearch.errors import InvalidRequest
from profilesearch.kept.bounds import checked

T = TypeVar("T")


def body(kind: TypeAdapter[T]) -> T:
    """What was sent.

    Raises:
        UnsupportedMediaType: the Content-Type is not ``application/json``, which forms of other sites cannot send.
        InvalidRequest: a field is missing, unknown or of another kind.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("expected a body with Content-Type: application/json")
    return checked(kind, request.get_data(cache=False))


def id_asked() -> str:
    """The id in the address.

    Raises:
        InvalidRequest: there is none.
    """
    id_ = request.args.get("id", "")
    if not id_:
        raise InvalidRequest("id", "id: expected the id of a profile, got nothing")
    return id_
