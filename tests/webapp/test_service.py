"""The web app as a service: whom it answers, what it counts and logs, and what it does while something is missing."""

import gc
import logging
import os
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import redis
from profilesearch import profile_map as profile_map
from profilesearch.embedding import Encoder
from profilesearch.errors import EncoderError
from profilesearch.settings import Settings
from profilesearch.store import Store, VersionRecord, connect
from tests.servers import ROOT, RedisLocal, environment, free_port, redis_local, wait_until
from tests.webapp.test_metrics import read
from webapp import map_cache
from webapp.app import create_app
from webapp.services import Services


@pytest.fixture
def direct(built: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(built, protocol=2) as client:
        yield client


# ------------------------------------------------------------ one view is one search
def links(page: str) -> dict[str, str]:
    import html
    import re

    return {
        path: html.unescape(link)
        for path in ("facets", "map")
        for link in re.findall(rf'data-src="(/{path}[^"]*)"', page)
    }


@pytest.mark.parametrize("query", ["q=nurse", "q=nurse&cluster=auto&seniority=senior", "q=nurse&cluster=off", "like=p000001",
                                   "q=nurse&cluster=2&years_min=3"])  # fmt: skip
def test_a_wide_page_is_one_search(web: FlaskClient, query: str) -> None:
    def searches() -> float:
        return sum(count for (name, _), count in read(web).items() if name == "profilesearch_searches_total")

    before = searches()
    page = web.get(f"/?{query}&cluster=predicted" if "cluster" not in query else f"/?{query}").text
    assert searches() == before + 1
    pieces = links(page)
    facets, frame = web.get(pieces["facets"]), web.get(pieces["map"])
    assert (facets.status_code, frame.status_code) == (200, 200)
    assert searches() == before + 1
    assert '"star": [' in frame.text.replace("&#34;", '"') and "view-clusters" not in facets.text


# ------------------------------------------------------------ whom it answers
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "a" * 64, "localhost.evil.example", "", "[::2]", "a b", "9" * 5000]
)
def test_other_hosts_are_refused(web: FlaskClient, host: str) -> None:
    for path in ("/", "/api/search?q=nurse", "/profiles//p000001", "/nothing"):
        reply = web.get(path, headers={"Host": host})
        assert reply.status_code == 400 and "evil" not in str(reply.headers) + reply.text
        assert "PROFILESEARCH_ALLOWED_HOSTS" in reply.text
    assert web.get("/healthz", headers={"Host": host}).status_code == 200
    assert web.get("/metrics", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:8000", "localhost."])
def test_this_machine_is_answered(web: FlaskClient, host: str) -> None:
    assert web.get("/", headers={"Host": host}).status_code == 200


def test_hosts_that_a_setting_names(built: str, encoder: Encoder) -> None:
    settings = Settings.from_env(
        {"REDIS_URL": built, "PROFILESEARCH_ALLOWED_HOSTS": "People.example, .inner.example,[2001:db8::1]"}
    )
    web = create_app(settings, encoder).test_client()
    for host, status in (
        ("people.example", 200),
        ("a.inner.example:80", 200),
        ("[2001:db8::1]", 200),
        ("localhost", 400),
        ("inner.example.org", 400),
    ):
        assert web.get("/", headers={"Host": host}).status_code == status
    anybody = create_app(Settings(redis_url=built, allowed_hosts=("*",)), encoder).test_client()
    assert anybody.get("/", headers={"Host": "whatever.example"}).status_code == 200
    assert anybody.get("/", headers={"Host": "a" * 64}).status_code == 400


def test_it_does_not_listen_beyond_this_machine_unasked(built: str) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        done = subprocess.run([sys.executable, "-m", "webapp", "--host", host, "--port", str(free_port())], cwd=ROOT, check=False,
                              env=environment(built) | {"ALLOW_ANONYMOUS": ""}, capture_output=True, timeout=120)  # fmt: skip
        assert done.returncode == 1 and b"ALLOW_ANONYMOUS=1" in done.stderr and b"Traceback" not in done.stderr


@pytest.mark.parametrize("client", ["192.168.1.7", "::ffff:10.0.0.1", "2001:db8::1"])
def test_whatever_server_runs_it_other_machines_are_not_answered_unasked(
    built: str, encoder: Encoder, client: str
) -> None:
    web = create_app(Settings(redis_url=built), encoder).test_client()
    for path in ("/", "/api/search?q=nurse", "/map"):
        reply = web.get(path, environ_overrides={"REMOTE_ADDR": client})
        assert reply.status_code == 403 and "ALLOW_ANONYMOUS=1" in reply.text
    assert web.get("/healthz", environ_overrides={"REMOTE_ADDR": client}).status_code == 200
    allowed = create_app(Settings(redis_url=built, allow_anonymous=True), encoder).test_client()
    assert allowed.get("/", environ_overrides={"REMOTE_ADDR": client}).status_code == 200


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "", "unix:/run/page.sock"])
def test_proxies_on_this_machine_are_answered(web: FlaskClient, client: str) -> None:
    assert web.get("/", environ_overrides={"REMOTE_ADDR": client}).status_code == 200


def test_services_do_not_outlive_their_app(redis_url: str) -> None:
    services = weakref.ref(Services(Store(connect(Settings(redis_url=redis_url))), lambda: None, Settings()))  # type: ignore[arg-type,return-value]
    gc.collect()
    assert services() is None


def test_answers_about_people_are_not_kept_by_proxies(web: FlaskClient) -> None:
    for path in ("/", "/?q=nurse", "/profiles/p000001", "/compare?q=nurse", "/facets?q=nurse&cluster=off", "/api/search?q=nurse",
                 "/api/profiles/p000001", "/api/search?q=nurse&format=csv"):  # fmt: skip
        assert web.get(path).headers["Cache-Control"] == "private, no-store"
    assert "private" in web.get("/api/map").headers["Cache-Control"]


# ------------------------------------------------------------ odd requests
@pytest.mark.parametrize("path", ["/profiles//p000001", "/\x00", "/profiles/%00", "/profiles/%ff%fe", "/static/../app.py",
                                  "/static/%2e%2e/app.py", "/api//search?q=x", "/profiles/" + "a" * 3000, "/map/x", "/%e2%80%ae"])  # fmt: skip
def test_odd_paths_are_not_there(web: FlaskClient, path: str) -> None:
    reply = web.get(path)
    assert reply.status_code == 404, reply.status


@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text; version=x", "application/openmetrics-text;version=", ";;;,", "\xff"]
)
def test_metrics_answer_whatever_is_accepted(web: FlaskClient, accept: str) -> None:
    assert web.get("/metrics", headers={"Accept": accept}).status_code == 200


def test_a_refused_request_is_one_line_in_the_log(
    web: FlaskClient, built: str, encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    away = create_app(Settings(redis_url="redis://:hush@127.0.0.1:1/0"), encoder).test_client()
    with caplog.at_level(logging.INFO):
        for client, path, status in (
            (web, f"/?q={'secret' * 1400}%0Ab", 400),
            (web, "/nothing", 404),
            (web, "/profiles/secret", 404),
            (away, "/", 503),
        ):
            caplog.clear()
            reply = client.get(path)
            assert reply.status_code == status
            (record,) = caplog.records
            assert record.exc_info is None and "\n" not in record.getMessage()
            assert "secret" not in record.getMessage() and "hush" not in record.getMessage() + reply.text
    assert "127.0.0.1" not in reply.text and "127.0.0.1:1" in record.getMessage()


# ------------------------------------------------------------ while something is missing
def test_a_model_that_fails_in_whatever_way_is_an_error_and_no_waiting(redis_url: str) -> None:
    def load() -> Encoder:
        raise TypeError("Got unsupported ScalarType BFloat16")

    app = create_app(Settings(redis_url=redis_url))
    app.extensions["profilesearch"] = Services(Store(connect(Settings(redis_url=redis_url))), load, Settings())
    with pytest.raises(EncoderError, match="TypeError: Got unsupported"):
        app.extensions["profilesearch"].wait()
    page = app.test_client().get("/?q=nurse")
    assert page.status_code == 503 and "Just a moment" not in page.text and "Got unsupported" in page.text


def test_the_model_is_loaded_by_each_process_that_was_forked_off(redis_url: str) -> None:
    """As gunicorn --preload does: the application is made, then the process is forked."""
    script = """
import os, sys, webapp.wsgi, threading
services = webapp.wsgi.app.extensions["profilesearch"]
class Model: fingerprint = "x"
services._load = Model
assert threading.active_count() == 1
services.start().join() if sys.argv[1] == "begun" else None
services._pipeline = None
child = os.fork()
if child == 0:
    reply = webapp.wsgi.app.test_client().get("/readyz")
    services.wait()
    os._exit(0 if services._pipeline is not None and reply.get_json()["error"]["code"] != "model_error" else 1)
assert os.waitpid(child, 0)[1] == 0
"""
    for begun in ("begun", "not yet"):
        done = subprocess.run(
            [sys.executable, "-c", script, begun],
            cwd=ROOT,
            env=environment(redis_url),
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()


def test_a_redis_that_hangs_costs_each_request_its_patience(encoder: Encoder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        web = create_app(Settings(redis_url=url, request_patience=1), encoder).test_client()
        for path in ("/?q=nurse", "/readyz", "/metrics", "/api/search?q=x"):
            started = time.monotonic()
            assert web.get(path).status_code == (200 if path == "/metrics" else 503)
            assert time.monotonic() - started < 6, "5 s for a busy machine"


def test_a_map_is_made_by_one_thread_and_the_last_one_serves_meanwhile(
    app: Flask, built: str, monkeypatch: pytest.MonkeyPatch, direct: redis.Redis
) -> None:
    services: Services = app.extensions["profilesearch"]
    go = threading.Event()
    drawn: list[str] = []

    def slowly(*arguments: Any) -> Any:
        drawn.append(threading.current_thread().name)
        go.wait(60)
        return profile_map.read_map(*arguments)

    monkeypatch.setattr(map_cache, "read_map", slowly)
    monkeypatch.setattr(map_cache, "_LEAST_SECONDS", 0)
    cache = services.map = map_cache.MapCache(services.store, patience=0.05)
    snapshot = services.pipeline.snapshot()
    web = app.test_client()
    first = web.get("/api/map")
    assert (
        first.status_code == 503
        and first.headers["Retry-After"]
        and first.get_json()["error"]["code"] == "map_is_drawn"
    )
    assert web.get("/api/map").status_code == 503 and len(drawn) == 1
    go.set()
    wait_until(lambda: web.get("/api/map").status_code == 200)
    go.clear()
    old = cache.get(snapshot)
    changed = snapshot.__class__(
        snapshot.version.__class__(**{**vars(snapshot.version), "changed": snapshot.version.changed + 1}),
        snapshot.clusters,
        snapshot.calibration,
    )
    assert [cache.get(changed) for _ in range(7)] == [old] * 7, "nobody waits"
    go.set()
    wait_until(lambda: cache.get(changed).tag != old.tag)
    assert len(drawn) == 2 and set(drawn) == {"draw the map"}


def test_it_serves_on_while_redis_stands_still(encoder: Encoder, tmp_path: Path) -> None:
    import signal

    with redis_local(tmp_path) as server:
        assert isinstance(server, RedisLocal)
        web = create_app(
            Settings(redis_url=f"redis://127.0.0.1:{server.port}/0", request_patience=1), encoder
        ).test_client()
        assert web.get("/").status_code == 503
        pid = server.server_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            started = time.monotonic()
            for _ in range(3):
                assert web.get("/").get_json() is None
            assert time.monotonic() - started < 8
        finally:
            os.kill(pid, signal.SIGCONT)
        wait_until(lambda: "nobody to search for" in web.get("/").text)


# ------------------------------------------------------------ on other profiles than the sample's
def test_ids_that_browsers_take_out_of_paths(
    redis_url: str, store: Store, encoder: Encoder, build: Callable[..., VersionRecord], tmp_path: Path
) -> None:
    import json

    ids = [".", "..", "a/../b", "/p1", "a//b", "é%2f?#"]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"id": id_, "text": f"nurse {id_}"}) + "\n" for id_ in ids))
    build(tmp_path / "a.jsonl", clusters=1)
    web = create_app(Settings(redis_url=redis_url), encoder).test_client()
    import html
    import re

    page = web.get("/?q=nurse&cluster=off").text
    opened = set()
    for link in re.findall(r'<h2 id="r\d+"><a href="([^"]+)"', page):
        path = html.unescape(link).partition("?")[0]
        assert not any(part in (".", "..") for part in path.split("/")) and "//" not in path
        person = web.get(html.unescape(link))
        assert person.status_code == 200
        told = re.search(r"<dt>Id</dt><dd>(.*?)</dd>", person.text)
        assert told is not None
        opened.add(html.unescape(told[1]))
    assert opened == set(ids)
    assert web.get("/api/profiles?id=..").get_json()["id"] == ".."
    assert web.get("/api/profiles").get_json()["error"]["field"] == "id"


def test_ready_is_who_can_search(
    redis_url: str, client: redis.Redis, encoder: Encoder, build: Callable[..., VersionRecord], tmp_path: Path
) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "text": "nurse"}\n{"id": "2", "text": "baker"}\n')
    record = build(tmp_path / "a.jsonl", clusters=1)
    web = create_app(Settings(redis_url=redis_url), encoder).test_client()
    assert web.get("/readyz").status_code == 200
    client.execute_command("FT.DROPINDEX", record.index)
    reply = web.get("/readyz")
    assert (
        reply.status_code == 503 and reply.get_json()["error"]["code"] == "index_not_ready" and "is gone" in reply.text
    )
    assert reply.headers["Retry-After"]
