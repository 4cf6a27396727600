"""When searches cannot be answered: 503 with the reason, never an empty list."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import redis
from profilesearch.embedding import Encoder
from profilesearch.fields import Fields
from profilesearch.settings import Settings
from profilesearch.store import Store, VersionRecord
from profilesearch.vector_index import VectorIndex
from webapp.app import create_app

PLACES = ["/api/search?q=nurse", "/api/profiles/1", "/api/clusters", "/readyz", "/?q=nurse", "/", "/profiles/1"]


@pytest.mark.parametrize("place", PLACES)
def test_nothing_published(redis_url: str, client: redis.Redis, encoder: Encoder, place: str) -> None:
    reply = create_app(Settings(redis_url=redis_url), encoder).test_client().get(place)
    assert reply.status_code == 503 and "python -m indexer build" in reply.text
    assert reply.headers["Retry-After"]


@pytest.mark.parametrize("place", PLACES)
def test_redis_away(encoder: Encoder, place: str) -> None:
    app = create_app(Settings(redis_url="redis://:hush@127.0.0.1:1/0", redis_timeout=1), encoder)
    reply = app.test_client().get(place)
    assert reply.status_code == 503 and "cannot be reached" in reply.text
    assert "hush" not in reply.text
    if place.startswith("/api"):
        assert reply.get_json()["error"]["code"] == "redis_unavailable"
    assert app.test_client().get("/healthz").status_code == 200


@pytest.mark.parametrize("place", ["/api/search?q=nurse", "/?q=nurse", "/readyz"])
def test_another_model(redis_url: str, store: Store, encoder: Encoder, place: str) -> None:
    record = VersionRecord(store.versions.new_name(), "another-model", "0000", Fields(), VectorIndex(384))
    store.create(record)
    store.versions.publish(record)
    reply = create_app(Settings(redis_url=redis_url), encoder).test_client().get(place)
    assert reply.status_code == 503
    assert "another-model" in reply.text and encoder.fingerprint in reply.text


def test_a_new_version_is_taken_up_without_a_restart(
    redis_url: str, store: Store, encoder: Encoder, build: Callable[..., VersionRecord], tmp_path: Path
) -> None:
    web = create_app(Settings(redis_url=redis_url), encoder).test_client()
    for number, word in enumerate(["nurse", "baker"], 1):
        source = tmp_path / f"{word}.jsonl"
        source.write_text(json.dumps({"id": "1", "text": word}))
        build(source)
        answer = web.get("/api/search?q=somebody").get_json()
        assert answer["version"] == f"v{number}" and answer["results"][0]["snippet"] == word


def test_a_version_of_the_same_name_after_a_flush_is_another_one(
    redis_url: str, client: redis.Redis, encoder: Encoder, build: Callable[..., VersionRecord], tmp_path: Path
) -> None:
    """FLUSHALL starts the numbering again: what was held of the first v1 does not answer for the second."""
    web = create_app(Settings(redis_url=redis_url), encoder).test_client()
    for word in ("nurse", "baker"):
        client.flushall()
        source = tmp_path / f"{word}.jsonl"
        source.write_text(json.dumps({"id": "1", "text": word}))
        build(source)
        assert web.get("/readyz").get_json()["version"] == "v1"
        assert word in web.get("/api/clusters").get_json()["clusters"][0]["label"]
