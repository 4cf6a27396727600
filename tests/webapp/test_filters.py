"""Filters on the page: kept, counted, added, and a way out where nobody is left."""

import html
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from profilesearch.errors import SettingsError
from profilesearch.text.word_list import WordList


def test_a_wrong_range_is_said_at_the_range(web: FlaskClient) -> None:
    page = web.get("/?q=nurse&years_min=10&years_max=2").text
    assert page.count('class="result"') == 30
    field = page[page.index('name="years_min"') :]
    assert 'value="10"' in field and 'value="2"' in field and 'aria-invalid="true"' in field
    assert "The first is greater than the second" in field
    page = web.get("/?q=nurse&years_min=many&years_max=2").text
    assert 'value="many"' in page and "Not a number" in page and "at most 2" in page


def test_no_result_says_what_each_change_would_bring(web: FlaskClient, sample: Path) -> None:
    people = [json.loads(line) for line in (sample / "profiles.jsonl").read_text().splitlines()]
    page = web.get("/?q=nurse&location=Atlantis&seniority=junior").text
    assert "Nobody matches all your filters" in page and "<strong>0 people match" in page
    junior = sum(person["seniority"] == "junior" for person in people)
    link = re.search(r'<a href="([^"]+)">Without location: Atlantis: ([\d,]+) people', page)
    assert link and int(link[2]) == junior and "Without level" not in page, "that would bring nobody"
    assert f"<strong>{junior} people match" in web.get(html.unescape(link[1])).text
    assert "Without any filter: 400 people" in page


def test_a_condition_in_the_text_that_nobody_meets_can_be_left_out(web: FlaskClient) -> None:
    for query, text in (("location:Atlantis nurse", "nurse"), ('"nurse of the moon"', "nurse of the moon")):
        page = web.get("/", query_string={"q": query}).text
        link = re.search(r'<a href="([^"]+)">Search for “([^”]+)” alone', page)
        assert link and link[2] == text
        assert '<li class="result"' in web.get(html.unescape(link[1])).text
    assert "alone, without" not in web.get("/", query_string={"q": "location:Atlantis"}).text, "there is nothing else"
    assert "alone, without" not in web.get("/", query_string={"q": "nurse -moon"}).text, "there is somebody"


def test_how_many_match_is_said(web: FlaskClient, sample: Path) -> None:
    people = [json.loads(line) for line in (sample / "profiles.jsonl").read_text().splitlines()]
    wanted = sum(person["seniority"] == "senior" and person["years"] >= 5 for person in people)
    for mode in ("predicted", "auto", "off"):
        page = web.get(f"/?q=nurse&cluster={mode}&seniority=senior&years_min=5").text
        assert f"<strong>{wanted} people match all your filters.</strong>" in page


def test_another_text_keeps_the_filters(web: FlaskClient) -> None:
    page = web.get("/?q=nurse&seniority=senior&years_min=3").text
    for name, value in (("seniority", "senior"), ("years_min", "3")):
        assert f'<input type="hidden" form="search" name="{name}" value="{value}">' in page


def test_a_value_in_another_case_is_chosen_and_can_be_taken_away(web: FlaskClient) -> None:
    page = web.get("/facets?seniority=SENIOR").text
    chosen = re.findall(r'value="([^"]*)" checked> <bdi>([^<]*)</bdi> <span>([\d,]+)</span>', page)
    assert [(value, shown, count != "0") for value, shown, count in chosen] == [("senior", "senior", True)]
    page = web.get("/?q=nurse&seniority=SENIOR").text
    found = re.search(r'<a href="([^"]*)" class="filter" aria-label="Take away', page)
    assert found is not None
    without = found[1]
    assert "seniority" not in without.casefold() and 'class="chosen"' in page


def test_counts_are_of_everybody_who_passes_the_other_filters(web: FlaskClient, sample: Path) -> None:
    people = [json.loads(line) for line in (sample / "profiles.jsonl").read_text().splitlines()]
    page = web.get("/facets?seniority=senior&view-clusters=3")
    found = {name: int(count) for name, count in re.findall(r"<bdi>([^<]+)</bdi> <span>([\d,]+)</span>", page.text)}
    senior = [person for person in people if person["seniority"] == "senior"]
    assert found["senior"] == len(senior)
    assert found["junior"] == sum(person["seniority"] == "junior" for person in people), "its own filter is left aside"
    languages = {v for person in people for v in person["languages"]} & set(found)
    assert languages
    for language in languages:
        count = sum(language in person["languages"] for person in senior)
        assert found[language] == count
        together = web.get("/", query_string={"q": "nurse", "seniority": "senior", "languages": language}).text
        assert f"<strong>{count} people match" in together or count == 1


def test_every_value_can_be_found(web: FlaskClient, sample: Path) -> None:
    people = [json.loads(line) for line in (sample / "profiles.jsonl").read_text().splitlines()]
    cities = Counter(person["location"] for person in people)
    page = web.get("/?q=nurse&facets=location").text
    shown = re.findall(r'name="location" value="([^"]+)"', page)
    assert set(shown) == set(cities) and "Show" not in page[page.index(">location<") :].split("</fieldset>")[0]
    some = web.get("/facets/values", query_string={"view-field": "location", "view-text": "BER"}).text
    assert re.findall(r'value="([^"]+)"', some) == [city for city in cities if "ber" in city.lower()]
    assert web.get("/facets/values?view-field=shoe").status_code == 400


def test_any_or_all_values_of_a_field(web: FlaskClient, sample: Path) -> None:
    people = [json.loads(line) for line in (sample / "profiles.jsonl").read_text().splitlines()]
    spoken = [set(person["languages"]) for person in people]
    both, either = sum({"English", "German"} <= s for s in spoken), sum(bool({"English", "German"} & s) for s in spoken)
    assert both < either
    asked = "/?q=nurse&languages=English&languages=German"
    assert f"<strong>{either} people match" in web.get(asked).text
    assert f"<strong>{both} people match" in web.get(asked + "&every=languages").text
    results = web.get("/api" + asked.replace("/?", "/search?") + "&every=languages&k=200").get_json()["results"]
    assert len(results) == min(both, 200)
    assert all({"English", "German"} <= set(result["tags"]["languages"]) for result in results)
    facets = web.get("/facets?languages=English&languages=German&every=languages").text
    assert re.search(r'name="every" value="languages" checked', facets)
    assert f'value="English" checked> <bdi>English</bdi> <span>{both}</span>' in facets
    assert 'value="role"' not in facets, "nobody has several: it makes no difference"
    assert web.get("/api/search?q=nurse&every=shoes").get_json()["error"]["field"] == "every"


def test_other_names_of_a_place_are_the_place(web: FlaskClient, sample: Path) -> None:
    people = [json.loads(line) for line in (sample / "profiles.jsonl").read_text().splitlines()]
    count = sum(person["location"] == "München" for person in people)
    page = web.get("/?q=nurse&location=munich").text
    assert f"<strong>{count} people match" in page and "location: <bdi>munich</bdi>" in page
    facets = web.get("/facets?location=Munich").text
    assert (
        f'value="München" checked> <bdi>München</bdi> <span>{count}</span>' in facets and 'value="Munich"' not in facets
    )
    assert 'value="København"' in web.get("/facets/values?view-field=location&view-text=copenh").text
    assert len(web.get("/api/search?q=nurse&location=Munich&k=100").get_json()["results"]) == count


def test_an_operator_adds_names_and_abbreviations(tmp_path: Path) -> None:
    path = tmp_path / "words.toml"
    path.write_text('equal = [["Bern", "Berne"]]\n[abbreviations]\nXY = ["xylophone yodeller"]\n')
    words = WordList.load(path)
    assert words.names("berne") == ("berne", "Bern", "Berne") and words.are_equal("Munich", "münchen")
    assert words.abbreviations["XY"] == ("xylophone yodeller",)
    for wrong in (
        "equal = 1",
        'equal = [["a"], [2]]',
        "abbreviations = []",
        "equal = [[]]",
        "no toml",
        'equal = [["\\u0000"]]',
    ):
        path.write_text(wrong)
        with pytest.raises(SettingsError, match="PROFILESEARCH_WORD_LIST"):
            WordList.load(path)
    with pytest.raises(SettingsError, match="cannot be read"):
        WordList.load(tmp_path / "nothing")
