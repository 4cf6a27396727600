"""What the pages tell of how an answer came about, and of what could not be done."""

from collections.abc import Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient

import redis
from profilesearch.errors import RerankFailed
from profilesearch.search.rerankers.reranker import Document
from profilesearch.store import Candidate, KnnQuery, VersionRecord

WHYS = ("away", "slow", "refused", "senseless", "budget", "failed")


class Failing:
    """A reranker that fails for a reason."""

    depth = 10

    def __init__(self, why: str) -> None:
        self.name, self.why = why, why

    def scores(self, query: str, documents: Sequence[Document]) -> list[float]:
        if self.why == "failed":
            raise ValueError("no room")
        if self.why == "fine":
            return [float(number) for number, _ in enumerate(documents)]
        raise RerankFailed(self.why, "for engineers")


@pytest.fixture
def models(app: Flask, web: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    web.get("/api/search?q=nurse&k=1")  # the pipeline is made for the first search
    rerankers = app.extensions["profilesearch"].pipeline.tools.rerankers
    for why in (*WHYS, "fine"):
        monkeypatch.setitem(rerankers, why, Failing(why))


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("path", ["/", "/how"])
@pytest.mark.parametrize(("lang", "told"), [("en", "The model {}"), ("de", "Modell {}")])
def test_why_no_model_ordered_the_people(web: FlaskClient, path: str, lang: str, told: str) -> None:
    sentences = set()
    for why in WHYS:
        page = web.get(f"{path}?q=nurse&k=3&rerank={why}&lang={lang}").text
        (line,) = [line.strip() for line in page.splitlines() if told.format(why) in line]
        assert "for engineers" not in page
        sentences.add(line.replace(why, ""))
    assert len(sentences) == len(WHYS), "each says something else"
    assert told.format("fine") not in web.get(f"{path}?q=nurse&k=3&rerank=fine&lang={lang}").text


@pytest.mark.usefixtures("models")
def test_the_time_of_every_stage_is_told(web: FlaskClient) -> None:
    assert "Reordering" not in (plain := web.get("/how?q=nurse&lang=en").text) and "variety" not in plain
    page = web.get("/how?q=nurse&rerank=fine&diversity=0.5&lang=en").text
    assert "<dt>Reordering by a model</dt>" in page and "<dt>Choosing for variety</dt>" in page
    page = web.get("/how?q=nurse&rerank=fine&diversity=0.5&lang=de").text
    assert "<dt>Umordnen durch ein Modell</dt>" in page and "<dt>Auswahl nach Vielfalt</dt>" in page


@pytest.mark.usefixtures("has_hybrid")
def test_two_queries_are_not_called_one(web: FlaskClient) -> None:
    assert "The query that Redis answered:" in web.get("/how?like=p000001&lang=en").text
    page = web.get("/how?q=nurse&lang=en").text
    assert "The queries that Redis answered:" in page
    commands = page.split("<pre")[1].split("<code>")[1].split("</code>")[0].splitlines()
    assert len(commands) == 2 and all(line.startswith("FT.") for line in commands)
    assert "Die Anfragen, die Redis beantwortet hat:" in web.get("/how?q=nurse&lang=de").text


@pytest.mark.parametrize(
    ("lang", "told"),
    [("en", "1 person of this page is left out"), ("de", "1 Person dieser Seite fehlt")],
)
@pytest.mark.parametrize("path", ["/", "/how"])
def test_who_is_gone_is_told(
    app: Flask, web: FlaskClient, built: str, monkeypatch: pytest.MonkeyPatch, path: str, lang: str, told: str
) -> None:
    address = f"{path}?q=nurse&k=3&cluster=off&by=meaning&lang={lang}"
    assert told not in web.get(address).text
    store = app.extensions["profilesearch"].store
    rank = store.rank
    removed: dict[str, bytes] = {}
    with redis.Redis.from_url(built, protocol=2) as client:

        def rank_and_remove_the_first(record: VersionRecord, query: KnnQuery) -> list[Candidate]:
            found: list[Candidate] = rank(record, query)
            key = record.key(found[0].id)
            removed[key] = client.dump(key)
            client.delete(key)
            return found

        monkeypatch.setattr(store, "rank", rank_and_remove_the_first)
        page = web.get(address).text
        for key, dumped in removed.items():
            client.restore(key, 0, dumped)
    assert told in page and len(removed) == 1
