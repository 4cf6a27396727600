"""The pages as HTML; ``tests/browser`` looks at them with a browser."""

import csv
import gzip
import io
import json
import re
import threading
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from babel import Locale
from flask.testing import FlaskClient

from indexer.columns import ColumnChoice
from profilesearch.embedding import Encoder
from profilesearch.errors import EncoderError
from profilesearch.settings import Settings
from profilesearch.store import Store, VersionRecord, connect
from tests.servers import ROOT
from webapp import wording
from webapp.app import create_app
from webapp.spreadsheet import harmless
from webapp.wording import words_of

PLURALS = frozenset(("zero", "one", "two", "few", "many", "other"))
HOSTILE = "<script>alert(1)</script>\"'>&amp; \u202e\u2066 🙂 " + "x" * 10_000


def test_the_first_page(web: FlaskClient) -> None:
    page = web.get("/")
    assert page.status_code == 200
    assert "Paste a job description" in page.text and "400 people" in page.text


def test_results_and_the_switch(web: FlaskClient) -> None:
    page = web.get("/?q=nurse&cluster=predicted")
    assert page.text.count('class="result"') == 30
    assert "Looked through" in page.text and "Look through all 400 people" in page.text
    everybody = web.get("/?q=nurse&cluster=off")
    assert "Looked through everyone, 400 people." in everybody.text
    assert "Look through all 400 people" not in everybody.text


def test_a_profile(web: FlaskClient) -> None:
    page = web.get("/profiles/p000001?q=nurse&seniority=senior&offset=30&view-from=34")
    assert page.status_code == 200 and "Back to the people" in page.text
    assert 'href="/?q=nurse&amp;seniority=senior&amp;offset=30#r34"' in page.text, (
        "the whole search, and the place in it"
    )
    assert "Back to the people" not in web.get("/profiles/p000001").text
    assert web.get("/profiles/nobody").status_code == 404


def test_the_way_back_to_people_like_one(web: FlaskClient) -> None:
    page = web.get("/profiles/p000002?like=p000001&cluster=off")
    assert 'href="/?like=p000001&amp;cluster=off"' in page.text


def test_errors_are_pages(web: FlaskClient) -> None:
    page = web.post("/", data={"q": "x" * 8100})
    assert page.status_code == 400 and "That search cannot be made" in page.text and "<html" in page.text
    assert f">{'x' * 8100}</textarea>" in page.text, "nothing of the text is lost"
    assert "8,100 characters" in page.text and "too long by 100 characters" in page.text
    assert "There is no such page" in web.get("/nothing").text and web.get("/nothing").status_code == 404
    assert "There is nobody here by that id" in web.get("/profiles/nobody").text


def test_what_a_page_cannot_use_is_left_out(web: FlaskClient) -> None:
    """Addresses are forwarded: others' parameters are ignored, wrong ones named where they were made; the API is strict."""
    plain = re.findall(r'data-id="([^"]+)"', web.get("/?q=nurse").text)
    page = web.get("/?q=nurse&utm_source=mail&cluster=red&k=x&offset=-1&rerank=magic")
    assert page.status_code == 200 and re.findall(r'data-id="([^"]+)"', page.text) == plain
    assert "utm_source" not in page.text.replace("hreflang", "").split("<footer")[0], "no link carries it on"
    assert all(f"was left out: {name}." in page.text for name in ("cluster", "k", "offset", "rerank"))
    assert web.get("/?q=nurse&cluster=99").status_code == 200
    for parameter in ("utm_source=mail", "cluster=red", "lang=de"):
        assert web.get(f"/api/search?q=nurse&{parameter}").status_code == 400


def test_a_pasted_id_offers_the_person(web: FlaskClient) -> None:
    assert 'Did you mean the person with the id <a href="/profiles/p000007?q=p000007">' in web.get("/?q=p000007").text
    assert "Did you mean" not in web.get("/?q=nurse").text


def test_people_like_one_can_be_looked_for_everywhere(web: FlaskClient) -> None:
    page = web.get("/?like=p000001")
    assert '<input type="hidden" name="like" value="p000001">' in page.text and "required" not in page.text
    everybody = web.post("/", data={"q": "", "like": "p000001", "cluster": "off"}, follow_redirects=True)
    assert everybody.status_code == 200 and "everyone, 400 people" in everybody.text
    other = web.post("/", data={"q": "nurse", "like": "p000001"})
    assert other.location == "/?q=nurse"


def test_headers(web: FlaskClient) -> None:
    page = web.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert page.text.count("<script") == 1 and "/app.js" in page.text and " style=" not in page.text
    address = next(part for part in page.text.split('"') if part.endswith("/style.css"))
    for name in ("style.css", "app.js", "keys.js", "map.js"):
        with web.get(address.replace("style.css", name)) as file:
            assert file.status_code == 200 and "immutable" in file.headers["Cache-Control"]


LANGUAGES = {path.stem: tomllib.loads(path.read_text()) for path in (ROOT / "webapp" / "words").glob("*.toml")}
UNTEMPLATED = {"fields", "values", "amounts", "titles", "messages", "not_reranked"}


def flat(table: dict[str, Any], before: str = "") -> dict[str, object]:
    """Texts by their whole names; the plural forms of one are together."""
    texts: dict[str, object] = {}
    for name, text in table.items():
        plural = isinstance(text, dict) and set(text) <= PLURALS and "other" in text
        texts |= flat(text, f"{before}{name}.") if isinstance(text, dict) and not plural else {before + name: text}
    return texts


def placeholders(text: Any) -> set[str]:
    forms = text.values() if isinstance(text, dict) else text if isinstance(text, list) else [text]
    return {name for form in forms for name in re.findall(r"{(\w+)}", form)}


def test_every_language_has_every_text() -> None:
    english = flat(LANGUAGES["en"])
    for language, table in LANGUAGES.items():
        texts = flat(table)
        assert set(texts) == set(english), set(texts) ^ set(english)
        assert {name: placeholders(text) for name, text in texts.items()} == {
            name: placeholders(text) for name, text in english.items()
        }
        forms = set(Locale(language).plural_form.tags) | {"other"}
        plurals = {name: set(text) for name, text in texts.items() if isinstance(text, dict)}
        assert {name: has for name, has in plurals.items() if has != forms} == {}, language
    assert set(LANGUAGES) == set(wording.LANGUAGES)


def test_every_text_is_used() -> None:
    code = [
        ROOT / "profilesearch/text/reading.py",
        *(ROOT / "webapp").rglob("*.py"),
        *(ROOT / "webapp" / "templates").glob("*.html"),
    ]
    told = "".join(path.read_text() for path in code)
    for name in flat(LANGUAGES["en"]):
        group, _, key = name.partition(".")
        assert group in UNTEMPLATED or re.search(rf"\b{key}\b", told), name


def test_the_reader_s_language_is_chosen(web: FlaskClient) -> None:
    for header, heading in (
        ("de-AT,de;q=0.9,en;q=0.5", "Wen suchen Sie?"),
        ("xx-nonsense", "Who are"),
        ("fr,en", "Who are"),
    ):
        page = web.get("/", headers={"Accept-Language": header})
        written = re.search('html lang="(..)"', page.text)
        assert written is not None
        assert heading in page.text and page.headers["Content-Language"] == written[1]
    chosen = web.get("/?q=nurse&lang=de", headers={"Accept-Language": "en"})
    assert "Personen angesehen" in chosen.text and 'hreflang="en"' in chosen.text
    assert "Wen suchen Sie?" in web.get("/", headers={"Accept-Language": "en"}).text, "it is remembered"
    assert "Who are" in web.get("/?lang=en").text
    assert web.get("/?lang=xx").status_code == 200


def test_numbers_and_dates_are_the_readers() -> None:
    english, german = words_of("en_GB"), words_of("de_DE")
    assert (english.number(1234.5), german.number(1234.5)) == ("1,234.5", "1.234,5")
    assert (english.date(0), german.date(0)) == ("1 Jan 1970", "01.01.1970")
    assert english.amount("years", 1.0) == "1 year’s experience" and german.amount("years", 2.0) == "2 Jahre Erfahrung"
    assert english.amount("shoe_size", 41.5) == "shoe size 41.5"
    hostile = english.answer.like_html(person="<b>")
    assert hostile == "People like &lt;b&gt;."


def test_comparing_says_who_the_closest_group_alone_would_miss(web: FlaskClient) -> None:
    """Those who are nearer to the text and not in the group are lost: the group's majority decides nothing."""
    text = "manager of something"
    page = web.get("/compare", query_string={"q": text})
    inside = web.get("/api/search", query_string={"q": text, "cluster": "predicted"}).get_json()["results"]
    everybody = web.get("/api/search", query_string={"q": text, "cluster": "off"}).get_json()["results"]
    lost = [r for r in everybody if r["id"] not in {result["id"] for result in inside}]
    assert f"would miss {len(lost)} of the 30 people closest to your text" in page.text
    roles = Counter(role for result in lost for role in result["tags"]["role"])
    assert [f"{count} × <bdi>{role}</bdi>" in page.text for role, count in roles.most_common(1)] == [True]
    assert page.text.count("only here") == 2 * len(lost)


def test_the_page_says_who_one_group_alone_would_have_lost(web: FlaskClient) -> None:
    answer = web.get("/api/search", query_string={"q": "manager of something", "cluster": "auto"}).get_json()
    home = answer["cluster"]["predicted"]
    outside = sum(result["cluster"] != home["id"] for result in answer["results"])
    page = web.get("/", query_string={"q": "manager of something"}).text
    assert outside and f"{outside} of these 30 are not in the closest field, {home['label']}." in page


def test_several_values_and_several_clusters(web: FlaskClient) -> None:
    page = web.get("/?q=nurse&cluster=1&cluster=4&seniority=senior&seniority=lead")
    assert page.status_code == 200 and page.text.count("Take away the filter level") == 2
    results = web.get("/api/search?q=nurse&cluster=1&cluster=4&k=100").get_json()["results"]
    assert {result["cluster"] for result in results} == {1, 4}


def test_the_last_page_ends_at_two_hundred(web: FlaskClient) -> None:
    page = web.get("/?q=nurse&cluster=off&offset=180&k=20")
    assert 'rel="next"' not in page.text
    page = web.get("/?q=nurse&cluster=off&offset=150")
    following = re.search(r'rel="next" href="([^"]+)"', page.text)
    assert following is not None and "k=20" in following[1]


def test_the_page_without_the_map_is_light(web: FlaskClient) -> None:
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
    assert zipped.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in zipped.vary
    assert gzip.decompress(zipped.data).decode().count("<article") == text.count("<article")


def test_the_map_is_what_the_store_holds(web: FlaskClient, built: str) -> None:
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
        hit, vector = store.profiles.one(record, ids[number])
        assert hit.cluster == clusters[number]
        assert np.allclose(
            store.clusters.model(record).project(vector[None])[0], places[number], atol=2 * header["scale"]
        )
    again = web.get("/api/map", headers={"If-None-Match": reply.headers["ETag"]})
    assert again.status_code == 304
    zipped = web.get("/api/map", headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip" and gzip.decompress(zipped.data) == data


def test_only_the_maps_frame_has_a_looser_policy(web: FlaskClient) -> None:
    policy = web.get("/map?q=nurse").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy and "script-src 'self' 'unsafe-eval'" in policy
    assert "default-src 'none'" in policy and "<script>" not in web.get("/map?q=nurse").text
    with web.get("/chart-library.js?v=1") as library:
        assert "immutable" in library.headers["Cache-Control"] and b"plotly.js" in library.data[:300]


def test_a_file_for_spreadsheets(web: FlaskClient) -> None:
    reply = web.get("/api/search?q=nurse&k=200&format=csv")
    assert reply.mimetype == "text/csv" and "people.csv" in reply.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(reply.data.decode("utf-8-sig"))))
    answer = web.get("/api/search?q=nurse&k=200").get_json()["results"]
    assert [row["id"] for row in rows] == [result["id"] for result in answer]
    assert rows[0]["languages"].split("; ") == answer[0]["tags"]["languages"]
    assert float(rows[0]["years"]) == answer[0]["numbers"]["years"]
    assert web.get("/api/search?q=nurse&format=xml").status_code == 400


def test_a_spreadsheet_is_given_no_formula() -> None:
    assert harmless("=HYPERLINK(1)") == "'=HYPERLINK(1)" and harmless(" @x") == "' @x" and harmless("-") == "'-"
    assert harmless("a=b") == "a=b" and harmless(-3.5) == -3.5


def test_the_language_that_a_text_was_taken_for_is_said(web: FlaskClient) -> None:
    for text, said in (
        ("Wir suchen eine Dateningenieurin, die Pipelines baut", "The text was taken for German."),
        ("nurse", "The text does not tell its language."),
    ):
        page = web.get("/how", query_string={"q": text, "lang": "en"}).get_data(as_text=True)
        assert said in page
    page = web.get("/how", query_string={"q": "a nurse for the night shifts of our ward", "lang": "de"}).get_data(
        as_text=True
    )
    assert "Sprache des Textes, wie erkannt: Englisch." in page


def test_the_model_is_being_loaded(redis_url: str, encoder: Encoder) -> None:
    from webapp.services import Services

    let_it = threading.Event()

    def load() -> Encoder:
        let_it.wait(60)
        return encoder

    app = create_app(Settings(redis_url=redis_url), encoder)
    app.extensions["profilesearch"] = Services(Store(connect(Settings(redis_url=redis_url))), load, Settings())
    page = app.test_client().get("/?q=nurse")
    assert page.status_code == 503 and "Just a moment" in page.text and 'http-equiv="refresh"' in page.text
    assert app.test_client().get("/api/search?q=nurse").get_json()["error"]["code"] == "model_loading"
    assert app.test_client().get("/healthz").status_code == 200
    let_it.set()
    app.extensions["profilesearch"].wait()
    assert app.test_client().get("/api/search?q=nurse").get_json().get("error", {}).get("code") != "model_loading"


def test_the_model_cannot_be_loaded(redis_url: str) -> None:
    app = create_app(Settings(redis_url=redis_url, model="/no/such/model"))
    with pytest.raises(EncoderError):
        app.extensions["profilesearch"].wait()
    page = app.test_client().get("/?q=nurse")
    assert page.status_code == 503 and "not possible at the moment" in page.text and "/no/such/model" in page.text


@pytest.mark.parametrize("place", ["/", "/profiles/", "/compare", "/facets", "/map"])
def test_hostile_content_is_text(
    redis_url: str, store: Store, encoder: Encoder, build: Callable[..., VersionRecord], tmp_path: Path, place: str
) -> None:
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
