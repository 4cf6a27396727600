"""What operators watch."""

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

import redis
from profilesearch.embedding import Encoder
from profilesearch.settings import Settings
from webapp.app import create_app

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(web: FlaskClient) -> Samples:
    reply = web.get("/metrics")
    assert reply.status_code == 200 and reply.content_type.startswith("text/plain")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


def test_searches_and_requests_are_counted(web: FlaskClient) -> None:
    before = read(web)
    for query in ("registered nurse", "registered nurse", "baker"):
        assert web.get("/api/search", query_string={"q": query, "k": 5}).status_code == 200
    web.get("/api/search", query_string={"q": "baker", "k": 200, "cluster": 0})
    web.get("/api/search")
    web.get("/secret-place")
    web.open("/secret-place", method="STEAL")
    after = read(web)

    def more(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert more("profilesearch_searches_total", mode="auto", short="false") == 3
    assert more("profilesearch_searches_total", mode="picked", short="true") == 1
    requests = "profilesearch_http_request_duration_seconds_count"
    assert more(requests, endpoint="api.search", method="GET", status="200") == 4
    assert more(requests, endpoint="api.search", method="GET", status="400") == 1
    assert more(requests, endpoint="none", method="other", status="404") == 2
    stage = "profilesearch_search_stage_duration_seconds"
    assert more(f"{stage}_count", stage="redis") == 4
    parts = sum(more(f"{stage}_sum", stage=part) for part in ("embed", "route", "redis"))
    assert 0 < parts <= more(f"{stage}_sum", stage="total")
    assert not any("nurse" in str(key) or "secret" in str(key) or "STEAL" in str(key) for key in after)


def test_what_is_live(web: FlaskClient) -> None:
    found = read(web)
    assert value(found, "profilesearch_redis_up") == 1
    assert value(found, "profilesearch_profiles", version="v1", model="all-MiniLM-L6-v2") == 400
    assert value(found, "profilesearch_live_timestamp_seconds", version="v1") > 1.7e9
    assert value(found, "process_resident_memory_bytes") > 1 << 20


def test_without_a_version_and_without_redis(redis_url: str, client: redis.Redis, encoder: Encoder) -> None:
    nothing = read(create_app(Settings(redis_url=redis_url), encoder).test_client())
    assert value(nothing, "profilesearch_redis_up") == 1
    away = read(create_app(Settings(redis_url="redis://127.0.0.1:1/0", redis_timeout=1), encoder).test_client())
    assert value(away, "profilesearch_redis_up") == 0
    for found in (nothing, away):
        assert not [name for name, _ in found if name == "profilesearch_profiles"]


@pytest.mark.parametrize("accept", ["application/openmetrics-text; version=1.0.0", "text/plain", ""])
def test_the_format_is_the_one_asked_for(web: FlaskClient, accept: str) -> None:
    reply = web.get("/metrics", headers={"Accept": accept})
    wanted = "application/openmetrics-text" if "openmetrics" in accept else "text/plain"
    assert reply.content_type.startswith(wanted)
    assert reply.text.endswith("# EOF\n") == ("openmetrics" in accept)
