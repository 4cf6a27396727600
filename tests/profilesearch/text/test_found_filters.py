"""Filters found in texts."""

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profilesearch.tags import fold_tag
from profilesearch.text.found_filters import FilterFinder, FoundYears, find_years, without_years

VALUES = {
    "location": ["Berlin", "München", "New York", "York", "東京", "São Paulo"],
    "languages": ["German", "English"],
    "role": ["product marketing manager", "marketing manager", "C++ developer"],
    "field": ["IT", "marketing"],
}
FINDER = FilterFinder({field: {value: value for value in values} for field, values in VALUES.items()})
ALL = [(field, value) for field, values in VALUES.items() for value in values]


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold_tag(text))


def found(text: str) -> list[tuple[str, str]]:
    return [(each.field, each.value) for each in FINDER.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "product marketing managers in Berlin who speak German with at least 5 years",
            [("role", "product marketing manager"), ("location", "Berlin"), ("languages", "German")],
        ),
        (
            "Product marketing manager, NEW YORK or sao paulo",
            [("role", "product marketing manager"), ("location", "New York")],
        ),
        ("a job in it", []),
        ("a job in IT", [("field", "IT")]),
        ("Berliner, Germany", []),
        ("東京で働く看護師", [("location", "東京")]),
        (unicodedata.normalize("NFD", "in München"), [("location", "München")]),
        ("C++ developer, not a C developer", [("role", "C++ developer")]),
        ("Berlin, Berlin and berlin", [("location", "Berlin")]),
        ("", []),
    ],
)
def test_values(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


def test_other_spellings_name_the_value() -> None:
    finder = FilterFinder({"location": {"Munich": "München", "München": "München"}})
    assert [each.value for each in finder.find("Munich or München")] == ["München"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at least 5 years", (5, None)),
        ("5+ years of experience", (5, None)),
        ("a minimum of three years", (3, None)),
        ("mindestens 5 Jahre", (5, None)),
        ("ab fünf Jahren Erfahrung", (5, None)),
        ("5 years’ experience", (5, None)),
        ("5-8 years", (5, 8)),
        ("3 bis 5 Jahre", (3, 5)),
        ("8 to 5 years", (5, 8)),
        ("up to 2 years", (None, 2)),
        ("höchstens 3 Jahre", (None, 3)),
    ],
)
def test_years(text: str, expected: tuple[int | None, int | None]) -> None:
    assert [(years.low, years.high) for years in find_years(f"We want {text}, please.")] == [expected]


@pytest.mark.parametrize("text", ["founded 5 years ago", "0 years", "99 years", "in 2015", "Jahre", "yearly"])
def test_no_years(text: str) -> None:
    assert find_years(text) == []


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    """Every place lies in the text and holds the value, places do not overlap unless fields share a value, values are once."""
    values = FINDER.find(text)
    assert [each.start for each in values] == sorted(each.start for each in values)
    for each in values:
        assert (each.field, each.value) in ALL
        written = words(text[each.start : each.end])
        assert written in (words(each.value), words(each.value + "s"))
    assert len({(each.field, each.value) for each in values}) == len(values)
    years = find_years(text)
    assert all(first.end <= second.start for first, second in zip(years, years[1:], strict=False))


@given(st.text(max_size=50), st.sampled_from(ALL), st.text(max_size=50), st.sampled_from([str, str.upper, str.title]))
def test_a_value_between_other_words_is_found(
    before: str, known: tuple[str, str], after: str, case: Callable[[str], str]
) -> None:
    """Unless a longer value or one that overlaps it stands there: sentences end before and after it."""
    field, value = known
    if len(value) < 3:
        case = str
    text = f"{before} . {case(value)} . {after}"
    values = FINDER.find(text)
    start = text.index(f" . {case(value)} . ") + 3
    assert any(each.field == field and each.value == value and each.start <= start for each in values)


@given(
    st.integers(1, 60),
    st.sampled_from(["at least {} years", "mindestens {} Jahre", "{}+ years", "{} years"]),
    st.text(max_size=20),
)
def test_years_between_other_words_are_found(number: int, phrase: str, around: str) -> None:
    text = f"{around} . {phrase.format(number)} . {around}"
    assert FoundYears in {type(years) for years in find_years(text)}
    assert any(years.low == number and years.high is None for years in find_years(text))


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("data engineer with at least 5 years", "data engineer with"),
        ("mindestens fünf Jahre Pflege, 3-5 years on a ward", "Pflege, on a ward"),
        ("data engineer", "data engineer"),
        ("at least 5 years", "at least 5 years"),
        ("ten years ago", "ten years ago"),
    ],
)
def test_years_can_be_taken_out_of_a_text(text: str, rest: str) -> None:
    assert " ".join(without_years(text).split()) == rest
