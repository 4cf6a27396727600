"""Which words a text has."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.store import Store, VersionRecord
from profilesearch.store.query import WordQuery
from profilesearch.vector_index import VectorIndex
from profilesearch.words import matching as module
from profilesearch.words.matching import matching
from profilesearch.words.stemming import engine_language, indexed_words, language_of_index

PAIRS = [
    ("internship", "internal audits", "", False),
    ("manager", "product management", "", True),
    ("managers", "a manager", "english", True),
    ("nurse", "nursing", "english", True),
    ("lehrerinnen", "Lehrerin", "german", True),
    ("lehrerinnen", "Lehrerin", "english", False),
    ("marketing", "marked", "english", False),
    ("C++", "c programmer", "", True),
    ("go", "go there", "", True),
    ("the", "the sea", "", False),
]


@pytest.mark.parametrize(("term", "text", "language", "there"), PAIRS)
def test_a_word_is_there_if_its_stem_is(term: str, text: str, language: str, there: bool) -> None:
    assert matching([term], text, language) == ((term,) if there else ())


@pytest.mark.usefixtures("has_hybrid")
@pytest.mark.parametrize("language", ["", "german"])
def test_a_text_has_the_words_that_the_index_finds_it_by(store: Store, language: str) -> None:
    texts = [text for _, text, _, _ in PAIRS]
    record = VersionRecord(store.versions.new_name(), "m", "f", Fields(), VectorIndex(4), language=language)
    store.create(record)
    rows = [(Row(str(number), "x", text), 0, np.ones(4, np.float32)) for number, text in enumerate(texts)]
    sum(store.profiles.write(record, rows))
    store.indexes.wait(record)
    for term in {term for term, _, _, _ in PAIRS} - {"the"}:
        found = {one.id for one in store.hybrid.by_words(record, WordQuery((term,), 50))}
        assert found == {str(n) for n, text in enumerate(texts) if matching([term], text, language)}, term


def test_every_language_has_its_name_and_its_code() -> None:
    assert [language_of_index(engine_language(code)) for code in ("de", "zh", "nl", "en", "ja")] == [
        "de", "zh", "nl", "en", "en",
    ]  # fmt: skip


@given(st.text(max_size=40))
def test_a_text_has_its_own_words(text: str) -> None:
    words = indexed_words(text, "en")
    assert matching(words, text, "") == tuple(words)


def test_long_texts_are_not_remembered() -> None:
    before = module._index_terms.cache_info().currsize
    assert matching(["nurse"], "nurses " * module.LONGEST_REMEMBERED, "") == ("nurse",)
    assert module._index_terms.cache_info().currsize == before
