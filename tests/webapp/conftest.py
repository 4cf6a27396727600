"""The application on the sample."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

import redis
from profilesearch.embedding import Encoder
from profilesearch.settings import Settings
from tests.encoders import StandIn
from tests.webapp.small_models import MODELS, Reads, Web
from webapp.app import create_app


@pytest.fixture(scope="module")
def app(built: str, encoder: Encoder) -> Iterator[Flask]:
    yield create_app(Settings(redis_url=built), encoder)


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def several_models(redis_url: str, client: redis.Redis) -> Web:
    """Starts the application on an empty Redis, with a small model, and others that can be loaded."""

    def start(load: Callable[[str], StandIn] | None = None, **settings: int) -> FlaskClient:
        known = {each.name: each for each in MODELS}
        app = create_app(Settings(redis_url=redis_url, **settings), Reads(), load or (lambda name: known[name]()))  # type: ignore[arg-type]
        return app.test_client()

    return start
