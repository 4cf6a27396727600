"""Words as an index has them."""

import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import snowballstemmer
from hypothesis import given
from hypothesis import strategies as st

from profilesearch.words.stemming import engine_language, index_terms, indexed_words, query_terms, stem


def test_words_are_folded_and_stop_words_left_out() -> None:
    assert indexed_words("The Product-Managers of Köln, and C++") == ["product", "managers", "köln", "c"]


def test_ideographs_count_by_twos() -> None:
    assert indexed_words("贷款干事") == ["贷款", "款干", "干事"]
    assert indexed_words("SAP顾问 人") == ["sap", "顾问", "人"]


def test_the_query_engine_has_names_of_its_own() -> None:
    assert [engine_language(code) for code in ("de", "zh", "ja")] == ["german", "chinese", ""]
    assert stem("ontwikkelaars", "nl") == "ontwikkelar", "as Redis has it, not as Snowball 3"


def test_stems_are_of_the_language() -> None:
    assert stem("managers", "en") == stem("manager", "en") == "manag"
    assert stem("lehrerinnen", "de") != "lehrerinnen"
    assert stem("managers", "zh") == "managers"


def test_threads_stem_beside_each_other() -> None:
    words = [
        "".join(parts) for parts in product("bcdfglmnprst", "aeiou", "nrst", ("ization", "ations", "fulness", "ously"))
    ]
    alone = snowballstemmer.stemmer("italian")
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            stems = list(pool.map(lambda word: stem(word, "it"), words))
    finally:
        sys.setswitchinterval(before)
    assert stems == [alone.stemWord(word) for word in words]


@given(st.text(alphabet="abcdefgijnrsty", min_size=1, max_size=12), st.sampled_from(["en", "de", "fr", "zh"]))
def test_a_word_finds_itself_and_its_stem(word: str, language: str) -> None:
    assert index_terms(word, language) <= query_terms(word, language)
    assert index_terms(stem(word, language), language) & query_terms(word, language)


@given(st.text())
def test_every_text_has_words(text: str) -> None:
    assert all(word and word == word.strip() for word in indexed_words(text))
