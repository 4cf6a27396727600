"""Fixtures that every room's tests share.

Tests run on a redis_local of their own, or on the Redis at REDIS_URL where that is set: it is emptied (FLUSHALL), so
name one that holds nothing of value.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

import redis

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # idle threads of torch leave the processor to the other worker

from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder, load_encoder  # noqa: E402
from profilesearch.settings import Settings  # noqa: E402
from profilesearch.store import BuildLock, Server, Store, VersionRecord, connect  # noqa: E402
from tests.servers import redis_local, run_indexer  # noqa: E402


def pytest_xdist_auto_num_workers() -> int:
    """Files run side by side, each worker on a Redis of its own: one after the other on the Redis at REDIS_URL."""
    return 0 if "REDIS_URL" in os.environ else min(4, os.cpu_count() or 1)


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedding cache of this run: a text is embedded and a model exported once for all tests, of all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"
    folder.mkdir(exist_ok=True)
    os.environ["PROFILESEARCH_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def cache(cache_of_the_run: Path) -> Path:
    """The folder of that cache."""
    return cache_of_the_run


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis with a Query Engine."""
    if url := os.environ.get("REDIS_URL"):
        yield url
        return
    with redis_local(tmp_path_factory.mktemp("redis")) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """A client on an empty Redis."""
    with redis.Redis.from_url(redis_url, protocol=2) as client:
        client.flushall()
        yield client
        client.flushall()


@pytest.fixture
def server(client: redis.Redis, redis_url: str) -> Server:
    """An empty Redis as the application sees it."""
    return connect(Settings(redis_url=redis_url))


@pytest.fixture
def has_hybrid(redis_url: str) -> None:
    """Leaves out a test that a Query Engine before Redis 8.4 cannot pass: it lacks FT.HYBRID, BM25STD heeds no
    weights there and takes frequent words for rare ones, and its German stems keep ``-erin``.
    """
    if not connect(Settings(redis_url=redis_url)).has_hybrid():
        pytest.skip("the Redis at REDIS_URL has no FT.HYBRID")


@pytest.fixture
def store(server: Server) -> Store:
    """A store in an empty Redis."""
    return Store(server)


@pytest.fixture(scope="session")
def encoder(cache_of_the_run: Path) -> Encoder:
    """The bundled model, run as a command runs it."""
    return load_encoder(device="cpu", runtime=Settings(cache=cache_of_the_run).runtime)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sample of 400 people: profiles.jsonl, queries.jsonl, qrels.tsv."""
    from indexer.sample import write_sample

    folder = tmp_path_factory.mktemp("sample")
    write_sample(400, 42, folder / "profiles.jsonl", folder / "queries.jsonl", folder / "qrels.tsv")
    return folder


@pytest.fixture
def build(redis_url: str, encoder: Encoder, cache: Path) -> Callable[..., VersionRecord]:
    """Builds a source in this process, with the model that is loaded already."""
    from indexer.build.options import BuildOptions
    from indexer.build.run import Tools, build
    from indexer.report import Report

    def run(source: Path, **options: Any) -> VersionRecord:
        server = connect(Settings(redis_url=redis_url))
        vectors = EmbeddingCache(cache)
        cached = CachedEncoder(encoder.name, lambda: encoder, vectors, None)
        try:
            return build(
                BuildOptions(str(source), **options), Tools(Store(server), BuildLock(server), vectors, cached, Report())
            )
        finally:
            vectors.close()

    return run


@pytest.fixture(scope="module")
def built(redis_url: str, sample: Path, cache: Path) -> Iterator[str]:
    """The URL of a Redis in which the sample is live, built by the command line."""
    with redis.Redis.from_url(redis_url, protocol=2) as client:
        client.flushall()
        with FileLock(cache / "sample.lock"):  # another worker need not compute the same vectors
            done = run_indexer(redis_url, "build", str(sample / "profiles.jsonl"))
        assert done.returncode == 0, done.stderr.decode()
        yield redis_url
        client.flushall()


@pytest.fixture
def nothing_kept(built: str) -> Iterator[None]:
    """Removes what a test keeps of people in the sample."""
    yield
    with redis.Redis.from_url(built, protocol=2) as client:
        for key in client.scan_iter("profiles:*"):
            if key.split(b":")[1] in (b"shortlists", b"shared", b"searches", b"labels"):
                client.delete(key)
