"""Puts the application together."""

import os

from flask import Flask, Response

from profilesearch.embedding import Encoder, load_encoder
from profilesearch.search import SearchPipeline
from profilesearch.settings import Settings
from profilesearch.store import Store, connect

from . import api, errors, health, pages
from .services import Services
from .static_files import add_hashes

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(settings: Settings | None = None, encoder: Encoder | None = None) -> Flask:
    """Create the application.

    Args:
        settings: by default, from the environment.
        encoder: by default, the model that the settings name; it is loaded here, before the first request.

    Raises:
        ProfileSearchError: the settings or the model are unusable. Redis may be away: requests then say so.
    """
    settings = settings or Settings.from_env(os.environ)
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    store = Store(connect(settings))
    encoder = encoder or load_encoder(settings.model, settings.device)
    app.extensions["profilesearch"] = Services(store, SearchPipeline(encoder, store, settings.recent_queries), encoder)
    for blueprint in (pages.blueprint, api.blueprint, health.blueprint):
        app.register_blueprint(blueprint)
    add_hashes(app)
    errors.register(app)
    app.after_request(_secure)
    return app


def _secure(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response
