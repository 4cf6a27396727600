"""How rare words are, and which of a text's say most."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profilesearch.arrays import array_to_bytes
from profilesearch.words.statistics import TYPED_WORDS, TermStatistics
from profilesearch.words.stemming import indexed_words

TEXTS = [
    "A manager of products", "Managers plan products", "The nurse cares for patients", "A nurse and a manager",
    "Plans for wind turbines",
]  # fmt: skip
WORDS = st.lists(
    st.sampled_from("nurse nurses manager managing wind turbine turbines plan plans sail".split()), max_size=8
)


def test_a_word_counts_once_in_a_text() -> None:
    statistics = TermStatistics.of([*TEXTS, "nurse nurse nurse"])
    assert statistics.frequencies(("nurse", "managers")) == [3, 1]
    assert statistics.documents_with(("managers", "managing", "welder")) == [3, 3, 0]


@given(st.lists(WORDS, max_size=12))
def test_frequencies_are_what_a_slow_count_finds(texts: list[list[str]]) -> None:
    statistics = TermStatistics.of([" ".join(words) for words in texts])
    slow = Counter(word for words in texts for word in set(words))
    assert statistics.documents == len(texts)
    words = [*slow, "sail"]
    assert statistics.frequencies(words) == [slow[word] for word in words]


@given(st.lists(WORDS, min_size=1, max_size=12), WORDS)
def test_the_reference_grows_with_the_words(texts: list[list[str]], query: list[str]) -> None:
    statistics = TermStatistics.of([" ".join(words) for words in texts])
    scores = [statistics.reference_score(query[:end]) for end in range(len(query) + 1)]
    assert scores[0] == 0 and all(math.isfinite(score) for score in scores) and scores == sorted(scores)


def test_the_rare_word_says_most() -> None:
    statistics = TermStatistics.of(TEXTS)
    assert statistics.select("manager of turbines, managers of zebras") == ("turbines", "manager")
    assert statistics.select("manager of turbines", most=1) == ("turbines",)
    assert statistics.select("zebras") == () == statistics.select("the of and")


def test_what_was_typed_is_asked_for_whole_and_a_long_text_without_its_common_words() -> None:
    rare = [f"word{number}x" for number in range(20)]
    statistics = TermStatistics.of([f"common {word}" for word in rare])
    assert "common" in statistics.select(f"common {rare[0]}")
    chosen = statistics.select(" ".join(["common", *rare[: TYPED_WORDS + 1]]))
    assert "common" not in chosen and len(chosen) == TYPED_WORDS + 1
    assert statistics.select("common " * 20) == ("common",)


@given(st.text(max_size=200), st.integers(1, 10))
def test_selected_words_are_the_texts_own(text: str, most: int) -> None:
    statistics = TermStatistics.of([*TEXTS, text])
    chosen = statistics.select(text, most)
    assert len(chosen) <= most and len(set(chosen)) == len(chosen) and set(chosen) <= set(indexed_words(text, "en"))


def test_the_most_frequent_are_kept_where_there_are_too_many() -> None:
    statistics = TermStatistics.of(["bird", "bird wind", "bird sail wind"], most=2)
    assert len(statistics.keys) == 2
    assert statistics.frequencies(("bird", "wind", "sail")) == [3, 2, 0]


def test_to_redis_and_back() -> None:
    statistics = TermStatistics.of(TEXTS, "de")
    again = TermStatistics.from_hash(statistics.to_hash())
    assert again.language == "de" and again.documents == 5
    assert again.reference_score(["nurse", "turbines"]) == statistics.reference_score(["nurse", "turbines"])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (b"keys", None, "lack"),
        (b"about", np.array(["en"]), "something else"),
        (b"about", np.array(["en", "many"]), "something else"),
        (b"about", np.array(["en", "-1"]), "damaged"),
        (b"keys", np.array([2, 1], np.uint64), "expected two arrays"),
        (b"counts", np.array([1.5]), "expected two arrays"),
    ],
)
def test_something_else_is_refused(field: bytes, value: np.ndarray | None, message: str) -> None:
    data = TermStatistics.of(TEXTS).to_hash()
    if value is None:
        del data[field]
    else:
        data[field] = array_to_bytes(value)
    with pytest.raises(ValueError, match=message):
        TermStatistics.from_hash(data)


def test_keys_that_do_not_ascend_are_refused() -> None:
    statistics = TermStatistics.of(TEXTS)
    data = statistics.to_hash() | {b"keys": array_to_bytes(statistics.keys[::-1].copy())}
    with pytest.raises(ValueError, match="damaged"):
        TermStatistics.from_hash(data)
