"""What public data is tuned with has nothing of what it is tested with."""

from typing import Any

from bench.training import Forbidden, examples, keys, split, trainable

OCCUPATIONS: list[dict[str, Any]] = [
    {
        "uri": f"o{number}",
        "label_en": f"maker of {word}",
        "alt_en": [f"{word} worker", f"{word} smith"],
        "description_en": f"Makes {word}.",
        "label_de": f"{word}er/{word}erin",
        "alt_de": [],
        "description_de": f"Macht {word}.",
    }
    for number, word in enumerate(f"thing{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")
]
NOTHING = Forbidden(frozenset(), frozenset())


def trained_on(forbidden: dict[str, Forbidden]) -> set[str]:
    return {
        text for language in ("en", "de") for example in examples(OCCUPATIONS, forbidden, language)
        for text in (example.query, *example.positives)
    }  # fmt: skip


def one_that_is_trained_on() -> str:
    first, _ = next(trainable(OCCUPATIONS, {"en": NOTHING, "de": NOTHING}))
    return str(first["label_en"].split()[-1])


def test_occupations_that_are_tested_or_chosen_with_are_not_trained_on() -> None:
    test, choose = split(OCCUPATIONS)
    left_out = {occupation["label_en"] for occupation in OCCUPATIONS if occupation["uri"] in test | choose}
    assert left_out
    assert not left_out & trained_on({"en": NOTHING, "de": NOTHING})


def test_an_occupation_that_is_asked_for_is_left_out_whole_in_every_language() -> None:
    word = one_that_is_trained_on()
    asked = Forbidden(frozenset(keys(f"{word} WORKERS", "en")), frozenset())
    assert any(word in text for text in trained_on({"en": NOTHING, "de": NOTHING}))
    assert not any(word in text for text in trained_on({"en": asked, "de": NOTHING}))
    half = Forbidden(frozenset(keys(f"{word}erin", "de")), frozenset())
    assert not any(word in text for text in trained_on({"en": NOTHING, "de": half}))


def test_a_title_that_is_searched_is_left_out_alone() -> None:
    word = one_that_is_trained_on()
    seen = trained_on({"en": Forbidden(frozenset(), frozenset(keys(f"{word} Smiths", "en"))), "de": NOTHING})
    assert f"{word} smith" not in seen
    assert f"{word} worker" in seen
