"""A redis_local for the tests of this folder, whatever REDIS_URL says."""

from collections.abc import Iterator

import pytest

import redis
from tests.servers import RedisLocal, redis_local


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisLocal]:
    with redis_local(tmp_path_factory.mktemp("local")) as server:
        yield server


@pytest.fixture(params=[2, 3], ids=["RESP2", "RESP3"])
def client(request: pytest.FixtureRequest, server: RedisLocal) -> Iterator[redis.Redis]:
    """A client of each protocol on an empty server."""
    with server.client(protocol=request.param) as client:
        client.flushall()
        yield client


@pytest.fixture
def local(server: RedisLocal) -> Iterator[redis.Redis]:
    """A RESP2 client on an empty server."""
    with server.client() as client:
        client.flushall()
        yield client
