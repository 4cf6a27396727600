"""A checked profile and what identifies it."""

import json
from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from profilesearch.row import Row

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(
    values=st.tuples(TEXTS, TEXTS, TEXTS, st.dictionaries(TEXTS, TEXTS), st.dictionaries(TEXTS, NUMBERS)),
    language=st.sampled_from(["", "de"]),
)
def test_its_json_is_what_the_encoder_writes(values: tuple[Any, ...], language: str) -> None:
    """Digests of rows that an earlier release stored stay those of equal rows."""
    expected = [*values, language] if language else [*values]
    id_, title, text, tags, numbers = values
    assert Row(id_, title, text, tags, numbers, language).json == json.dumps(expected, ensure_ascii=False)


def test_a_digest_is_the_same_in_every_release() -> None:
    row = Row("p1", "Nurse", 'Nurse "at" night\n', {"city": "Köln"}, {"years": 2.0})
    assert row.digest == "b21211569bf05eef"
