"""The application on the sample."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from profilesearch.embedding import Encoder
from profilesearch.settings import Settings
from webapp.app import create_app


@pytest.fixture(scope="module")
def app(built: str, encoder: Encoder) -> Iterator[Flask]:
    yield create_app(Settings(redis_url=built), encoder)


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    return app.test_client()
