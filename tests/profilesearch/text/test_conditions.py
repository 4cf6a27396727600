"""Conditions that are no part of what a text is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profilesearch.text.conditions import of_fields, without_conditions
from profilesearch.text.found_filters import FilterFinder

VALUES = {
    "location": ["Berlin", "Bonn", "New York"],
    "languages": ["German", "English"],
    "role": ["data engineer"],
}
FINDER = FilterFinder({field: {value: value for value in values} for field, values in VALUES.items()})


def without(text: str) -> str:
    return without_conditions(text, of_fields(FINDER.find(text), ("location", "languages")))


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("product manager in Berlin", "product manager"),
        ("data engineer in Berlin, 5 years", "data engineer"),
        ("data engineer Berlin", "data engineer"),
        ("nurse, Berlin, speaks German", "nurse"),
        ("nurses in Berlin or Bonn who speak German with at least 5 years", "nurses"),
        ("nurse in Berlin and speaks German and English", "nurse"),
        ("Krankenpfleger aus Bonn", "Krankenpfleger"),
        ("product manager in Berlin, must have 5 years", "product manager"),
        ("data engineer in Berlin, ideally with 3 years of experience", "data engineer"),
        ("Krankenpfleger aus Bonn, mindestens 5 Jahre Berufserfahrung", "Krankenpfleger"),
        ("nurse, must have", "nurse, must have"),
        ("work in New York for banks", "work for banks"),
        ("teacher of German", "teacher of German"),
        ("German law", "German law"),
        ("Berlin startup", "Berlin startup"),
        ("Berlin", "Berlin"),
        ("in Berlin", "in Berlin"),
        ("5 years", "5 years"),
        ("", ""),
    ],
)
def test_what_a_text_is_about(text: str, rest: str) -> None:
    assert without(text) == rest


@given(
    st.lists(st.sampled_from(["in", "Berlin", "Bonn", "and", ",", "German", "5 years", "x", "\n", "of"]), max_size=9)
)
def test_something_is_always_left_and_nothing_is_added(words: list[str]) -> None:
    text = " ".join(words)
    rest = without(text)
    assert rest == text or (rest.strip() and set(rest.split()) <= set(text.split()))
