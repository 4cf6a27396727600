"""Words as an index has them."""

import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import snowballstemmer
from hypothesis import given
from hypothesis import strategies as st

from profilesearch.words.stemming import engine_language, index_terms, indexed_words, query_terms, stem


def test_words_are_folded_and_stop_words_left_out() -> None:
    assert indexed_words("The Product-Managers of Köln, and C++", "en") == ["product", "managers", "köln", "c"]


def test_chinese_is_cut_by_a_dictionary() -> None:
    assert indexed_words("数据库工程师，贷款干事", "zh") == ["数据库", "工程师", "贷款", "干事"]
    assert indexed_words("SAP顾问 人", "zh") == ["sap", "顾问", "人"]


def test_other_languages_are_cut_at_spaces() -> None:
    assert indexed_words("看護師として SAP顧問、東京", "ja") == ["看護師として", "sap顧問", "東京"]
    assert indexed_words("간호사 数据库工程师", "en") == ["간호사", "数据库工程师"]


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


@given(st.text(), st.sampled_from(["en", "zh", "ja"]))
def test_every_text_has_words(text: str, language: str) -> None:
    assert all(word and word == word.strip() for word in indexed_words(text, language))
