"""Errors as answers: JSON for programs, a page for people, the same status for both."""

import logging
from typing import Any

from flask import Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from profilesearch.errors import (
    EncoderError,
    InvalidRequest,
    ModelLoading,
    ModelMismatch,
    NoLiveVersion,
    ProfileSearchError,
    RedisUnavailable,
    StoreError,
    UnknownProfile,
)

log = logging.getLogger(__name__)

_CODES: tuple[tuple[type[ProfileSearchError], int, str], ...] = (
    (UnknownProfile, 404, "not_found"),
    (InvalidRequest, 400, "bad_request"),
    (ModelLoading, 503, "model_loading"),
    (EncoderError, 503, "model_error"),
    (NoLiveVersion, 503, "no_index"),
    (ModelMismatch, 503, "model_mismatch"),
    (RedisUnavailable, 503, "redis_unavailable"),
    (StoreError, 503, "store_error"),
    (ProfileSearchError, 500, "error"),
)


def register(app: Flask) -> None:
    """Translate every error of the domain, and of HTTP, once."""
    app.register_error_handler(ProfileSearchError, _domain_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _bug)


def _domain_error(error: ProfileSearchError) -> ResponseReturnValue:
    status, code = next((status, code) for kind, status, code in _CODES if isinstance(error, kind))
    if status == 500 or isinstance(error, EncoderError):
        log.error("%s", error, exc_info=error)
    return _answer(status, code, _title(code), str(error), getattr(error, "field", None))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    title = _title("no_page") if status == 404 else error.name
    return _answer(status, error.name.lower().replace(" ", "_"), title, error.description or error.name, None)


def _bug(error: Exception) -> ResponseReturnValue:
    log.error("unexpected: %r", error, exc_info=error)
    return _answer(
        500, "internal_error", _title("internal_error"), "An unexpected error; the log has the details.", None
    )


def _title(code: str) -> str:
    texts: Any = current_app.jinja_env.globals["t"]
    return str(getattr(texts.titles, code))


def _answer(status: int, code: str, title: str, message: str, field: str | None) -> ResponseReturnValue:
    headers = {"Retry-After": "5"} if status == 503 else {}
    if request.path.startswith("/api/") or request.path in ("/readyz", "/healthz", "/metrics"):
        return jsonify({"error": {"code": code, "message": message, "field": field}}), status, headers
    page = render_template("error.html", title=title, message=message, code=code, status=status, mode="predicted")
    return page, status, headers
