"""The pages as HTML; ``tests/browser`` looks at them with a browser."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from profilesearch.embedding import Encoder
from profilesearch.settings import Settings
from profilesearch.store import Store
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
    assert web.get("/nothing").status_code == 404


def test_no_result_says_what_to_do(web: FlaskClient):
    page = web.get("/?q=nurse&location=Atlantis")
    assert "Nobody found" in page.text and "search everybody" in page.text


def test_headers(web: FlaskClient):
    page = web.get("/")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "<script" not in page.text and " style=" not in page.text
    address = next(part for part in page.text.split('"') if "style.css?v=" in part)
    with web.get(address) as file:
        assert "immutable" in file.headers["Cache-Control"]


@pytest.mark.parametrize("place", ["/", "/profiles/"])
def test_hostile_content_is_text(redis_url: str, store: Store, encoder: Encoder, tmp_path: Path, place: str):
    from indexer.build import BuildOptions, build
    from indexer.report import Report
    from indexer.source import Mapping

    source = tmp_path / "a.jsonl"
    row = {"id": "<b>1</b>", "headline": HOSTILE, "text": f"nurse {HOSTILE}", "city": HOSTILE[:40], "age": 3}
    source.write_text(json.dumps(row))
    build(
        BuildOptions(str(source), Mapping(tags=("city",), numbers=("age",))), lambda: encoder, store, Report(quiet=True)
    )
    web = create_app(Settings(redis_url=redis_url), encoder).test_client()
    page = web.get("/", query_string={"q": f"nurse {HOSTILE[:200]}", "city": HOSTILE[:40]}) if place == "/" else web.get(
        "/profiles/<b>1</b>", query_string={"q": HOSTILE[:200]})  # fmt: skip
    assert page.status_code == 200
    assert "<script>alert" not in page.text and "<b>1" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
