"""Which language a collection is in."""

import pytest

from profilesearch.words.language import language_of, likely_language

TITLES = {
    "en": ["nurse", "accountant for small firms", "site manager", "painter and decorator", "data engineer"],
    "de": ["Krankenpfleger", "Buchhalterin für kleine Betriebe", "Bauleiter", "Maler und Lackierer", "Dateningenieur"],
    "es": ["enfermera", "contable para empresas pequeñas", "jefe de obra", "pintor y decorador", "ingeniero de datos"],
    "zh": ["护士", "小企业会计", "工地经理", "油漆工和装饰工", "数据工程师"],
}


@pytest.mark.parametrize("language", TITLES)
def test_the_language_of_most_titles(language: str) -> None:
    other = TITLES["en" if language != "en" else "de"][:2]
    assert language_of([*TITLES[language] * 20, *other]) == language


@pytest.mark.parametrize("texts", [[], ["", " "], ["42 17"]])
def test_texts_that_say_nothing_count_as_english(texts: list[str]) -> None:
    assert language_of(texts) == "en"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Wir suchen eine Dateningenieurin, die Pipelines baut und betreibt.", "de"),
        ("Registered nurse on an intensive care ward, eleven years", "en"),
        ("数据工程师", "zh"),
        ("nurse", None),
        ("", None),
    ],
)
def test_a_querys_language_is_told_where_it_is_sure(text: str, code: str | None) -> None:
    assert likely_language(text) == code
