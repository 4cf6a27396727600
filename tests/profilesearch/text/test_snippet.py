"""Snippets."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from profilesearch.text.content_words import LONGEST_REMEMBERED, words_of
from profilesearch.text.sentences import excerpt
from profilesearch.text.snippet import LENGTH, snippet

TEXT = "I like trains. On the ward I cared for patients. Later I taught.\nBerlin, 2010. I keep bees."


def test_the_sentence_that_answers() -> None:
    assert snippet(TEXT, words_of("care of patients on a ward")).startswith("On the ward I cared for patients.")


def test_without_a_common_word_it_is_the_beginning() -> None:
    assert snippet(TEXT, words_of("xylophone")).startswith("I like trains.")


def test_long_sentences_are_cut_at_a_word() -> None:
    cut = snippet("word " * 200, words_of("word"))
    assert len(cut) <= LENGTH and cut.endswith("word…")


@given(st.text(max_size=600), st.text(max_size=60))
def test_any_text(text: str, query: str) -> None:
    assert len(snippet(text, words_of(query))) <= LENGTH


@pytest.mark.parametrize("skill", ["UX", "QA", "Go", "C#", "C++", "ML", "R"])
def test_short_skills_count(skill: str) -> None:
    text = f"I like long walks by the sea. At work I use {skill} on most days. At home I go and read in it."
    for query in (f"{skill} expert", f"{skill.lower()} expert"):
        assert snippet(text, words_of(query), 50) == f"At work I use {skill} on most days."


def test_languages_with_one_letter_are_told_apart() -> None:
    text = (
        "Years of C# and nothing else, really. Years of C++ and nothing else, really. I write C and assembly at home."
    )
    assert snippet(text, words_of("C++ expert"), 40).startswith("Years of C++")
    assert snippet(text, words_of("C expert"), 45).startswith("I write C and")


def test_function_words_do_not_count() -> None:
    text = "The sea and the hills are with you for all of it. A nurse."
    assert snippet(text, words_of("the nurse who is with you for all of it"), 50) == "A nurse."


def test_a_run_on_sentence_is_cut_around_the_hit() -> None:
    text = "then I did this, " * 60 + "and at last I ran Kafka clusters for a bank, " + "and then that, " * 60
    found = snippet(text, words_of("Kafka clusters"))
    assert "ran Kafka clusters for a bank" in found and len(found) <= LENGTH
    assert found.startswith("…") and found.endswith("…")


def test_sentences_end_without_a_space_in_chinese_and_japanese() -> None:
    text = "我喜欢火车。我在上海做数据工程师！周末养蜂。"
    assert snippet(text, words_of("数据工程师"), 12) == "我在上海做数据工程师！"
    assert snippet("電車が好きです。東京で看護師をしています。", words_of("看護師"), 14) == "東京で看護師をしています。"
    assert excerpt("我在上海一家医院工作了十年。我在北京的大学学习过护理。我每天照顾很多重病的人。", 1).count("。") == 2


def test_long_texts_are_not_remembered() -> None:
    from profilesearch.text import snippet as module

    def remembered() -> int:
        return module._snippet.cache_info().currsize + module._sentences.cache_info().currsize

    before = remembered()
    long = "Launched a payment product in Berlin. " * (LONGEST_REMEMBERED // 30)
    assert module.snippet(long, words_of("payment")).startswith("Launched a payment")
    assert remembered() == before
