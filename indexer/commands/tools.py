"""What commands work with, as the environment's settings say: Redis, the lock, the model behind its cache."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from profilesearch.embedding import CachedEncoder, EmbeddingCache, Encoder, load_encoder, model_stamp
from profilesearch.settings import Settings
from profilesearch.store import BuildLock, Server, Store, connect

from ..job import Job, running
from ..report import Report


def settings() -> Settings:
    """The settings of the environment."""
    return Settings.from_env(os.environ)


def job_server() -> Server:
    """A Redis that is waited for when it is away.

    Raises:
        RedisUnavailable: it is not there to begin with.
    """
    chosen = settings()
    Store(connect(chosen)).ping()
    return connect(chosen, chosen.redis_patience)


def open_store() -> Store:
    """The store at ``REDIS_URL``."""
    return Store(connect(settings()))


@contextmanager
def locked_job(name: str, report: Report) -> Iterator[Job]:
    """A job that nobody else may build, roll back or prune beside."""
    server = connect(settings())
    with running(name, Store(server), report, BuildLock(server)) as job:
        yield job


def encoder(model: str | None, device: str | None) -> Encoder:
    """The model, loaded."""
    chosen = settings()
    return load_encoder(model or chosen.model, device or chosen.device, chosen.precision)


@contextmanager
def cached_encoder(
    model: str | None, device: str | None, report: Report | None = None
) -> Iterator[tuple[CachedEncoder, EmbeddingCache]]:
    """The model behind the cache, loaded when it is first needed, which the report tells."""
    chosen = settings()
    name, place = model or chosen.model, device or chosen.device
    cache = EmbeddingCache(chosen.cache)

    def load() -> Encoder:
        with report.stage("load model") if report else nullcontext():
            return load_encoder(name, place, chosen.precision)

    try:
        yield CachedEncoder(name, load, cache, model_stamp(name, place, chosen.precision)), cache
    finally:
        cache.close()
