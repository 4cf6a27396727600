"""What a text that fits nobody may mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profilesearch.text.vocabulary import Vocabulary, _letters, distance, with_meaning

ROLES = {
    "product manager": 80,
    "project manager": 82,
    "site reliability engineer": 60,
    "registered nurse": 88,
    "software engineer": 70,
    "QA engineer": 50,
    "data analyst": 96,
}
KNOWN = Vocabulary(ROLES, {"QA": ["quality assurance"], "RN": ["registered nurse"]})


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("prodct manger", "product manager"),
        ("regsitered nurse", "registered nurse"),
        ("softwar enginer in Berlin", "software engineer in Berlin"),
        ("product manager", None),
        ("Krankenpfleger", None),
        ("asdfghjkl", None),
        ("看護師", None),
        ("", None),
        ("prodct " * 40, None),
    ],
)
def test_typing_errors(text: str, better: str | None) -> None:
    assert KNOWN.corrected(text) == better


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("PM", [("PM", ["project manager", "product manager"])]),
        ("an SRE with Kubernetes", [("SRE", ["site reliability engineer"])]),
        ("qa", [("qa", ["quality assurance"])]),
        ("RN", [("RN", ["registered nurse"])]),
        ("nurse", []),
        ("xyz", []),
    ],
)
def test_abbreviations(text: str, meanings: list[tuple[str, list[str]]]) -> None:
    assert [(short, found[: len(meanings[0][1])]) for short, found in KNOWN.meanings(text)] == meanings


def test_an_abbreviation_is_written_out() -> None:
    assert with_meaning("PM, not PMO", "PM", "product manager") == "product manager, not PMO"


def plain(one: str, other: str) -> int:
    """The distance by its definition."""
    if not one or not other:
        return len(one) + len(other)
    choices = [plain(one[1:], other) + 1, plain(one, other[1:]) + 1, plain(one[1:], other[1:]) + (one[0] != other[0])]
    if len(one) > 1 and len(other) > 1 and one[0] == other[1] and one[1] == other[0]:
        choices.append(plain(one[2:], other[2:]) + 1)
    return min(choices)


@given(st.text("abc", max_size=5), st.text("abc", max_size=5), st.integers(0, 3))
def test_the_distance_is_what_it_is_defined_as(one: str, other: str, most: int) -> None:
    assert distance(one, other, most) == min(plain(one, other), most + 1)


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    better = KNOWN.corrected(text)
    assert better is None or better != text
    assert all(short in text and meanings for short, meanings in KNOWN.meanings(text))


@given(st.text(max_size=9), st.text(max_size=9))
def test_letters_never_hide_a_word_that_is_near(one: str, other: str) -> None:
    assert (_letters(one) ^ _letters(other)).bit_count() <= 2 * distance(one, other, 20)
