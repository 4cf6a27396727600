"""What a pasted text asks for."""

from hypothesis import given
from hypothesis import strategies as st

from profilesearch.text.reading import MOST_PARTS, SHORTEST, read_text

BLURB = "Founded in 1974, Example Hospitals is a leading provider of care. "
ASKED = "You look after patients on an intensive care unit and speak fluent German. "
FRUIT = "We offer 30 days of holiday, a pension and free fruit. "
HEADED = f"""About us
{"Care is what we do, every day, in eleven houses. " * 8}
Your profile
Registered nurse
Three years on a ward
What we offer
{"A warm welcome and a canteen. " * 8}"""


def test_talk_about_the_company_is_left_aside() -> None:
    reading = read_text(BLURB * 20 + ASKED + FRUIT)
    assert [part.kind for part in reading.parts] == ["company"] * 20 * 1 + ["asked", "offer"]
    assert reading.text() == ASKED.strip()


def test_headings_say_what_follows() -> None:
    reading = read_text(HEADED)
    assert [part.kind for part in reading.parts] == ["company", "company", "asked", "asked", "asked", "offer", "offer"]
    assert reading.text() == "Your profile\nRegistered nurse\nThree years on a ward"
    assert reading.text({1, 3}).startswith("Care is") and reading.text({99}) == reading.text()


def test_german_headings() -> None:
    text = (
        HEADED.replace("About us", "Über uns")
        .replace("Your profile", "Dein Profil")
        .replace("What we offer", "Wir bieten")
    )
    assert [part.kind for part in read_text(text).parts] == [part.kind for part in read_text(HEADED).parts]


def test_a_short_text_and_one_that_asks_for_nothing_are_read_whole() -> None:
    assert read_text(BLURB + ASKED).text() == BLURB + ASKED
    reading = read_text(BLURB * 20)
    assert reading.used() == frozenset(range(len(reading.parts)))


def test_another_text_has_another_mark() -> None:
    assert read_text(HEADED).mark != read_text(HEADED + ".").mark


@given(st.text(max_size=300), st.integers(1, 40), st.sets(st.integers(-5, 50)))
def test_any_text_is_read(piece: str, times: int, chosen: set[int]) -> None:
    """Every part stands in the text, in its order; something is always searched for, and nothing that is not there."""
    text = (piece + "\n") * times
    reading = read_text(text)
    assert 1 <= len(reading.parts) <= MOST_PARTS
    place = 0
    for part in reading.parts:
        place = text.index(part.text, place) + len(part.text)
    used = reading.used(chosen)
    assert used and used <= set(range(len(reading.parts)))
    if len(text) < SHORTEST:
        assert reading.text(chosen) == text
