"""The parameters of a search as a JSON object, with the same names as in an address."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from profilesearch.errors import InvalidRequest

_TEXTS = ("q", "t", "like", "format", "by", "rerank", "model")
_SWITCHES = ("explain",)


def json_parameters(request: Request) -> MultiDict[str, str]:
    """The body of a request as parameters; ``null`` is as good as nothing.

    Raises:
        UnsupportedMediaType: the Content-Type is not ``application/json``.
        BadRequest: the body is no JSON.
        InvalidRequest: a value is of a kind that its field cannot have, or parameters came with the address too.
    """
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("expected a body with Content-Type: application/json")
    if request.args:
        name = next(iter(request.args))[:50]
        raise InvalidRequest(name, f"{name}: expected in the JSON body, got it in the address")
    try:
        body = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"expected a JSON object, got something else: {str(error)[:100]}") from None
    if not isinstance(body, dict):
        raise BadRequest('expected a JSON object, like {"q": "data engineer"}')
    return parameters_of(body)


def parameters_of(body: Mapping[str, Any]) -> MultiDict[str, str]:
    """An object of JSON as parameters.

    Raises:
        InvalidRequest: a value is of a kind that its field cannot have.
    """
    return MultiDict((name, value) for name, values in body.items() for value in _values(name, values))


def _values(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list) and name not in (*_TEXTS, *_SWITCHES):
        return [text for part in value for text in _values_of_one(name, part)]
    return _values_of_one(name, value)


def _values_of_one(name: str, value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if name in _SWITCHES and isinstance(value, bool):
        return [str(int(value))]
    if name not in _TEXTS and isinstance(value, int | float) and not isinstance(value, bool):
        return [str(value)]
    expected = (
        "a text" if name in _TEXTS else "true or false" if name in _SWITCHES else "a text, a number or a list of them"
    )
    raise InvalidRequest(name[:50], f"{name[:50]}: expected {expected}, got {_kind(value)}")


def _kind(value: Any) -> str:
    kinds = {
        dict: "an object",
        list: "a list",
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
    }
    return kinds.get(type(value), "null")
