"""Which searches an experiment takes."""

from dataclasses import replace

from profilesearch.experiment import Arm, Experiment

TEN = Experiment("one", "share", 0.1, Arm.of("base", "v1"), Arm.of("tuned", "v2"), 0.0)
TEXTS = [f"text {number}" for number in range(4000)]


def test_a_share_of_the_texts_is_taken_and_each_stays_on_its_side() -> None:
    taken = {text for text in TEXTS if TEN.asks_b(text)}
    assert 320 < len(taken) < 480
    assert {text for text in TEXTS if replace(TEN, share=0.3).asks_b(text)} > taken, (
        "a larger share takes more, none goes back"
    )
    assert all(TEN.asks_b(f"  {text.upper()}\n") for text in taken)
    assert all(replace(TEN, share=1.0).asks_b(text) for text in TEXTS)


def test_another_experiment_takes_other_texts_under_other_digests() -> None:
    other = replace(TEN, identity="two")
    taken, theirs = ({text for text in TEXTS if each.asks_b(text)} for each in (TEN, other))
    assert len(taken & theirs) < 80
    assert TEN.digest("a nurse") != other.digest("a nurse")
    assert TEN.digest("a nurse") == TEN.digest(" A  Nurse") and len(TEN.digest("a nurse")) == 20


def test_the_answer_of_a_shadow_is_shown_to_nobody() -> None:
    shadow = replace(TEN, kind="shadow", share=1.0)
    assert shadow.asks_b("a nurse") and shadow.shown("a nurse") == "a"
    assert replace(TEN, share=1.0).shown("a nurse") == "b"
    assert (TEN.side_of("v1"), TEN.side_of("v2"), TEN.side_of("v3"), TEN.side_of("")) == ("a", "b", None, None)
