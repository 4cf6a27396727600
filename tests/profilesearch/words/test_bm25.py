"""BM25 in memory."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profilesearch.words.bm25 import Bm25
from profilesearch.words.statistics import TermStatistics

WORDS = st.lists(st.sampled_from("zug boot zelt berg wald".split()), max_size=6)


def slow(texts: list[list[str]], query: list[str], row: int) -> float:
    """The formula as the page has it, for words that are their own stems."""
    mean = max(float(np.mean([len(words) for words in texts])), 1e-9)
    total = 0.0
    for word in set(query):
        having = sum(word in words for words in texts)
        count = texts[row].count(word)
        if count:
            idf = math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
            total += idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(texts[row]) / mean))
    return total


@given(st.lists(WORDS, min_size=1, max_size=6), WORDS)
def test_scores_are_the_formulas(texts: list[list[str]], query: list[str]) -> None:
    joined = [" ".join(words) for words in texts]
    scores = Bm25(TermStatistics.of(joined, "zh"), joined).scores([query])
    assert scores.shape == (1, len(texts)) and scores.dtype == np.float32
    assert scores[0] == pytest.approx([slow(texts, query, row) for row in range(len(texts))], rel=1e-5)


def test_a_stem_finds_less_than_the_word_itself() -> None:
    texts = ["one manager", "two managers", "no such thing"]
    scores = Bm25(TermStatistics.of(texts), texts).scores([["managers"], ["welder"], []])
    assert scores[0, 1] > scores[0, 0] > scores[0, 2] == 0
    assert not scores[1:].any()


def test_titles_add_to_texts() -> None:
    texts, titles = ["plans roads", "plans ships"], ["engineer", ""]
    statistics = TermStatistics.of(f"{title} {text}" for title, text in zip(titles, texts, strict=True))
    assert Bm25(statistics, texts, titles).scores([["engineer"]])[0, 0] > 0
    assert not Bm25(statistics, texts).scores([["engineer"]]).any()


def test_a_text_of_mean_length_with_every_word_once_has_the_reference_score() -> None:
    texts = ["berg zug", "boot zelt", "wald boot"]
    statistics = TermStatistics.of(texts, "zh")
    score = Bm25(statistics, texts).scores([["berg", "zug"]])[0, 0]
    assert score == pytest.approx(statistics.reference_score(["berg", "zug"]), rel=1e-6)
