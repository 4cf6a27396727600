"""Profiles in several languages: each is stemmed by its own, and so are the queries."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import redis
from indexer.rows import RowError, check_row
from profilesearch.embedding import Encoder
from profilesearch.errors import BadRows, InvalidRequest, SourceError
from profilesearch.fields import Fields
from profilesearch.search.pipeline import SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.store import Store, VersionRecord
from profilesearch.words.language import language_code, language_of_query

GERMAN = "Erfahrene Krankenschwester, leitete Stationen und bildete Pflegekräfte in Krankenhäusern aus"
ENGLISH = "Experienced nurse who managed wards and trained carers in several hospitals"
PEOPLE = [
    {"id": "de1", "text": GERMAN, "spoken": "German"},
    {"id": "de2", "text": "Schreiner für Möbel und Türen", "spoken": "de-AT"},
    *({"id": f"en{n}", "text": f"{ENGLISH} of district {n}", "spoken": "en"} for n in range(4)),
    {"id": "en9", "text": "Bookkeeper who files invoices and balances accounts", "spoken": ""},
]


def write(path: Path, people: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in people))
    return path


@pytest.fixture
def columns() -> object:
    from indexer.columns import ColumnChoice

    return ColumnChoice(language="spoken")


def test_queries_meet_profiles_in_their_language(
    build: Callable[..., VersionRecord],
    columns: object,
    encoder: Encoder,
    store: Store,
    client: redis.Redis,
    tmp_path: Path,
) -> None:
    record = build(write(tmp_path / "people.jsonl", PEOPLE), columns=columns, clusters=2)
    assert record.languages == ("en", "de") and record.language == "english" and record.fields.language == "spoken"
    assert client.hget(record.key("de2"), "_language") == b"german" and not client.hexists(
        record.key("en9"), "_language"
    )
    pipeline = SearchPipeline(encoder, store)

    def found(text: str) -> dict[str, tuple[str, ...]]:
        page = pipeline.search(SearchRequest(text, k=7, mode="off", by="words"))
        return {result.hit.id: result.words.matched for result in page.results if result.words}

    # hardly a word stands there as it was typed; by their stems in German and in English they do
    assert found("wir suchen krankenschwestern, die eine station leiten") == {
        "de1": ("krankenschwestern", "station", "leiten")
    }
    assert set(found("a nurse managing the wards of a hospital")) == {f"en{n}" for n in range(4)}
    page = pipeline.search(SearchRequest("wir suchen krankenschwestern für unsere station", k=7, mode="off"))
    assert any("LANGUAGE" in words and "german" in words for words in page.commands)
    english = pipeline.search(SearchRequest("nurses in hospitals", k=7, mode="off"))
    assert not any("LANGUAGE" in words for words in english.commands)


def test_a_text_can_be_taken_for_another_language(
    build: Callable[..., VersionRecord], columns: object, encoder: Encoder, store: Store, tmp_path: Path
) -> None:
    build(write(tmp_path / "people.jsonl", PEOPLE), columns=columns, clusters=2)
    pipeline = SearchPipeline(encoder, store)
    page = pipeline.search(SearchRequest("wir suchen krankenschwestern", k=7, mode="off", language="en"))
    assert not any("german" in words for words in page.commands)
    with pytest.raises(InvalidRequest, match=r"text-language: expected en, de, got 'fr'"):
        pipeline.search(SearchRequest("infirmière", language="fr"))


def test_without_the_column_nothing_is_said_of_languages(
    build: Callable[..., VersionRecord], client: redis.Redis, tmp_path: Path
) -> None:
    record = build(write(tmp_path / "people.jsonl", PEOPLE), clusters=2)
    assert record.languages == () and not client.hexists(record.key("de1"), "_language")


def test_what_is_no_language_is_refused_with_its_line(
    build: Callable[..., VersionRecord], columns: object, tmp_path: Path
) -> None:
    source = write(tmp_path / "people.jsonl", [*PEOPLE, {"id": "x", "text": "x", "spoken": "Klingonisch"}])
    with pytest.raises(BadRows, match=r"people.jsonl:8: spoken: expected a language, such as de or German"):
        build(source, columns=columns)
    with pytest.raises(SourceError, match="expected a column 'spoken'"):
        build(write(tmp_path / "other.jsonl", [{"id": "x", "text": "x"}]), columns=columns)


def test_a_language_is_part_of_what_a_row_is() -> None:
    fields = Fields(language="spoken")
    plain, german = (check_row({"id": "1", "text": "x", "spoken": value}, fields) for value in ("", "de"))
    assert plain.language == "" and german.language == "de" and plain.digest != german.digest
    assert plain.digest == check_row({"id": "1", "text": "x"}, Fields()).digest
    with pytest.raises(RowError):
        check_row({"id": "1", "text": "x", "spoken": 7}, fields)


@pytest.mark.parametrize(
    ("name", "code"),
    [("de", "de"), ("DE-at", "de"), ("German", "de"), ("deutsch", "de"), ("chinese", "zh"), ("zh_CN", "zh"), ("日本語", "ja"), ("norwegian", "no")],
)  # fmt: skip
def test_languages_by_code_and_by_name(name: str, code: str) -> None:
    assert language_code(name) == code


def test_a_query_is_in_one_of_the_languages_of_the_profiles() -> None:
    assert language_of_query("Wir suchen eine Pflegefachkraft für unsere Klinik", ["en", "de"]) == "de"
    assert language_of_query("we are looking for a nurse", ["de", "en"]) == "en"
    assert language_of_query("SAP", ["de", "en"]) == "de"
    assert language_of_query("Bonjour", ["de"]) == "de"
