"""What a text that fits nobody may mean."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from profilesearch.text.vocabulary import Meaning, Vocabulary, _one_edit, with_meaning
from profilesearch.words.statistics import TermStatistics

ROLES = {
    "product manager": 80,
    "project manager": 82,
    "site reliability engineer": 60,
    "registered nurse": 88,
    "software engineer": 70,
    "QA engineer": 50,
    "data analyst": 96,
}
KNOWN = Vocabulary(ROLES, {"QA": ["quality assurance"], "RN": ["registered nurse"]})


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("prodct manger", "product manager"),
        ("regsitered nurse", "registered nurse"),
        ("softwar enginer in Berlin", "software engineer in Berlin"),
        ("product manager", None),
        ("Krankenpfleger", None),
        ("asdfghjkl", None),
        ("看護師", None),
        ("", None),
        ("prodct " * 40, None),
    ],
)
def test_typing_errors(text: str, better: str | None) -> None:
    assert KNOWN.corrected(text) == better


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("PM", [("PM", ["project manager", "product manager"])]),
        ("an SRE with Kubernetes", [("SRE", ["site reliability engineer"])]),
        ("qa", [("qa", ["quality assurance"])]),
        ("RN", [("RN", ["registered nurse"])]),
        ("nurse", []),
        ("xyz", []),
    ],
)
def test_abbreviations(text: str, meanings: list[tuple[str, list[str]]]) -> None:
    assert [(each.name, list(each.meanings)[: len(meanings[0][1])]) for each in KNOWN.meanings(text)] == meanings


def test_an_abbreviation_is_written_out() -> None:
    assert with_meaning("PM, not PMO", "PM", "product manager") == "product manager, not PMO"


TEXTS = TermStatistics.of(
    [
        "I run Kafka and Kubernetes.",
        "Kafka, Spark and Kubernetes clusters.",
        "Nurses and Sparc once.",
        "I manage spark.",
    ]
)


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("kafkka", "kafka"),
        ("Kuberntes", "Kubernetes"),
        ("SPRAK", "SPARK"),  # two letters changed places
        ("registered nures with Kafak", "registered nurse with Kafka"),
        ("sparc", None),  # one person writes it, so it is a word
        ("onec", None),  # and what one person alone writes corrects nobody
        ("managed clusters", None),  # the same word with another ending
        ("Krankenpfleger", None),
        ("kafkaesque", None),
        ("x" * 33, None),
    ],
)
def test_words_of_texts_correct_typing_errors(text: str, better: str | None) -> None:
    assert KNOWN.corrected(text, TEXTS) == better


def test_only_so_many_words_of_a_text_are_corrected() -> None:
    corrected = KNOWN.corrected(" ".join(["kafkka"] + [f"wzxq{letter}" for letter in "abcdefg"] + ["sprak"]), TEXTS)
    assert corrected is not None and corrected.startswith("kafka ") and corrected.endswith(" sprak")


@given(st.text("abc", min_size=1, max_size=5), st.text("abc", max_size=6))
def test_one_edit_is_all_that_is_one_change_away(word: str, other: str) -> None:
    assert (other in _one_edit(word, "abc")) == (OSA.distance(word, other) == 1)


ROLE_NAMES = Vocabulary(
    ROLES, roles=[{"en": ["registered nurse", "nurse"], "de": ["Krankenpfleger", "Pflegekraft"], "ja": ["看護師"]},
                  {"en": ["yodeller"], "de": ["Jodler"]}, {"en": ["project manager"], "fr": ["chef de projet"]}]
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name", "language", "meanings"),
    [
        ("Krankenpfleger", "Krankenpfleger", "de", ("registered nurse", "nurse")),
        ("krankenpfleger in Berlin", "krankenpfleger", "de", ("registered nurse", "nurse")),
        ("看護師を探す", "看護師", "ja", ("registered nurse", "nurse")),
        ("un chef de projet", "chef de projet", "fr", ("project manager",)),
    ],
)
def test_jobs_in_other_languages(text: str, name: str, language: str, meanings: tuple[str, ...]) -> None:
    assert ROLE_NAMES.meanings(text) == [Meaning(name, meanings, language)]


@pytest.mark.parametrize("text", ["Krankenpflegerinnen", "Jodler", "registered nurse", "Pfleger", ""])
def test_what_is_no_other_name_of_a_job_that_the_index_has(text: str) -> None:
    assert ROLE_NAMES.meanings(text) == []


def test_a_name_that_the_index_has_needs_no_other() -> None:
    german = TermStatistics.of(["Ich bin Krankenpfleger.", "Krankenpfleger und Teamleiter"], "de")
    assert ROLE_NAMES.meanings("Krankenpfleger", german) == []
    assert Vocabulary({}, roles=[{"en": ["nurse"], "de": ["Krankenpfleger"]}]).meanings("nurse", german) == [
        Meaning("nurse", ("Krankenpfleger",), "en")
    ]


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    better = KNOWN.corrected(text)
    assert better is None or better != text
    assert all(each.name in text and each.meanings for each in KNOWN.meanings(text))
    ROLE_NAMES.meanings(text)
