"""Rows as they come: JSON that is read without harm, and values that are checked."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.rows import DEEPEST, RowError, check_row, parse_json, shown
from indexer.upserts import row_of
from profilesearch.fields import Fields
from profilesearch.row import Row

FIELDS = Fields(text=("text",), tags=("city",), numbers=("years",))


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    return opening * depth + closing * depth


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (nested(900), "at most 32 levels"),
        (nested(100_000), "at most 32 levels"),
        (nested(DEEPEST + 1), "at most 32 levels"),
        ('{"a":' * 900 + "1" + "}" * 900, "at most 32 levels"),
        ("9" * 5000, "a JSON object"),
        ("{oops", "a JSON object"),
        ("", "a JSON object"),
        (b'{"text": "M\xfcller"}', "UTF-8 text"),
        (b'{"text": "M\xfcller"}'.decode(errors="surrogateescape"), "UTF-8 text"),
        ('{"text": "\ud800"}', "UTF-8 text"),
    ],
)
def test_hostile_json_is_a_bad_value(text: str | bytes, expected: str) -> None:
    with pytest.raises(RowError) as caught:
        parse_json(text, "profile")
    assert caught.value.field == "profile" and caught.value.expected == expected
    assert len(str(caught.value)) < 400 and str(caught.value).isprintable()


def test_as_deep_as_is_allowed() -> None:
    assert parse_json(nested(DEEPEST)) is not None


def test_a_change_that_is_nested_deeply_is_refused() -> None:
    for source in ('{"text": ' + nested(900) + "}", nested(900)):
        with pytest.raises(RowError):
            row_of(source, "p1", FIELDS)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["id", "headline", "text", "city", "years", "other"]), ANYTHING))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_row_of_anything_is_a_profile_that_can_be_stored_or_a_bad_value(values: dict[str, Any]) -> None:
    try:
        row = check_row(values, FIELDS)
    except RowError as bad:
        str(bad).encode()
        return
    assert isinstance(row, Row) and row.id and row.text
    json.loads(row.json.encode())
    hash_ = {name: value for name, value in {**row.tags, **row.numbers}.items()}
    assert all(str(value).encode() for value in hash_.values())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200) | st.text(st.characters(codec=None), max_size=100))
def test_json_of_any_bytes_is_read_or_a_bad_value(text: str | bytes) -> None:
    try:
        parse_json(text)
    except RowError as bad:
        str(bad).encode()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING)
def test_a_value_is_shown_in_short(value: object) -> None:
    assert len(shown(value)) <= 80
    shown(value).encode()
