"""What somebody typed, taken apart."""

import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from profilesearch.fields import Fields
from profilesearch.search.typed_query import LONGEST_TYPED, TypedQuery, read_query
from profilesearch.store import Filter

FIELDS = Fields(tags=("location", "languages"), numbers=("years",))


@pytest.mark.parametrize(
    ("query", "typed"),
    [
        ("data engineer", TypedQuery("data engineer")),
        ('"Product Manager" Berlin', TypedQuery("Product Manager Berlin", phrases=("Product Manager",))),
        ("„product manager“", TypedQuery("product manager", phrases=("product manager",))),
        ("nurse -intern", TypedQuery("nurse", excluded=("intern",))),
        ('nurse -"head of ward"', TypedQuery("nurse", excluded=("head of ward",))),
        ("nurse location:Berlin", TypedQuery("nurse", tags={"location": ("Berlin",)})),
        ('LOCATION:"São Paulo" nurse', TypedQuery("nurse", tags={"location": ("São Paulo",)})),
        ("location:Berlin,Bonn nurse", TypedQuery("nurse", tags={"location": ("Berlin", "Bonn")})),
        ("nurse years:5", TypedQuery("nurse", numbers={"years": (5, 5)})),
        ("nurse years:5+", TypedQuery("nurse", numbers={"years": (5, None)})),
        ("nurse years:5-10", TypedQuery("nurse", numbers={"years": (5, 10)})),
        ("nurse years:2.5..10", TypedQuery("nurse", numbers={"years": (2.5, 10)})),
        ("nurse years:>5", TypedQuery("nurse", numbers={"years": (math.nextafter(5, 6), None)})),
        ("nurse years:<=5", TypedQuery("nurse", numbers={"years": (None, 5)})),
    ],
)
def test_signs(query: str, typed: TypedQuery) -> None:
    assert read_query(query, FIELDS) == typed


@pytest.mark.parametrize(
    "query",
    [
        "nurse - part time", "C-level", "-5 degrees", "shoe:43", "location: Berlin", "years:ten", "years:10-5", 'say "hello',
        "https://example.org", 'a"b"c', "location:", "-", '""', "location:,",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_sign_is_text(query: str) -> None:
    assert read_query(query, FIELDS) == TypedQuery(query)


def test_signs_in_a_pasted_text_mean_nothing() -> None:
    for text in ("Nurse\n- location:Berlin\n-no interns", 'a "nurse" -intern ' + "x" * LONGEST_TYPED):
        assert read_query(text, FIELDS) == TypedQuery(text)


def test_a_text_of_signs_alone_still_is_about_something() -> None:
    assert read_query("-intern location:Berlin", FIELDS).text == "-intern location:Berlin"


@given(
    st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('"-:, <>.5é_')), max_size=80)
)
def test_every_text_can_be_read_and_asked(query: str) -> None:
    typed = read_query(f"nurse {query} location:{query} -{query} years:{query}", FIELDS)
    assert typed.text
    assert Filter(None, typed.tags, typed.numbers, typed.phrases, typed.excluded).text()
