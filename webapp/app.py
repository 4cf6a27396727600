"""Puts the application together."""

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask, Response

from profilesearch.embedding import BatchingEncoder, Encoder, load_encoder
from profilesearch.settings import Settings
from profilesearch.store import Store, connect, waiting_at_most

from . import api, compare, errors, health, kept, map_frame, pages, wording
from .hosts import OnlyAllowedHosts, refuse_other_sites
from .server import LARGEST_BODY
from .services import Services
from .static_files import compress_and_keep, hashed_path
from .unindented import Unindented

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_app(
    settings: Settings | None = None,
    encoder: Encoder | None = None,
    load_model: Callable[[str], Encoder] | None = None,
) -> Flask:
    """Create the application.

    Args:
        settings: by default, from the environment.
        encoder: by default, the model that the settings name; it is loaded in the background, and requests that need it
            say so until then.
        load_model: beside an encoder that is given, loads the model of a name, where other models are live.

    Raises:
        SettingsError: the settings are unusable. Redis may be away, and the model unusable: requests then say so.
    """
    settings = settings or Settings.from_env(os.environ)
    app = Flask(__name__, static_url_path=hashed_path(Path(__file__).parent / "static"))
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.add_extension(Unindented)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False
    reply = min(settings.redis_timeout, settings.request_patience)
    server = connect(replace(settings, redis_timeout=reply), min(1.0, reply))

    def load() -> Encoder:
        if encoder is not None:
            return encoder
        return load_further(settings.model)

    def load_further(model: str) -> Encoder:
        return BatchingEncoder(
            load_encoder(model, settings.device, settings.precision, settings.openai, settings.runtime)
        )

    further = load_further if encoder is None else load_model
    services = Services(Store(server), load, settings, further)
    if encoder is not None:
        services.wait()
    app.extensions["profilesearch"] = services
    for blueprint in (pages.blueprint, compare.blueprint, map_frame.blueprint, api.blueprint, health.blueprint):
        app.register_blueprint(blueprint)
    services.metrics.register(app)
    app.before_request(refuse_other_sites)  # after the metrics, which count these requests too
    kept.register(app)
    wording.register(app)
    compress_and_keep(app)
    errors.register(app)
    app.after_request(_secure)
    _guard(app, settings)
    return app


def _guard(app: Flask, settings: Settings) -> None:
    """Answer allowed hosts alone, and let no request wait for Redis longer than the settings say."""
    answer = app.wsgi_app

    def patient(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with waiting_at_most(settings.request_patience):
            return answer(environ, start_response)  # type: ignore[arg-type]

    app.wsgi_app = OnlyAllowedHosts(patient, settings.allowed_hosts, settings.allow_anonymous)  # type: ignore[method-assign]


def _secure(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "private, no-store")  # people's data
    return response
