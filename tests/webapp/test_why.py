"""What a card says of what was asked for."""

from types import SimpleNamespace

import pytest
from flask import Flask

from profilesearch.store import Hit
from profilesearch.text.word_list import WordList
from profilesearch.words.matching import matching
from webapp.hints import Offer
from webapp.why import Asked, Point

GERMAN = Offer("languages", (("languages", "German"),), "must")
MUNICH = Offer("location", (("location", "München"),), "wish")


@pytest.fixture
def request_context() -> object:
    app = Flask("test")
    app.extensions["profilesearch"] = SimpleNamespace(word_list=WordList.load())
    with app.test_request_context():
        yield


def points(text: str, **tags: tuple[str, ...]) -> list[Point]:
    hit = Hit("a", 0.0, "Nurse", text, 0, tags, {})
    plan = SimpleNamespace(matched=lambda hit, terms: matching(terms, hit.words, "en"))
    return Asked((GERMAN, MUNICH), ("shifts",), plan, {"shifts": "wish"}).points(hit)  # type: ignore[arg-type]


def test_what_stands_in_the_text_alone_is_there_and_says_so(request_context: object) -> None:
    found = {point.text: point for point in points("Nurse. Night shifts in Munich, and speaks german.")}
    assert all(point.there for point in found.values())
    assert found["German"] == Point("German", there=True, in_text=True, demand="must")
    assert found["München"] == Point("München", there=True, in_text=True, demand="wish"), "by another name"
    assert found["shifts"] == Point("shifts", there=True, demand="wish")


def test_what_a_field_has_needs_no_text(request_context: object) -> None:
    found = points("Nurse.", languages=("German",))
    assert found == [
        Point("German", there=True, demand="must"),
        Point("München", there=False, demand="wish"),
        Point("shifts", there=False, demand="wish"),
    ]


def test_a_part_of_a_word_is_no_value(request_context: object) -> None:
    assert not any(point.there for point in points("Nurse in Germany for Germanic studies."))
