"""What commands work with, as the environment's settings say: Redis, the lock, the model behind its cache."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext

from profilesearch.embedding import (
    CachedEncoder,
    EmbeddingCache,
    Encoder,
    column_of,
    embeds_texts,
    load_encoder,
    model_stamp,
)
from profilesearch.errors import EncoderError, NoQueryModel, SettingsError
from profilesearch.search.rerankers import Reranker
from profilesearch.search.rerankers.catalogue import Means, make_rerankers
from profilesearch.search.rerankers.language_model import Budget
from profilesearch.settings import Settings
from profilesearch.store import BuildLock, Server, Store, connect

from ..encoders import NamedEncoders
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
    return load_encoder(model or chosen.model, device or chosen.device, chosen.precision, chosen.openai, chosen.runtime)


def rerankers(names: Iterable[str], encoder: Encoder) -> list[Reranker]:
    """Rerankers by their names, made as the web app makes them.

    Raises:
        SettingsError: a name is none of theirs, or the model cannot do it.
    """
    chosen = settings()
    budget = Budget(chosen.rerank_calls, chosen.rerank_seconds)
    made = make_rerankers(names, Means(encoder, chosen.device, budget, chosen.openai))
    if missing := set(names) - {reranker.name for reranker in made}:
        raise SettingsError(
            f"the model {encoder.name} cannot rerank: expected another than {', '.join(sorted(missing))}"
        )
    return made


def check_embeds(models: Iterable[str]) -> None:
    """Check that models embed documents.

    Raises:
        EncoderError: one is a column of vectors.
    """
    for model in models:
        if column_of(model):
            raise EncoderError(f"model {model!r} is a column of vectors: expected a model that embeds texts")


def check_answers(model: str) -> None:
    """Check that a model answers any text, so that people's searches may be given to it.

    Raises:
        NoQueryModel: profiles brought their vectors, and no model embeds queries.
    """
    if not embeds_texts(model):
        raise NoQueryModel(
            f"{model} cannot answer what people type: expected a model that embeds any text", code="no_query_model"
        )


@contextmanager
def named_encoders(
    model: str | None, device: str | None, report: Report | None = None
) -> Iterator[tuple[NamedEncoders, EmbeddingCache]]:
    """The models behind one cache, each loaded when it is first needed; the one that was chosen stands in for any that is not here."""
    chosen = settings()
    place, cache = device or chosen.device, EmbeddingCache(chosen.cache)

    def make(name: str) -> CachedEncoder:
        def load() -> Encoder:
            with report.stage("load model") if report else nullcontext():
                return load_encoder(name, place, chosen.precision, chosen.openai, chosen.runtime)

        return CachedEncoder(name, load, cache, model_stamp(name, place, chosen.precision, chosen.runtime))

    try:
        yield NamedEncoders(make, [model or chosen.model]), cache
    finally:
        cache.close()


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
            return load_encoder(name, place, chosen.precision, chosen.openai, chosen.runtime)

    try:
        yield CachedEncoder(name, load, cache, model_stamp(name, place, chosen.precision, chosen.runtime)), cache
    finally:
        cache.close()
