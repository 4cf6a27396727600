"""Long texts: sent by POST, kept under a digest, never repeated in an address."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

import redis
from profilesearch.embedding import Encoder
from profilesearch.settings import Settings
from profilesearch.store import Keys, Texts, connect
from webapp.app import create_app

TEXT = "We look for a registered nurse with experience in intensive care, zebra crossing. " * 60
MARK = "zebra"


def addresses(page: str) -> list[str]:
    return [html.unescape(found) for found in re.findall(r'(?:href|src|action|data-src)="([^"]*)"', page)]


@pytest.fixture(scope="module")
def digest(app: Flask) -> str:
    reply = app.test_client().post("/", data={"q": TEXT, "cluster": "off"})
    assert reply.status_code == 303
    where = urlsplit(reply.headers["Location"])
    assert where.path == "/" and len(where.query) < 50
    query = parse_qs(where.query)
    assert query["cluster"] == ["off"]
    return query["t"][0]


def test_every_link_of_every_page_names_the_text_and_none_repeats_it(web: FlaskClient, digest: str) -> None:
    first = [f"/?t={digest}&cluster=off&seniority=senior&offset=30", f"/?t={digest}&cluster=predicted&facets=1"]
    seen: set[str] = set()

    def check(path: str) -> list[str]:
        reply = web.get(path)
        assert reply.status_code == 200, (path, reply.text[:500])
        links = addresses(reply.text) if reply.mimetype == "text/html" else []
        assert not any(MARK in link for link in links)
        posted = addresses("".join(re.findall(r'<form[^>]*method="post"[^>]*>', reply.text, re.DOTALL)))
        return [link for link in links if f"t={digest}" in link and link not in posted]

    for link in [link for path in first for link in check(path)]:
        kind = re.sub(r"=[^&]*|/p\d+", "=", link)
        if kind not in seen:
            seen.add(kind)
            check(link)
    paths = {urlsplit(kind).path.split("=")[0] for kind in seen}
    assert {"/", "/how", "/facets", "/map", "/api/search", "/profiles"} <= paths, seen
    assert any("offset" in kind for kind in seen) and any("format" in kind for kind in seen)


def test_the_same_is_found_by_digest_by_post_and_by_get(web: FlaskClient, digest: str) -> None:
    by_digest = web.get(f"/api/search?t={digest}&k=5").get_json()
    by_post = web.post("/api/search", json={"q": TEXT, "k": 5}).get_json()
    by_get = web.get("/api/search", query_string={"q": TEXT, "k": 5}).get_json()
    assert by_digest["query"] == by_post["query"] == by_get["query"] == TEXT
    assert by_digest["results"] == by_post["results"] == by_get["results"] and by_digest["returned"] == 5
    csv = web.get(f"/api/search?t={digest}&format=csv")
    assert csv.mimetype == "text/csv" and csv.text.count("\n") > 30


@pytest.mark.parametrize("path", ["/", "/compare", "/profiles/p000001"])
def test_an_address_with_a_long_text_leads_to_the_short_one(web: FlaskClient, digest: str, path: str) -> None:
    reply = web.get(path, query_string={"q": TEXT, "seniority": "senior"})
    where = urlsplit(reply.headers["Location"])
    assert reply.status_code == 303 and where.path == path
    assert parse_qs(where.query) == {"t": [digest], "seniority": ["senior"]}


def test_a_short_text_stays_in_the_address(web: FlaskClient, client_of_built: redis.Redis) -> None:
    before = len(client_of_built.keys("profiles:text:*"))
    reply = web.post("/", data={"q": "nurse & more", "cluster": "auto", "empty": ""})
    assert reply.status_code == 303 and reply.headers["Location"] == "/?q=nurse+%26+more&cluster=auto"
    assert web.post("/compare", data={"q": "nurse"}).headers["Location"] == "/compare?q=nurse"
    assert len(client_of_built.keys("profiles:text:*")) == before
    assert web.post("/", data={}).headers["Location"] == "/"


@pytest.fixture
def client_of_built(built: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(built, protocol=2) as client:
        yield client


def test_a_text_lives_on_while_it_is_used_and_then_says_that_it_is_gone(
    web: FlaskClient, digest: str, client_of_built: redis.Redis
) -> None:
    key = f"profiles:text:{digest}"
    client_of_built.expire(key, 100)
    assert web.get(f"/?t={digest}").status_code == 200
    assert client_of_built.ttl(key) > 29 * 86_400
    kept = client_of_built.dump(key)
    client_of_built.delete(key)
    page = web.get(f"/?t={digest}&seniority=senior")
    assert page.status_code == 410 and "no longer kept" in page.text and "kept for 30 days" in page.text
    assert '<textarea id="q"' in page.text and 'method="post"' in page.text
    error = web.get(f"/api/search?t={digest}").get_json()["error"]
    assert (error["code"], error["field"]) == ("text_expired", "t")
    client_of_built.restore(key, 0, kept)


@pytest.mark.parametrize(
    ("query", "status"), [({"t": "*"}, 400), ({"t": "a" * 20}, 410), ({"t": "a" * 20, "q": "x"}, 400)]
)
def test_what_is_no_digest(web: FlaskClient, query: dict[str, Any], status: int) -> None:
    for path in ("/", "/api/search", "/facets"):
        assert web.get(path, query_string=query).status_code == status


@pytest.mark.parametrize("why", ["read-only", "not wanted"])
def test_a_search_answers_where_texts_cannot_be_kept(
    built: str, encoder: Encoder, client_of_built: redis.Redis, why: str
) -> None:
    days = 0 if why == "not wanted" else 30
    web = create_app(Settings(redis_url=built, text_days=days), encoder).test_client()
    client_of_built.delete(*client_of_built.keys("profiles:text:*") or ["none"])
    if why == "read-only":
        client_of_built.config_set("min-replicas-to-write", 1)
    try:
        for reply in (web.post("/", data={"q": TEXT}), web.get("/", query_string={"q": TEXT})):
            assert reply.status_code == 200 and reply.text.count('class="result"') == 30
            links = [link for link in addresses(reply.text) if "offset=30" in link]
            assert links and MARK in links[0]
            assert web.get(links[0]).status_code == 200
    finally:
        client_of_built.config_set("min-replicas-to-write", 0)
    assert not client_of_built.keys("profiles:text:*")


def test_other_sites_may_link_here_and_no_more(web: FlaskClient, client_of_built: redis.Redis) -> None:
    before = client_of_built.zcard("profiles:texts")
    for path in ("/", "/compare"):
        assert web.post(path, data={"q": TEXT}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    new = {"q": "somebody else's text " * 20}
    for path, kind in (("/", "image"), ("/compare", "iframe"), ("/api/search", "empty"), ("/facets", "script")):
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": kind}
        assert web.get(path, query_string=new, headers=headers).status_code == 403
    assert client_of_built.zcard("profiles:texts") == before
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}
    assert web.get("/?q=nurse", headers=headers).status_code == 200


def test_only_what_can_be_searched_for_is_kept(web: FlaskClient, client_of_built: redis.Redis) -> None:
    client_of_built.delete("profiles:texts")
    text = TEXT * 2
    for reply in (web.get("/", query_string={"q": text}), web.post("/", data={"q": text})):
        assert reply.status_code == 400 and MARK in reply.text
    assert not client_of_built.exists("profiles:texts")


def test_so_many_texts_are_kept_and_the_oldest_go_first(client_of_built: redis.Redis, built: str) -> None:
    client_of_built.delete("profiles:texts", *client_of_built.keys("profiles:text:*"))
    texts = Texts(connect(Settings(redis_url=built)), Keys(), most=3)
    first, second = texts.keep("first", 30), texts.keep("second", 30)
    assert texts.get(first, 30) == "first"  # used again, so the second is older now
    later = [texts.keep(text, 30) for text in ("third", "fourth", "fourth")]
    assert texts.get(second, 30) is None
    assert [texts.get(digest, 30) for digest in (first, *later)] == ["first", "third", "fourth", "fourth"]
    assert client_of_built.zcard("profiles:texts") == len(client_of_built.keys("profiles:text:*")) == 3
    assert client_of_built.ttl("profiles:texts") > 29 * 86_400
    client_of_built.expire(f"profiles:text:{first}", 1000)
    assert texts.get(first, 0) == "first" and client_of_built.ttl(f"profiles:text:{first}") > 900


def test_a_form_that_is_too_large_is_a_page_too(web: FlaskClient) -> None:
    for path in ("/", "/compare"):
        page = web.post(path, data={"q": "x" * 200_000})
        assert page.status_code == 413 and "<h1" in page.text


def test_a_text_that_is_too_long_is_there_to_be_cut(web: FlaskClient) -> None:
    page = web.post("/", data={"q": "x" * 8001})
    assert page.status_code == 400 and "at most 8000 characters" in page.text and "x" * 8001 in page.text


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"q": ["a"]}, "q", "expected a text, got a list"),
        ({"q": 3}, "q", "expected a text, got a number"),
        ({"q": "x", "k": True}, "k", "a number or a list"),
        ({"q": "x", "k": 2.5}, "k", "a whole number, got '2.5'"),
        ({"q": "x", "explain": "x", "years_min": {}}, "years_min", "got an object"),
        ({"q": "x", "explain": [True]}, "explain", "true or false"),
        ({"q": "x", "location": ["Berlin", None]}, "location", "got null"),
        ({"q": "x", "location": [["Berlin"]]}, "location", "got a list"),
        ({"q": "x", "shoe_size": 43}, "shoe_size", "no such parameter"),
        ({"q": "\ud800"}, "q", "lone surrogate"),
        ({"q": "x", "location": ["Berlin"] * 101}, "location", "at most 100 filter values in all"),
        ({"q": "x", "location": "B" * 501}, "location", "at most 500 characters"),
        ({"q": "x", "cluster": list(range(101))}, "cluster", "at most 100 numbers"),
        ({"like": "x" * 501}, "like", "at most 500 characters"),
        ({}, "q", "got nothing"),
    ],
)
def test_json_errors_name_the_field(web: FlaskClient, body: dict[str, Any], field: str, message: str) -> None:
    reply = web.post("/api/search", data=json.dumps(body), content_type="application/json")
    assert reply.status_code == 400, reply.text
    assert reply.get_json()["error"]["field"] == field and message in reply.get_json()["error"]["message"]


def test_json_may_name_a_kept_text(web: FlaskClient) -> None:
    digest = parse_qs(urlsplit(web.post("/", data={"q": TEXT}).headers["Location"]).query)["t"][0]
    by_digest = web.post("/api/search", json={"t": digest, "k": 5}).get_json()
    by_get = web.get(f"/api/search?t={digest}&k=5").get_json()
    assert by_digest["query"] == TEXT and by_digest["results"] == by_get["results"]
    for body, status in (({"t": "*"}, 400), ({"t": "a" * 20}, 410), ({"t": digest, "q": "x"}, 400)):
        reply = web.post("/api/search", json=body)
        assert reply.status_code == status and reply.get_json()["error"]["field"] == "t"


@pytest.mark.parametrize("path", ["/facets", "/map"])
def test_clusters_that_a_piece_is_told_are_clusters(web: FlaskClient, path: str) -> None:
    for value in ("99", ",".join(map(str, range(5000))), "x"):
        reply = web.get(path, query_string={"q": "nurse", "view-place": "0,0", "view-clusters": value})
        assert reply.status_code == 400 and "view-clusters: expected" in reply.text
    assert web.get(path, query_string={"q": "nurse", "view-place": "0,0", "view-clusters": "0,1"}).status_code == 200


def test_json_has_the_same_fields(web: FlaskClient) -> None:
    body = {"q": "manager", "cluster": [1, 4], "k": 50, "years_min": 5, "years_max": 9.5, "seniority": ["senior", "lead"],
            "explain": True, "offset": None}  # fmt: skip
    by_post = web.post("/api/search", json=body).get_json()
    by_get = web.get("/api/search?q=manager&cluster=1,4&k=50&years_min=5&years_max=9.5&seniority=senior&seniority=lead&explain=1").get_json()  # fmt: skip
    assert by_post["results"] == by_get["results"] and by_post["explain"] == by_get["explain"]
    assert by_post["returned"]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"q": "x"}', "text/plain", 415),
        (b"q=x", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"\xff\xfe{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"k": ' + b"9" * 50_000 + b"}", "application/json", 400),
        (b'{"q": "' + b"x" * 140_000 + b'"}', "application/json", 413),
    ],
)
def test_what_is_no_json_search(web: FlaskClient, body: bytes, kind: str, status: int) -> None:
    reply = web.post("/api/search", data=body, content_type=kind)
    assert reply.status_code == status and reply.get_json()["error"]["message"]
    assert web.post("/api/search?k=3", json={"q": "x"}).get_json()["error"]["field"] == "k"


JOB = """About us
Our sales team and our account executives open doors in new markets. Founded in 1974, we are proud of our values.
"""
JOB = (
    JOB * 6
    + """What we are looking for
A registered nurse for our intensive care unit, nights and weekends.
What we offer
30 days of holiday and a gym."""
)


def test_talk_about_the_company_is_left_aside_and_can_be_read_after_all(web: FlaskClient) -> None:
    """The page says what was read; the API finds the same; the parts of another text are none of this one."""
    page = web.post("/", data={"q": JOB}, follow_redirects=True)
    results = web.post("/api/search", json={"q": JOB, "k": 5}).get_json()["results"]
    roles = [result["tags"]["role"] for result in results]
    assert "nurse" in roles[0][0]
    parts = re.findall(r'name="parts" value="([^"]+)" data-asked="(\d)"( checked)?', page.text)
    assert len(parts) == 16 and [number for number, (_, asked, checked) in enumerate(parts) if checked] == [12, 13]
    assert all((asked == "1") == bool(checked) for _, asked, checked in parts)
    assert "14 parts of your text were left aside." in page.text and "about the company" in page.text
    asked = {"q": JOB, "k": 5, "parts": [value for value, _, _ in parts[:2]]}
    other = web.post("/api/search", json=asked).get_json()["results"]
    assert "nurse" not in other[0]["tags"]["role"][0]
    assert (
        web.post("/api/search", json=asked | {"parts": ["00000000-1"]}).get_json()["results"][0]["tags"]["role"]
        == roles[0]
    )
    error = web.post("/api/search", json=asked | {"parts": ["one"]}).get_json()["error"]
    assert error["field"] == "parts" and "expected parts of the text such as" in error["message"]
    assert "What was read" not in web.get("/?q=nurse").text
