"""Shortlists, saved searches and labels: the API, and the pages' forms without a browser."""

import csv
import io
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import redis
from profilesearch.kept.bounds import LONGEST_NOTE
from profilesearch.settings import Settings
from profilesearch.store import Store, connect
from webapp.server import LARGEST_FILE

QUERY = "registered nurse for intensive care"


pytestmark = pytest.mark.usefixtures("nothing_kept")


def data(reply: TestResponse, status: int = 200) -> dict[str, Any]:
    assert reply.status_code == status, reply.text
    answer: dict[str, Any] = reply.json or {}
    return answer


def wrong(reply: TestResponse, status: int, field: str | None, code: str = "bad_request") -> None:
    assert reply.status_code == status, reply.text
    assert reply.json is not None
    assert (reply.json["error"]["field"], reply.json["error"]["code"]) == (field, code), reply.text


def new(web: FlaskClient, *ids: str, name: str = "Nurses", query: str = QUERY) -> str:
    key = str(data(web.post("/api/shortlists", json={"name": name, "query": query}), 201)["key"])
    for id_ in ids:
        data(web.post(f"/api/shortlists/{key}/people", json={"id": id_}))
    return key


# ---------------------------------------------------------------- the API
def test_a_shortlist_of_its_own_by_the_api(web: FlaskClient) -> None:
    key = new(web, "p000001", "p000002", "p000003")
    path = f"/api/shortlists/{key}"
    data(web.post(f"{path}/people", json={"id": "p000001"}))
    shortlist = data(web.patch(path, json={"order": ["p000003", "p000001", "p000002"], "revision": 0}))
    assert [each["id"] for each in shortlist["people"]] == ["p000003", "p000001", "p000002"]
    assert shortlist["people"][0]["headline"] and not shortlist["people"][0]["gone"]
    assert shortlist["people"][0]["link"] == "http://localhost/profiles/p000003"
    noted = data(web.patch(f"{path}/people", json={"id": "p000002", "note": "call\r\nher", "revision": 0}))
    assert noted["people"][2]["note"] == "call\nher" and noted["people"][2]["note_revision"] == 1
    assert data(web.patch(path, json={"name": " Nurses,  Berlin", "revision": 1}))["name"] == "Nurses, Berlin"
    assert web.delete(f"{path}/people?id=p000001").status_code == 204
    data(web.post(f"{path}/hidden", json={"id": "p000009"}))
    assert [each["id"] for each in data(web.get(path))["hidden"]] == ["p000009"]
    assert web.delete(f"{path}/hidden?id=p000009").status_code == 204
    (listed,) = data(web.get("/api/shortlists"))["shortlists"]
    assert (listed["key"], listed["name"], listed["people"]) == (key, "Nurses, Berlin", 2)
    assert web.delete(path).status_code == web.delete(path).status_code == 204
    wrong(web.get(path), 404, "key", "not_kept")


def test_who_comes_too_late_is_told_and_nothing_is_changed(web: FlaskClient) -> None:
    key = new(web, "p000001", "p000002")
    path = f"/api/shortlists/{key}"
    data(web.patch(path, json={"name": "first", "revision": 0}))
    wrong(web.patch(path, json={"name": "second", "revision": 0}), 409, "name", "changed_meanwhile")
    wrong(web.patch(path, json={"order": ["p000001"], "revision": 1}), 409, "order", "changed_meanwhile")
    data(web.patch(f"{path}/people", json={"id": "p000001", "note": "first", "revision": 0}))
    late = web.patch(f"{path}/people", json={"id": "p000001", "note": "second", "revision": 0})
    wrong(late, 409, "note", "changed_meanwhile")
    now = data(web.get(path))
    assert now["name"] == "first" and now["people"][0]["note"] == "first"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"), ({"name": ""}, "name"), ({"name": "x" * 201}, "name"), ({"name": 7}, "name"),
        ({"name": "x", "colour": "red"}, "colour"), ({"name": "x", "query": "q" * 8001}, "query"), ([], "body"), ("x", "body"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(web: FlaskClient, body: Any, field: str) -> None:
    wrong(web.post("/api/shortlists", json=body), 400, field)


def test_further_wrong_requests(web: FlaskClient) -> None:
    key = new(web, "p000001")
    path = f"/api/shortlists/{key}"
    wrong(web.post(f"{path}/people", json={"id": "nobody"}), 404, "id", "not_found")
    wrong(web.post(f"{path}/hidden", json={"id": "p000001"}), 400, "id")
    wrong(web.patch(path, json={"revision": 0}), 400, "order")
    wrong(web.patch(f"{path}/people", json={"id": "p000001", "note": "x" * 2001, "revision": 0}), 400, "note")
    wrong(web.get(f"{path}?format=xml"), 400, "format")
    wrong(web.delete(f"{path}/people"), 400, "id")
    assert web.post("/api/shortlists", data="{").status_code == 415
    assert web.post("/api/shortlists", data="{", content_type="application/json").status_code == 400
    assert web.put(path).status_code == 405


def test_a_file_for_spreadsheets(web: FlaskClient) -> None:
    key = new(web, "p000001", "p000002")
    path = f"/api/shortlists/{key}"
    data(web.patch(f"{path}/people", json={"id": "p000001", "note": "=HYPERLINK(1)", "revision": 0}))
    reply = web.get(f"{path}?format=csv")
    assert reply.mimetype == "text/csv" and "shortlist.csv" in reply.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff"))))
    assert [row["place"] for row in rows] == ["1", "2"] and rows[0]["note"] == "'=HYPERLINK(1)"
    assert rows[1]["link"] == "http://localhost/profiles/p000002" and rows[0]["location"]


def test_labels(web: FlaskClient, built: str) -> None:
    body = {"query": QUERY, "id": "p000001", "grade": 1}
    data(web.post("/api/labels", json=body), 201)
    data(web.post("/api/labels", json=body | {"id": "p000002", "grade": 0}), 201)
    data(web.post("/api/labels", json=body | {"query": "teacher", "grade": 3}), 201)
    (fits, _) = sorted(
        data(web.get("/api/labels", query_string={"query": QUERY}))["labels"], key=lambda each: each["id"]
    )
    assert (fits["grade"], fits["labeller"], fits["origin"]) == (1, "local", "api") and fits["labelled_at"]
    assert fits["version"] == Store(connect(Settings(redis_url=built))).versions.live().version
    assert len(data(web.get("/api/labels"))["labels"]) == 3
    for _ in range(2):
        assert web.delete("/api/labels", query_string={"query": QUERY, "id": "p000001"}).status_code == 204
    assert len(data(web.get("/api/labels"))["labels"]) == 2
    wrong(web.post("/api/labels", json=body | {"grade": 4}), 400, "grade")
    wrong(web.post("/api/labels", json=body | {"query": "  "}), 400, "query")
    wrong(web.post("/api/labels", json=body | {"id": "nobody"}), 404, "id", "not_found")
    wrong(web.delete("/api/labels?id=p1"), 400, "query")


def test_stars_are_labels_where_nobody_said_otherwise(web: FlaskClient) -> None:
    new(web, "p000001", "p000002")
    new(web, "p000003", query="teacher")
    web.post("/api/labels", json={"query": QUERY, "id": "p000002", "grade": 0})
    found = data(web.get("/api/labels", query_string={"query": QUERY, "stars": "1"}))["labels"]
    assert {each["id"]: each["grade"] for each in found} == {"p000001": 1, "p000002": 0}
    assert len(data(web.get("/api/labels?stars=1"))["labels"]) == 3 and len(data(web.get("/api/labels"))["labels"]) == 1
    wrong(web.get("/api/labels?stars=yes"), 400, "stars")


def test_a_saved_search_tells_who_is_new(web: FlaskClient, built: str) -> None:
    parameters = {"q": QUERY, "cluster": "off", "seniority": ["senior", "lead"]}
    search = data(web.post("/api/searches", json={"name": "nurses", "parameters": parameters}), 201)
    assert search["parameters"] == parameters
    path = f"/api/searches/{search['key']}"
    assert data(web.get(path))["new"] == []
    store = Store(connect(Settings(redis_url=built)))
    known = store.searches.get("local", search["key"])
    first, second = known.seen[:2]
    store.searches.looked("local", search["key"], [id_ for id_ in known.seen if id_ not in (first, second)])
    assert [each["id"] for each in data(web.get(path))["new"]] == [first, second]
    assert web.get(path).json == web.get(path).json, "looking changes nothing"
    assert web.post(f"{path}/seen").status_code == 204 and data(web.get(path))["new"] == []
    assert [each["name"] for each in data(web.get("/api/searches"))["searches"]] == ["nurses"]
    wrong(web.post("/api/searches", json={"name": "x", "parameters": {"q": "x", "colour": "red"}}), 400, "colour")
    wrong(web.post("/api/searches", json={"name": "x", "parameters": {}}), 400, "q")
    assert web.delete(path).status_code == 204
    wrong(web.get(path), 404, "key", "not_kept")


def test_everything_is_given_out_and_taken_in(web: FlaskClient) -> None:
    first = data(web.get("/api/search", query_string={"q": QUERY, "k": 1}))["results"][0]["id"]
    key = new(web, first)
    web.post("/api/labels", json={"query": QUERY, "id": first, "grade": 1})
    web.post("/api/searches", json={"name": "nurses", "parameters": {"q": QUERY}})
    file = web.get("/api/kept")
    assert file.data  # read now: it is given out line by line
    assert file.mimetype == "application/x-ndjson" and "attachment" in file.headers["Content-Disposition"]
    web.delete(f"/api/shortlists/{key}")
    added = web.post("/api/kept", data=file.data, content_type="application/x-ndjson")
    assert data(added) == {"shortlists": 1, "searches": 0, "labels": 0}
    assert [each["id"] for each in data(web.get(f"/api/shortlists/{key}"))["people"]] == [first]
    lines = file.data.splitlines()
    assert [*json.loads(lines[1])] == ["shortlist"] and len(lines) == 4
    only = web.post("/api/kept", data=lines[3], content_type="application/x-ndjson")
    assert data(only) == {"shortlists": 0, "searches": 0, "labels": 0}, "a part of the lines is a file, too"
    kept = {"format": "profile-search-kept-1", "shortlists": [json.loads(lines[1])["shortlist"]]}
    assert data(web.post("/api/kept", json=kept)) == {"shortlists": 0, "searches": 0, "labels": 0}, "as one object"
    kept["shortlists"][0]["people"][0]["note"] = 7  # type: ignore[index]
    wrong(web.post("/api/kept", json=kept), 400, "shortlists.0.people.0.note")
    broken = file.data.replace(b'"note":""', b'"note":7')
    wrong(
        web.post("/api/kept", data=broken, content_type="application/x-ndjson"), 400, "line 2.shortlist.people.0.note"
    )
    wrong(web.post("/api/kept", json={}), 400, "line 1")
    wrong(web.post("/api/kept", data=b"", content_type="application/x-ndjson"), 400, "body")
    padded = file.data + b" " * 500_000
    assert web.post("/api/kept", data=padded, content_type="application/x-ndjson").status_code == 200
    too_large = web.post("/api/kept", data=b" " * (LARGEST_FILE + 1), content_type="application/json")
    assert too_large.status_code == 413
    assert data(web.delete(f"/api/kept/people?id={first}")) == {
        "shortlists": 1,
        "searches": 1,
        "labels": 1,
        "damaged": 0,
    }
    assert first not in web.get("/api/kept").text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}, {"Origin": "null"},
        {"Origin": "http://localhost:9999"}, {"Origin": "https://evil.example"},
        {"Origin": "http://localhost.evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)  # fmt: skip
def test_only_its_own_pages_and_programs_change_anything(web: FlaskClient, headers: dict[str, str]) -> None:
    key = new(web)
    for method, path in (
        ("POST", "/api/shortlists"), ("DELETE", f"/api/shortlists/{key}"), ("POST", "/api/labels"), ("POST", "/keep?q=nurse"),
        ("POST", "/shortlists"), ("POST", f"/shortlists/{key}"), ("POST", "/shortlists/file"), ("POST", "/searches?q=nurse"),
        ("DELETE", "/api/kept/people?id=p000001"), ("POST", "/api/kept"), ("POST", "/searches/x"),
    ):  # fmt: skip
        assert web.open(path, method=method, headers=headers).status_code == 403, path
    assert len(data(web.get("/api/shortlists"))["shortlists"]) == 1
    for ours in ({"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin", "Origin": "https://LOCALHOST"}, {}):
        assert web.post("/shortlists", data={"name": "ours"}, headers=ours).status_code == 303


# ---------------------------------------------------------------- the pages' forms
def press(web: FlaskClient, **button: str) -> TestResponse:
    return web.post("/keep", query_string={"q": QUERY, "cluster": "off"}, data=button)


def test_the_first_star_begins_a_shortlist_named_after_the_text(web: FlaskClient) -> None:
    reply = press(web, star="3 p000001")
    assert reply.status_code == 303 and reply.location == "/?q=registered+nurse+for+intensive+care&cluster=off#r3"
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    press(web, star="1 p000002")
    (shortlist,) = data(web.get("/api/shortlists"))["shortlists"]
    assert shortlist["name"] == QUERY and shortlist["people"] == 2
    page = web.get("/profiles/p000001", query_string={"q": QUERY}).text
    assert 'name="person" value="0 p000001"' in page and re.search(r'name="unstar" aria-pressed="true"', page)
    press(web, unstar="3 p000001")
    assert data(web.get("/api/shortlists"))["shortlists"][0]["people"] == 1


def test_whoever_is_hidden_is_below_the_people_with_a_way_back(web: FlaskClient) -> None:
    before = re.findall(r'data-id="([^"]+)"', web.get(f"/?q={QUERY}").text)
    assert press(web, hide=f"1 {before[0]}").status_code == 303
    page = web.get(f"/?q={QUERY}").text
    assert re.findall(r'data-id="([^"]+)"', page) == before[1:]
    assert "1 person of this page is hidden for" in page and f'name="show" value="0 {before[0]}"' in page
    press(web, show=f"0 {before[0]}")
    assert re.findall(r'data-id="([^"]+)"', web.get(f"/?q={QUERY}").text) == before


def test_thumbs_are_labels_of_the_page(web: FlaskClient) -> None:
    press(web, fits="1 p000001")
    press(web, unfit="2 p000002")
    labels = {each["id"]: each for each in data(web.get("/api/labels"))["labels"]}
    assert {id_: each["grade"] for id_, each in labels.items()} == {"p000001": 1, "p000002": 0}
    assert labels["p000001"]["origin"] == "page" and labels["p000001"]["query"] == QUERY
    press(web, unlabel="1 p000001")
    assert len(data(web.get("/api/labels"))["labels"]) == 1
    assert web.get("/?like=p000001").text.count('class="press fits"') == 0, "nobody fits no text"
    assert web.post("/keep?like=p000001", data={"fits": "1 p000002"}).status_code == 400


def test_the_way_back_from_a_person_keeps_the_place(web: FlaskClient) -> None:
    reply = web.post(f"/keep?q={QUERY}", data={"star": "0 p000001", "from": "person", "view-from": "34"})
    assert reply.location == "/profiles/p000001?q=registered+nurse+for+intensive+care&view-from=34"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"star": "p000001"},
        {"star": "", "person": "p000001"},
        {"person": "1 p000001"},
        {"star": "1 nobody"},
        {"star": "1 " + "x" * 600},
        {"other": "1"},
    ],
)
def test_what_is_no_button_is_refused(web: FlaskClient, form: dict[str, str]) -> None:
    assert web.post(f"/keep?q={QUERY}", data=form).status_code in (400, 404)
    assert data(web.get("/api/shortlists"))["shortlists"] == []


def act(web: FlaskClient, key: str, **form: str | int) -> TestResponse:
    return web.post(f"/shortlists/{key}", data=form)


def test_a_shortlist_is_arranged_by_forms(web: FlaskClient) -> None:
    key = new(web, "p000001", "p000002", "p000003")
    assert act(web, key, up="p000003", revision=0).location == f"/shortlists/{key}#n2"
    assert act(web, key, move="p000003", place=0, revision=1).status_code == 303
    assert act(web, key, down="p000003", revision=2).status_code == 303
    ids = [each["id"] for each in data(web.get(f"/api/shortlists/{key}"))["people"]]
    assert ids == ["p000001", "p000003", "p000002"]
    assert act(web, key, write="p000001", note="a note", note_revision=0).status_code == 303
    assert act(web, key, **{"take-off": "p000001"}).status_code == 303
    assert "1 person was taken off recently" in web.get(f"/shortlists/{key}").text
    act(web, key, **{"put-back": "p000001"})
    assert data(web.get(f"/api/shortlists/{key}"))["people"][2]["note"] == "a note"
    assert act(web, key, delete="1").location == "/shortlists"
    assert web.get(f"/shortlists/{key}").status_code == 404
    assert "There is no such list or search" in web.get(f"/shortlists/{key}").text


def test_what_was_typed_stays_where_it_was_refused(web: FlaskClient) -> None:
    key = new(web, "p000001")
    late = act(web, key, rename="1", name="typed by me", revision=7)
    assert late.status_code == 409 and 'value="typed by me"' in late.text
    assert "Somebody changed this list meanwhile" in late.text and "<h1" in late.text
    assert act(web, key, rename="1", name=" ", revision=0).status_code == 400
    act(web, key, write="p000001", note="theirs", note_revision=0)
    late = act(web, key, write="p000001", note="mine", note_revision=0)
    assert late.status_code == 409 and ">mine</textarea>" in late.text and "“theirs”" in late.text
    revision = re.search(r'name="note_revision" value="(\d+)"', late.text)
    assert revision is not None
    assert act(web, key, write="p000001", note="mine", note_revision=int(revision[1])).status_code == 303
    long = act(web, key, write="p000001", note="y" * (LONGEST_NOTE + 1), note_revision=2)
    assert long.status_code == 400 and "at most 2,000 characters" in long.text and "y" * (LONGEST_NOTE + 1) in long.text
    name = web.post("/shortlists", data={"name": "z" * 300})
    assert name.status_code == 400 and "1 to 200 characters" in name.text and "z" * 300 in name.text
    assert act(web, key, nothing="1").status_code == 400


def test_a_file_is_read_by_a_form(web: FlaskClient) -> None:
    new(web, "p000001")
    file = web.get("/api/kept").data
    for sent, status in ((file, 303), (b"{}", 400), (b"", 400)):
        reply = web.post("/shortlists/file", data={"file": (io.BytesIO(sent), "kept.json")})
        assert reply.status_code == status
    assert "That is not a file that was saved here. What is wrong: body." in reply.text
    assert "2 things were added" in web.get("/shortlists?added=2").text
    assert web.get("/shortlists?added=%3Cb%3E").status_code == 200


def test_a_shared_list_is_read_and_nothing_more(web: FlaskClient) -> None:
    key = new(web, "p000001")
    act(web, key, write="p000001", note="a <b>note</b>", note_revision=0)
    address = data(web.post(f"/api/shortlists/{key}/share"))["address"]
    path = address.removeprefix("http://localhost")
    page = web.get(path)
    assert page.status_code == 200 and "noindex" in page.headers["X-Robots-Tag"]
    assert "a &lt;b&gt;note&lt;/b&gt;" in page.text and "<form" not in page.text and key not in page.text
    assert web.post(path).status_code == 405
    assert act(web, key, unshare="1").location == f"/shortlists/{key}#sharing"
    assert web.get(path).status_code == 404


def test_people_side_by_side(web: FlaskClient) -> None:
    key = new(web, *(f"p00000{number}" for number in range(1, 6)))
    page = web.get(f"/side-by-side?list={key}&person=p000001&person=p000002&person=p000001")
    assert page.status_code == 200 and page.text.count('scope="col"') == 2 and "What you asked for" in page.text
    five = web.get(f"/side-by-side?list={key}&" + "&".join(f"person=p00000{number}" for number in range(1, 6)))
    assert five.text.count('scope="col"') == 4 and "Four people fit" in five.text
    assert web.get(f"/side-by-side?list={key}&person=p000001").status_code == 400
    assert web.get("/side-by-side?list=x&person=p000001&person=p000002").status_code == 404


def test_a_search_is_saved_by_a_form(web: FlaskClient) -> None:
    long = "We look for a registered nurse. Nights and weekends. " * 30
    for text in (QUERY, long):
        reply = web.post(
            "/searches", query_string={"q": text, "seniority": "senior", "offset": "30"}, data={"name": ""}
        )
        page = web.get(reply.location)
        assert page.status_code == 200 and "Nobody is new since" in page.text
        opened = re.search(r'href="(/\?q=[^"]+)">Open the whole search', page.text)
        assert opened is not None and "offset" not in opened[1] and "seniority=senior" in opened[1]
        assert "nobody new" in web.get(f"{reply.location}/new").text
    assert web.get("/shortlists").text.count('class="new"') == 2
    assert web.post(reply.location, data={"seen": "1"}).status_code == 303
    assert web.post(reply.location, data={"delete": "1"}).location == "/shortlists#searches"
    refused = web.post("/searches", data={"name": "x"})
    assert refused.status_code == 400 and "<h1" in refused.text


def test_nothing_is_lost_by_a_removed_person_or_another_version(web: FlaskClient, built: str) -> None:
    key = new(web, "p000001", "p000002")
    headline = data(web.get(f"/api/shortlists/{key}"))["people"][0]["headline"]
    store = Store(connect(Settings(redis_url=built)))
    version = store.versions.live()
    with redis.Redis.from_url(built, protocol=2) as client:
        saved = client.hgetall(version.key("p000001"))
        client.delete(version.key("p000001"))
        try:
            shortlist = data(web.get(f"/api/shortlists/{key}"))
            assert [each["gone"] for each in shortlist["people"]] == [True, False]
            assert shortlist["people"][0]["headline"] == headline[:300]
            page = web.get(f"/shortlists/{key}").text
            assert "no longer here" in page and 'value="p000001"><span class="hidden">' not in page
            assert web.get(f"/side-by-side?list={key}&person=p000001&person=p000002").status_code == 400
        finally:
            client.hset(version.key("p000001"), mapping=saved)
        client.rename("profiles:live", "profiles:away")
        try:
            assert "no longer here" not in web.get(f"/shortlists/{key}").text, (
                "without a version nobody is said to be gone"
            )
            assert web.get("/shortlists").status_code == 200
        finally:
            client.rename("profiles:away", "profiles:live")
