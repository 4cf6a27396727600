"""Several models side by side: ``model`` in API and page, and answers that are never of two."""

import threading

import pytest

from profilesearch.errors import EncoderError
from profilesearch.fields import Fields
from profilesearch.store import Server, Store
from tests.encoders import StandIn
from tests.profilesearch.search.small_version import Told
from tests.servers import wait_until
from tests.webapp.small_models import MODELS, Second, Third, Web, first, version_of


@pytest.fixture
def web(several_models: Web) -> Web:
    return several_models


def test_each_model_answers_from_its_own_version(store: Store, web: Web) -> None:
    for model in (Told, Second):
        version_of(store, model)
    asked = web()
    assert first(asked) == first(asked, model="told") == ("told", "told")
    assert first(asked, model="second") == ("second", "second")
    answer = asked.post("/api/search", json={"q": "somebody", "model": "second"}).get_json()
    assert answer["model"] == "second" and "profiles:v2" in answer["redis_cli"]
    assert "FT.SEARCH profiles " in asked.get("/api/search?q=somebody&by=meaning").get_json()["redis_cli"]
    assert asked.get("/api/profiles/told?model=second").get_json()["version"] == "v2"
    assert asked.get("/api/clusters?model=second").get_json()["version"] == "v2"


def test_an_unknown_model_is_named_with_those_there_are(store: Store, web: Web) -> None:
    for model in (Told, Second):
        version_of(store, model)
    asked = web()
    for reply in (
        asked.get("/api/search?q=x&model=fourth"),
        asked.post("/api/search", json={"q": "x", "model": "fourth"}),
        asked.get("/api/clusters?model=fourth"),
    ):
        error = reply.get_json()["error"]
        assert reply.status_code == 400 and error["field"] == "model"
        assert "told, second" in error["message"] and "'fourth'" in error["message"]
    page = asked.get("/?q=x&model=fourth")
    assert page.status_code == 200 and "whom told finds" in page.text and "model" in page.text


def test_what_becomes_of_a_model_that_cannot_be_loaded(store: Store, web: Web) -> None:
    for model in (Told, Second):
        version_of(store, model)

    def load(name: str) -> StandIn:
        raise EncoderError(f"model {name!r} is nowhere")

    asked = web(load)
    reply = wait_until(
        lambda: (reply := asked.get("/api/search?q=x&model=second")).get_json()["error"]["code"] != "model_loading" and reply,
        what="the error",
    )  # fmt: skip
    assert reply.status_code == 503 and "is nowhere" in reply.get_json()["error"]["message"]
    assert first(asked) == ("told", "told"), "the others answer as ever"


def test_a_model_of_the_name_with_another_fingerprint_is_no_substitute(store: Store, web: Web) -> None:
    for model in (Told, Second):
        version_of(store, model)
    asked = web(lambda name: Third())
    code = wait_until(
        lambda: (code := asked.get("/api/search?q=x&model=second").get_json()["error"]["code"]) != "model_loading" and code
    )  # fmt: skip
    assert code == "model_mismatch"


def test_models_have_no_more_room_than_the_settings_say(
    store: Store, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    for model in MODELS:
        version_of(store, model)
    asked = web(most_models=2)
    assert first(asked, model="second") == ("second", "second")
    reply = asked.get("/api/search?q=x&model=third")
    assert reply.status_code == 503 and "PROFILESEARCH_MOST_MODELS" in reply.get_json()["error"]["message"]
    monkeypatch.setattr("webapp.further_models._LEAST_IDLE_SECONDS", 0.0)
    for name in ("third", "second", "third"):
        assert first(asked, model=name) == (name, name)
    assert first(asked) == ("told", "told")


def test_the_default_changes_without_a_restart_and_without_a_gap(store: Store, web: Web) -> None:
    version_of(store, Told)
    second = version_of(store, Second)
    loading = threading.Event()

    def load(name: str) -> StandIn:
        assert loading.wait(60)
        return Second()

    asked = web(load)
    assert first(asked) == ("told", "told")
    store.versions.publish(second, default=True)
    assert first(asked) == ("told", "told"), "the default before answers while the model is being loaded"
    loading.set()
    wait_until(lambda: first(asked) == ("second", "second"), what="the new default")
    assert asked.get("/readyz").get_json()["model"] == "second"


def test_no_answer_is_of_two_models_while_defaults_change_and_versions_come(
    store: Store, server: Server, redis_url: str, web: Web
) -> None:
    for model in MODELS:
        version_of(store, model)
    asked = web()
    for model in MODELS:
        first(asked, model=model.name)
    wrong: list[object] = []
    answers: list[str] = []
    done = threading.Event()

    def hammer(name: str) -> None:
        mine = asked.application.test_client()
        number = 0
        while not done.is_set():
            number += 1
            where = f"/api/search?q=somebody{number}&by=meaning" + (f"&model={name}" if name else "")
            reply = mine.get(where)
            if reply.status_code != 200:
                wrong.append(reply.get_json())
                return
            answer = reply.get_json()
            model, texts = answer["model"], {result["snippet"] for result in answer["results"]}
            if answer["results"][0]["id"] != model or texts != {f"{model} has this one"} or name not in ("", model):
                wrong.append(answer)
                return
            answers.append(model)

    threads = [threading.Thread(target=hammer, args=(name,)) for name in ("", "", "", "told", "second")]
    for thread in threads:
        thread.start()
    try:
        for number in range(24):
            record = version_of(store, MODELS[number % 3])
            store.versions.publish(record, default=number % 2 == 0)
            seen = len(answers)
            wait_until(lambda seen=seen: wrong or len(answers) > seen + 10, what="ten more answers")  # type: ignore[misc]
    finally:
        done.set()
        for thread in threads:
            thread.join(60)
    assert not wrong, wrong[0]
    assert {"told", "second", "third"} == set(answers)


def test_the_page_offers_models_where_there_are_several_and_keeps_the_choice(store: Store, web: Web) -> None:
    version_of(store, Told)
    asked = web()
    assert "<select" not in asked.get("/?q=x").text
    version_of(store, Second)
    first(asked, model="second")
    page = asked.get("/?q=x&model=second&by=meaning").text
    assert '<option value="second" title="second" selected>' in page and '<option value="" title="told">' in page
    assert "whom second finds" in page and "model=second" in page.partition('class="results"')[2]
    assert "whom told finds" in asked.get("/?q=x&by=meaning").text.partition('class="results"')[2]


def test_two_models_side_by_side(store: Store, web: Web) -> None:
    for model, fields in ((Told, Fields(tags=("city",))), (Second, Fields(tags=("city", "team")))):
        version_of(store, model, fields)
    asked = web()
    first(asked, model="second")
    link = "/compare?q=x&amp;by=meaning&amp;view-model=second"
    assert link in asked.get("/?q=x&by=meaning").text
    page = asked.get("/compare?q=x&by=meaning&view-model=second&team=red").text
    assert "Two models side by side" in page and "3 people are found by both. 0 are found by told alone." in page
    left, right = page.partition('id="left"')[2].split('id="right"')
    assert left.index("whom told finds") < left.index("whom second finds")
    assert right.index("whom second finds") < right.index("whom told finds")
    assert "version v1" in left and "version v2" in right and " ms" in left
    assert "left out" in page or "team" in page, "a filter that one of them lacks counts for neither"
    assert asked.get("/compare?q=x&view-model=fourth").status_code == 400


def test_each_model_has_a_map_of_its_own(store: Store, web: Web) -> None:
    for model in (Told, Second):
        version_of(store, model)
    asked = web()
    first(asked, model="second")
    tags = [asked.get(f"/api/map{query}").headers["ETag"] for query in ("", "?model=second", "", "?model=second")]
    assert tags[0] == tags[2] != tags[1] == tags[3]
    assert 'data-points="/api/map?model=second"' in asked.get("/map?q=x&model=second").text
    assert "profilesearch_profiles" in (shown := asked.get("/metrics").text) and 'model="second"' in shown
