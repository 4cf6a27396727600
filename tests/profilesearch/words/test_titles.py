"""Which title a headline begins with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profilesearch.words.titles import LONGEST_TITLE, folded_title, titles_of, typed_titles


@pytest.mark.parametrize(
    ("headline", "titles"),
    [
        ("Product manager", ("product manager",)),
        ("Product Manager at Nordbank | pricing", ("product manager",)),
        ("Product marketing manager, open to work", ("product marketing manager",)),
        ("Product manager & former teacher", ("product manager",)),
        ("Data scientist (Python, R)", ("data scientist",)),
        ("Head of Operations – EMEA", ("head of operations",)),
        ("Lehrer/Lehrerin für Physik", ("lehrer", "lehrerin")),
        ("Entwickler bei Siemens", ("entwickler",)),
        ("UX/UI designer", ("ux/ui designer",)),
        ("自动化技术员，上海", ("自动化技术员",)),
        ("软件工程师", ("软件工程师",)),
        ("C++ developer", ("c++ developer",)),
        ("Front-end developer", ("front-end developer",)),
        ("", ()),
        (" | ", ()),
        ("Helping " + "teams " * 20, ()),
    ],
)
def test_the_title_ends_where_something_else_begins(headline: str, titles: tuple[str, ...]) -> None:
    assert titles_of(headline) == titles


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("Lehrer/Lehrerin", ("lehrer", "lehrerin")),
        ("UX/UI designer", ("ux/ui designer",)),
        ("Product  manager at Nordbank", ("product manager at nordbank",)),
        ("Lehrer/Lehrerin für Physik", ("lehrer/lehrerin für physik",)),
        ("C++ developer", ("c++ developer",)),
        (" ", ()),
    ],
)
def test_a_text_is_a_title_as_a_whole(text: str, titles: tuple[str, ...]) -> None:
    assert typed_titles(text) == titles


@given(st.text())
def test_every_headline_has_a_title_or_none(headline: str) -> None:
    for title in titles_of(headline):
        assert title == folded_title(title) and 0 < len(title) <= 3 * LONGEST_TITLE


@given(st.lists(st.from_regex(r"[a-z]{3,8}", fullmatch=True), min_size=1, max_size=4))
def test_what_is_only_words_is_its_own_title(words: list[str]) -> None:
    title = " ".join(words)
    short = {"for", "with", "and", "bei", "für", "mit", "und", "chez", "pour", "avec", "con", "para", "per", "presso"}
    if not short | {"bij", "voor", "met"} & set(words) and not short & set(words):
        assert titles_of(f"  {title.upper()} ") == (title,)
