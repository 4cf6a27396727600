"""Snippets."""

import hypothesis.strategies as st
from hypothesis import given

from profilesearch.snippet import LENGTH, snippet, words_of

TEXT = "I like trains. On the ward I cared for patients. Later I taught.\nBerlin, 2010. I keep bees."


def test_the_sentence_that_answers():
    assert snippet(TEXT, words_of("care of patients on a ward")).startswith("On the ward I cared for patients.")


def test_without_a_common_word_it_is_the_beginning():
    assert snippet(TEXT, words_of("xylophone")).startswith("I like trains.")


def test_long_sentences_are_cut_at_a_word():
    cut = snippet("word " * 200, words_of("word"))
    assert len(cut) <= LENGTH and cut.endswith("word…")


@given(st.text(max_size=600), st.text(max_size=60))
def test_any_text(text: str, query: str):
    assert len(snippet(text, words_of(query))) <= LENGTH
