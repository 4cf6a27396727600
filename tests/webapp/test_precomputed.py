"""A list of people who brought their vectors: what can be asked without a model, with a file, and with one."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from flask.testing import FlaskClient

import redis
from profilesearch.embedding import Encoder, PrecomputedEncoder, PrecomputedSpec
from profilesearch.embedding.encoder import Progress
from profilesearch.fields import Fields
from profilesearch.row import Row
from profilesearch.settings import Settings
from profilesearch.store import Store
from tests.profilesearch.search.small_version import EYE, Told, near, publish
from tests.servers import wait_until
from webapp.app import create_app

ROWS = [
    (Row("p1", "nurse", "nurse\nworks on a ward"), 0, EYE[0]),
    (Row("p2", "night nurse", "night nurse\nworks on a ward at night"), 0, near(first=0.9)),
    (Row("p3", "chef", "chef\ncooks"), 1, EYE[1]),
]


class Documents(Told):
    """Embeds sentences like queries."""

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        return self.encode_queries(texts)


def encoder_of(queries: str = "", model: Encoder | None = None) -> PrecomputedEncoder:
    return PrecomputedEncoder(PrecomputedSpec("mini", "told" if model else "", queries), model)


@pytest.fixture
def web(client: redis.Redis, store: Store, redis_url: str) -> Callable[[PrecomputedEncoder], FlaskClient]:
    def start(encoder: PrecomputedEncoder) -> FlaskClient:
        publish(store, ROWS, Fields(vector="mini"), encoder)  # type: ignore[arg-type]
        return create_app(Settings(redis_url=redis_url), encoder).test_client()

    return start


def test_a_typed_text_says_what_is_missing_and_likeness_works(web: Callable[[PrecomputedEncoder], FlaskClient]) -> None:
    here = web(encoder_of())
    reply = here.get("/api/search", query_string={"q": "nurse"})
    error = reply.get_json()["error"]
    assert reply.status_code == 422 and error["code"] == "no_query_model"
    assert "nothing embeds what is asked" in error["message"] and "precomputed:mini" in error["message"]
    page = here.get("/", query_string={"q": "nurse"}, headers={"Accept-Language": "de"})
    assert page.status_code == 422 and "Nach diesem Text kann nicht gesucht werden" in page.text
    assert "nurse" in page.text, "it stays in the box"
    assert "This text cannot be searched for" in here.get("/", query_string={"q": "nurse"}).text
    like = here.get("/api/search", query_string={"like": "p1"}).get_json()
    assert [result["id"] for result in like["results"]][0] == "p2" and like["model"] == "precomputed:mini"
    assert "night nurse" in here.get("/", query_string={"like": "p1"}).text
    profile = here.get("/profiles/p1", query_string={"q": "nurse"})
    assert profile.status_code == 200 and "night nurse" in profile.text
    assert here.get("/readyz").status_code == 200 and here.get("/").status_code == 200


def test_a_file_answers_its_texts_whatever_conditions_they_name(
    web: Callable[[PrecomputedEncoder], FlaskClient], tmp_path: Path
) -> None:
    text = "somebody who cooks, 5 years of experience"
    file = tmp_path / "q.jsonl"
    file.write_text(json.dumps({"text": text, "vector": EYE[1].tolist()}) + "\n")
    here = web(encoder_of(str(file)))
    answer = here.get("/api/search", query_string={"q": f" {text}", "by": "meaning", "cluster": "off"}).get_json()
    assert answer["results"][0]["id"] == "p3" and answer["results"][0]["similarity"] == pytest.approx(1)
    assert here.get("/", query_string={"q": text}).status_code == 200
    assert here.get("/profiles/p3", query_string={"q": text}).status_code == 200, "without sentences"
    assert here.get("/api/search", query_string={"q": "somebody else"}).status_code == 422


def test_with_a_query_model_any_text_is_answered(web: Callable[[PrecomputedEncoder], FlaskClient]) -> None:
    here = web(encoder_of(model=Documents({"who cooks": EYE[1]})))
    answer = here.get("/api/search", query_string={"q": "who cooks", "by": "meaning", "cluster": "off"}).get_json()
    assert answer["results"][0]["id"] == "p3" and answer["model"] == "precomputed:mini?model=told"
    assert "works on a ward" in here.get("/profiles/p1", query_string={"q": "nurse"}).text


def test_a_running_app_loads_what_the_version_names(client: redis.Redis, store: Store, redis_url: str) -> None:
    publish(store, ROWS)
    publish(store, ROWS, Fields(vector="mini"), encoder_of())  # type: ignore[arg-type]
    loaded: list[str] = []

    def load(name: str) -> Encoder:
        loaded.append(name)
        return encoder_of()

    here = create_app(Settings(redis_url=redis_url), Told(), load).test_client()
    asked = {"like": "p1", "model": "precomputed:mini"}
    answer = wait_until(lambda: here.get("/api/search", query_string=asked).get_json().get("results"), what="an answer")
    assert answer[0]["id"] == "p2" and loaded == ["precomputed:mini"]  # type: ignore[index]
    page = here.get("/", query_string=asked).text
    assert ">mini<" in page.replace("\n", "").replace(" ", ""), "a column is called by its name"
    assert here.get("/api/search", query_string={"q": "nurse", "model": "precomputed:mini"}).status_code == 422
    assert np.isclose(here.get("/api/search", query_string={"q": "nurse"}).get_json()["results"][0]["similarity"], 1)
