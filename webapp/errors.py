"""Errors as answers: JSON for programs, a page for people, the same status for both."""

import logging

from flask import Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from profilesearch.errors import (
    ChangedMeanwhile,
    EncoderError,
    ExpiredText,
    IndexNotReady,
    InvalidRequest,
    ModelLoading,
    ModelMismatch,
    NoLiveVersion,
    NoQueryModel,
    NotKept,
    ProfileSearchError,
    RedisUnavailable,
    StoreError,
    UnknownProfile,
)
from profilesearch.search.request import LONGEST_QUERY

from .addresses import text_shown
from .map_cache import MapIsDrawn
from .services import services
from .wording import words

log = logging.getLogger(__name__)

_CODES: tuple[tuple[type[ProfileSearchError], int, str], ...] = (
    (UnknownProfile, 404, "not_found"),
    (ExpiredText, 410, "text_expired"),
    (NotKept, 404, "not_kept"),
    (ChangedMeanwhile, 409, "changed_meanwhile"),
    (InvalidRequest, 400, "bad_request"),
    (ModelLoading, 503, "model_loading"),
    (NoQueryModel, 422, "no_query_model"),
    (EncoderError, 503, "model_error"),
    (NoLiveVersion, 503, "no_index"),
    (ModelMismatch, 503, "model_mismatch"),
    (IndexNotReady, 503, "index_not_ready"),
    (MapIsDrawn, 503, "map_is_drawn"),
    (RedisUnavailable, 503, "redis_unavailable"),
    (StoreError, 503, "store_error"),
    (ProfileSearchError, 500, "error"),
)

_FOR_THE_LOG = {
    "redis_unavailable": "Redis cannot be reached, or is still reading its data. The log of the server says more.",
    "store_error": "Redis did not do what was asked. The log of the server says more.",
}
"""What is said instead of messages that could tell where Redis is."""


def register(app: Flask) -> None:
    """Translate every error of the domain, and of HTTP, once."""
    app.register_error_handler(ProfileSearchError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _bug)


def _domain_error(error: ProfileSearchError) -> ResponseReturnValue:
    status, code = next((status, code) for kind, status, code in _CODES if isinstance(error, kind))
    field = getattr(error, "field", None)
    if status == 500:
        log.error("%s", error, exc_info=error)
    elif code == "model_loading":  # what every start says, as often as it is asked
        _log(logging.DEBUG, status, code, str(error))
    elif status == 503:
        _log(logging.WARNING, status, code, str(error))
    else:
        _log(logging.INFO, status, code, f"field {str(field)[:50]!a}")  # what came is the client's, and may be private
    return _answer(status, code, code, _FOR_THE_LOG.get(code, str(error)), field)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if error.response is not None or status < 400:  # a redirect, not an error
        return error.get_response()
    _log(logging.INFO, status, error.name, "")
    key = "no_page" if status == 404 else "http"
    reply = _answer(status, error.name.lower().replace(" ", "_"), key, error.description or error.name, None)
    response = current_app.make_response(reply)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers.setdefault(name, value)
    return response


def _log(level: int, status: int, code: str, why: str) -> None:
    log.log(level, "%s %s: %d %s %s", request.method[:20], request.endpoint, status, code, " ".join(why.split()))


def _bug(error: Exception) -> ResponseReturnValue:
    log.error("unexpected: %r", error, exc_info=error)
    return _answer(500, "internal_error", "internal_error", "An unexpected error; the log has the details.", None)


def _answer(status: int, code: str, key: str, message: str, field: str | None) -> ResponseReturnValue:
    """An error as its reader wants it; pages word it by the key of their texts, and keep the message for developers."""
    headers = {"Retry-After": "2"} if status == 503 else {}
    if request.path.startswith("/api/") or request.path in ("/readyz", "/healthz", "/metrics"):
        return jsonify({"error": {"code": code, "message": message, "field": field}}), status, headers
    page = render_template(
        "error.html",
        title=str(getattr(words().titles, key)),
        message=_message(key),
        details=message,
        code=code,
        status=status,
    )
    return page, status, headers


def _message(key: str) -> str:
    """What people are told."""
    texts = words().messages
    if key == "text_expired":
        return str(texts.text_expired(n=services().settings.text_days))
    if key == "bad_request" and len(text_shown()) > LONGEST_QUERY:
        return str(texts.too_long(n=len(text_shown()), most=LONGEST_QUERY))
    return str(getattr(texts, key))
