"""The pages as HTML; ``tests/browser`` looks at them with a browser."""

import csv
import gzip
import io
import json
import re
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient
from servers import ROOT

from indexer.columns import ColumnChoice
from profilesearch.embedding import Encoder
from profilesearch.errors import EncoderError
from profilesearch.settings import Settings
from profilesearch.store import Store, connect
from webapp.api import _harmless
from webapp.app import create_app

HOSTILE = "<script>alert(1)</script>\"'>&amp; \u202e\u2066 🙂 " + "x" * 10_000


def test_the_first_page(web: FlaskClient):
    page = web.get("/")
    assert page.status_code == 200
    assert "Paste a job description" in page.text and "400 profiles" in page.text


def test_results_and_the_switch(web: FlaskClient):
    page = web.get("/?q=nurse")
    assert page.text.count('class="result"') == 30
    assert "Search everybody" in page.text
    everybody = web.get("/?q=nurse&cluster=off")
    assert "Searched <strong>everybody</strong>" in everybody.text


def test_a_profile(web: FlaskClient):
    page = web.get("/profiles/p000001?q=nurse")
    assert page.status_code == 200 and "Back to the results" in page.text
    assert web.get("/profiles/nobody").status_code == 404


def test_errors_are_pages(web: FlaskClient):
    page = web.get("/?q=x&cluster=red")
    assert page.status_code == 400 and "That search cannot be made" in page.text and "<html" in page.text
    assert ">x</textarea>" in page.text, "the text is there to search again"
    assert 'value="red"' not in page.text
    assert web.get("/nothing").status_code == 404


def test_no_result_says_what_to_do(web: FlaskClient):
    page = web.get("/?q=nurse&location=Atlantis")
    assert "Nobody found" in page.text and "Take a filter away." in page.text
    assert "Searched all 10 groups" in page.text and "% of the people nearest" not in page.text
    assert "search everybody" not in page.text.lower(), "everybody was searched"
    page = web.get("/?q=nurse&location=Atlantis&cluster=2")
    assert "Take a filter away or" in page.text and "search everybody" in page.text


def test_headers(web: FlaskClient):
    page = web.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert page.text.count("<script") == 1 and "/app.js" in page.text and " style=" not in page.text
    address = next(part for part in page.text.split('"') if part.endswith("/style.css"))
    for name in ("style.css", "app.js", "keys.js", "map.js"):
        with web.get(address.replace("style.css", name)) as file:
            assert file.status_code == 200 and "immutable" in file.headers["Cache-Control"]


def test_every_text_is_used_and_none_is_missing():
    import tomllib

    folder = ROOT / "webapp"
    templates = "".join(path.read_text() for path in (folder / "templates").glob("*.html"))
    texts = tomllib.loads((folder / "texts.toml").read_text())
    used = set(re.findall(r"\bt\.(\w+\.\w+)", templates))
    texts.pop("titles")
    known = {f"{group}.{name}" for group, names in texts.items() for name in names}
    assert used == known, used ^ known


def test_numbers_and_dates_are_the_readers(web: FlaskClient):
    for language, wanted in (("de-DE,de;q=0.9", "11,"), ("en", "11."), ("xx-nonsense", ".")):
        page = web.get("/?q=nurse", headers={"Accept-Language": language})
        assert page.status_code == 200 and wanted[-1] in re.search(r"<dd>(\S+) ms</dd>", page.text).group(1)


def test_comparing_says_who_the_closest_group_alone_would_miss(web: FlaskClient):
    """Those who are nearer to the text and not in the group are lost: the group's majority decides nothing."""
    text = "manager of something"
    page = web.get("/compare", query_string={"q": text})
    inside = web.get("/api/search", query_string={"q": text, "cluster": "predicted"}).json["results"]
    everybody = web.get("/api/search", query_string={"q": text, "cluster": "off"}).json["results"]
    lost = [r for r in everybody if r["id"] not in {result["id"] for result in inside}]
    assert f"would miss {len(lost)} of the 30 people closest to your text" in page.text
    roles = Counter(role for result in lost for role in result["tags"]["role"])
    assert [f"{count} × <bdi>{role}</bdi>" in page.text for role, count in roles.most_common(1)] == [True]
    assert page.text.count("only here") == 2 * len(lost)


def test_the_page_says_who_one_group_alone_would_have_lost(web: FlaskClient):
    answer = web.get("/api/search", query_string={"q": "manager of something", "cluster": "auto"}).json
    home = answer["cluster"]["predicted"]
    outside = sum(result["cluster"] != home["id"] for result in answer["results"])
    page = web.get("/", query_string={"q": "manager of something"}).text
    assert outside and f"{outside} of these 30 people would be missing" in page
    assert "How sure" not in page and "in 10" not in page


def test_a_value_in_another_case_is_chosen_and_can_be_taken_away(web: FlaskClient):
    page = web.get("/facets?q=nurse&cluster=off&seniority=SENIOR").text
    chosen = re.findall(r'<a href="([^"]*)" aria-current="true"><bdi>([^<]*)</bdi> <span>([\d,]+)</span>', page)
    assert [(value, count != "0") for _, value, count in chosen] == [("senior", True)]
    assert "seniority" not in chosen[0][0].casefold()


def test_facets_count_what_the_search_compared(web: FlaskClient, sample: Path):
    people = [json.loads(line) for line in (sample / "profiles.jsonl").read_text().splitlines()]
    page = web.get("/facets?q=nurse&cluster=off&seniority=senior")
    found = {name: int(count) for name, count in re.findall(r"<bdi>([^<]+)</bdi> <span>([\d,]+)</span>", page.text)}
    senior = [person for person in people if person["seniority"] == "senior"]
    assert found["senior"] == len(senior)
    assert found["junior"] == sum(person["seniority"] == "junior" for person in people), (
        "a field's own filter is left aside"
    )
    language, count = max(
        ((v, sum(v in p["languages"] for p in senior)) for v in {"English", "German"}), key=lambda x: x[1]
    )
    assert found[language] == count
    assert 'aria-current="true"' in page.text


def test_several_values_and_several_clusters(web: FlaskClient):
    page = web.get("/?q=nurse&cluster=1&cluster=4&seniority=senior&seniority=lead")
    assert page.status_code == 200 and page.text.count("Remove filter seniority") == 2
    assert {r["cluster"] for r in web.get("/api/search?q=nurse&cluster=1&cluster=4&k=100").json["results"]} == {1, 4}


def test_the_last_page_ends_at_two_hundred(web: FlaskClient):
    page = web.get("/?q=nurse&cluster=off&offset=180&k=20")
    assert 'rel="next"' not in page.text
    page = web.get("/?q=nurse&cluster=off&offset=150")
    assert "k=20" in re.search(r'rel="next" href="([^"]+)"', page.text).group(1)


def test_the_page_without_the_map_is_light(web: FlaskClient):
    """Under 100 kB as sent: HTML, style, scripts and filters of a page of results."""
    text = web.get("/?q=product+marketing+manager&cluster=off").text
    files = [path.name for path in (ROOT / "webapp" / "static").iterdir()]
    static = next(part for part in text.split('"') if part.endswith("/style.css")).removesuffix("style.css")
    paths = ["/?q=product+marketing+manager&cluster=off", "/facets?q=product+marketing+manager&cluster=off"]
    sent = 0
    for path in [*paths, *(static + name for name in files)]:
        with web.get(path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"}) as reply:
            assert reply.status_code == 200
            sent += len(reply.data)
    assert sent < 100_000
    zipped = web.get(paths[0], headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip" and zipped.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(zipped.data).decode().count("<article") == text.count("<article")


def test_the_map_is_what_the_store_holds(web: FlaskClient, built: str):
    reply = web.get("/api/map")
    data = reply.data
    head = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + head])
    count, start = header["count"], 4 + head
    assert head % 4 == 0 and count == 400 and sum(header["sizes"]) == 400 and len(header["labels"]) == 10
    places = np.frombuffer(data, "<i2", 2 * count, start).reshape(2, count).T * header["scale"]
    clusters = np.frombuffer(data, "<u2", count, start + 4 * count)
    ids = data[start + 6 * count :].decode().split("\n")
    store = Store(connect(Settings(redis_url=built)))
    record = store.versions.live()
    for number in (0, 7, 399):
        hit, vector = store.profile(record, ids[number])
        assert hit.cluster == clusters[number]
        assert np.allclose(store.clusters(record).project(vector[None])[0], places[number], atol=2 * header["scale"])
    again = web.get("/api/map", headers={"If-None-Match": reply.headers["ETag"]})
    assert again.status_code == 304
    zipped = web.get("/api/map", headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip" and gzip.decompress(zipped.data) == data


def test_only_the_maps_frame_has_a_looser_policy(web: FlaskClient):
    policy = web.get("/map?q=nurse").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy and "script-src 'self' 'unsafe-eval'" in policy
    assert "default-src 'none'" in policy and "<script>" not in web.get("/map?q=nurse").text
    with web.get("/chart-library.js?v=1") as library:
        assert "immutable" in library.headers["Cache-Control"] and b"plotly.js" in library.data[:300]


def test_a_file_for_spreadsheets(web: FlaskClient):
    reply = web.get("/api/search?q=nurse&k=200&format=csv")
    assert reply.mimetype == "text/csv" and "people.csv" in reply.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(reply.data.decode("utf-8-sig"))))
    answer = web.get("/api/search?q=nurse&k=200").json["results"]
    assert [row["id"] for row in rows] == [result["id"] for result in answer]
    assert rows[0]["languages"].split("; ") == answer[0]["tags"]["languages"]
    assert float(rows[0]["years"]) == answer[0]["numbers"]["years"]
    assert web.get("/api/search?q=nurse&format=xml").status_code == 400


def test_a_spreadsheet_is_given_no_formula():
    assert _harmless("=HYPERLINK(1)") == "'=HYPERLINK(1)" and _harmless(" @x") == "' @x" and _harmless("-") == "'-"
    assert _harmless("a=b") == "a=b" and _harmless(-3.5) == -3.5


def test_the_model_is_being_loaded(redis_url: str, encoder: Encoder):
    from webapp.services import Services

    let_it = threading.Event()

    def load() -> Encoder:
        let_it.wait(60)
        return encoder

    app = create_app(Settings(redis_url=redis_url), encoder)
    app.extensions["profilesearch"] = Services(Store(connect(Settings(redis_url=redis_url))), load, Settings())
    page = app.test_client().get("/?q=nurse")
    assert page.status_code == 503 and "Just a moment" in page.text and 'http-equiv="refresh"' in page.text
    assert app.test_client().get("/api/search?q=nurse").json["error"]["code"] == "model_loading"
    assert app.test_client().get("/healthz").status_code == 200
    let_it.set()
    app.extensions["profilesearch"].wait()
    assert app.test_client().get("/api/search?q=nurse").json.get("error", {}).get("code") != "model_loading"


def test_the_model_cannot_be_loaded(redis_url: str):
    app = create_app(Settings(redis_url=redis_url, model="/no/such/model"))
    with pytest.raises(EncoderError):
        app.extensions["profilesearch"].wait()
    page = app.test_client().get("/?q=nurse")
    assert (
        page.status_code == 503 and "The embedding model cannot be used" in page.text and "/no/such/model" in page.text
    )


@pytest.mark.parametrize("place", ["/", "/profiles/", "/compare", "/facets", "/map"])
def test_hostile_content_is_text(redis_url: str, store: Store, encoder: Encoder, build, tmp_path: Path, place: str):
    source = tmp_path / "a.jsonl"
    row = {"id": "<b>1</b>", "headline": HOSTILE, "text": f"nurse {HOSTILE}", "city": HOSTILE[:40], "age": 3}
    source.write_text(json.dumps(row))
    build(source, columns=ColumnChoice(tags=("city",), numbers=("age",)))
    web = create_app(Settings(redis_url=redis_url), encoder).test_client()
    asked = {"q": HOSTILE[:200]} if place == "/profiles/" else {"q": f"nurse {HOSTILE[:200]}", "city": HOSTILE[:40]}
    place = "/profiles/<b>1</b>" if place == "/profiles/" else place
    page = web.get(place, query_string=asked, follow_redirects=True)
    assert page.status_code == 200
    assert "<script>alert" not in page.text and "<b>1" not in page.text
    assert "alert(1)" in page.text
