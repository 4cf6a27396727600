"""An experiment as people and programs meet it: who is answered by whom, what is kept of it, and that nothing waits for it."""

import threading
from collections.abc import Sequence

import numpy as np
import pytest
from flask.testing import FlaskClient

from profilesearch.errors import EncoderError
from profilesearch.experiment import Arm, Entry, Experiment, Kind
from profilesearch.labels import Label
from profilesearch.store import Store
from tests.encoders import StandIn
from tests.profilesearch.search.small_version import Told
from tests.servers import wait_until
from tests.webapp.small_models import Second, Web, first, version_of

TEXTS = [f"text {number}" for number in range(40)]


def running(store: Store, kind: Kind = "share", share: float = 0.5) -> Experiment:
    a, b = version_of(store, Told), version_of(store, Second)
    experiment = Experiment("one", kind, share, Arm.of("told", a.version), Arm.of("second", b.version), 1.0)
    store.experiments.start(experiment)
    return experiment


def ready(web: FlaskClient) -> FlaskClient:
    """An application that has both models."""
    first(web, model="second")
    return web


def entries(store: Store, amount: int) -> list[Entry]:
    """The log, once it has so many entries."""
    found = wait_until(lambda: len(found := list(store.experiments.entries())) >= amount and found, what="the log")
    assert isinstance(found, list) and len(found) == amount
    return found


def side(text: str, experiment: Experiment) -> str:
    return "second" if experiment.shown(text) == "b" else "told"


def test_each_text_is_answered_by_its_side_wherever_it_is_asked(store: Store, several_models: Web) -> None:
    experiment = running(store)
    web = ready(several_models())
    for text in TEXTS:
        model = side(text, experiment)
        assert first(web, q=text) == (model, model)
        assert first(web, q=f" {text.upper()} ")[0] == model, "however it is written"
        assert web.post("/api/search", json={"q": text, "by": "meaning"}).get_json()["model"] == model
        page = web.get(f"/?q={text}&by=meaning").text.partition('class="results"')[2]
        assert page.index(f"whom {model} finds") < page.index(f"whom {'told' if model == 'second' else 'second'} finds")
        assert f"{model} has this one" in web.get(f"/profiles/told?q={text}").text
    assert {side(text, experiment) for text in TEXTS} == {"told", "second"}


def test_a_text_behind_a_digest_stays_on_its_side(store: Store, several_models: Web) -> None:
    experiment = running(store)
    web = ready(several_models())
    for number in range(12):
        text = f"{number} " + "a long text about somebody " * 12
        page = web.get("/", query_string={"q": text, "by": "meaning"}, follow_redirects=True)
        assert page.request.args["t"] and f"{side(text, experiment)} has this one" in page.text


def test_a_model_that_is_named_is_no_part_of_it_and_the_choice_stays_on_the_default(
    store: Store, several_models: Web
) -> None:
    experiment = running(store)
    web = ready(several_models())
    text = next(text for text in TEXTS if experiment.asks_b(text))
    assert first(web, q=text, model="told")[0] == "told"
    page = web.get(f"/?q={text}&by=meaning").text
    assert '<option value="" title="told" selected>' in page
    assert 'data-points="/api/map?model=second"' in web.get(f"/map?q={text}").text, "its own map"
    answer = web.get(f"/api/search?q={text}").get_json()
    assert "profiles:v2" in answer["redis_cli"]
    assert web.get("/api/clusters").get_json()["version"] == "v1" == web.get("/readyz").get_json()["version"]


def test_processes_see_it_begin_and_end_without_a_restart(store: Store, several_models: Web) -> None:
    a, b = version_of(store, Told), version_of(store, Second)
    webs = [ready(several_models()), ready(several_models())]
    assert {first(web)[0] for web in webs} == {"told"}
    experiment = Experiment("one", "share", 1.0, Arm.of("told", a.version), Arm.of("second", b.version), 1.0)
    store.experiments.start(experiment)
    assert {first(web)[0] for web in webs} == {"second"}
    store.experiments.end("one", "dropped")
    assert {first(web)[0] for web in webs} == {"told"}


def test_answers_are_logged_by_digest_without_their_text(store: Store, several_models: Web) -> None:
    experiment = running(store)
    web = ready(several_models())
    for text in TEXTS:
        first(web, q=text)
    web.get(f"/api/search?q={TEXTS[0]}&offset=1&k=1")
    web.get(f"/facets?q={TEXTS[0]}")
    found = entries(store, len(TEXTS))
    assert {entry.digest for entry in found} == {experiment.digest(text) for text in TEXTS}
    for text, entry in zip(TEXTS, found, strict=True):
        answer = entry.b if experiment.asks_b(text) else entry.a
        assert answer is not None and answer.ids[0] == side(text, experiment) and answer.milliseconds > 0
        assert (entry.a is None) != (entry.b is None)
    after = store.experiments.read()
    assert after is not None and sum(after.searches) == len(TEXTS) and after.searches[2] == 0


def test_judgements_carry_the_version_whose_answer_they_are_about(store: Store, several_models: Web) -> None:
    experiment = running(store)
    web = ready(several_models())
    of_a, of_b = (next(text for text in TEXTS if experiment.asks_b(text) == b) for b in (False, True))
    for text in (of_a, of_b):
        shown = "v2" if text == of_b else "v1"
        page = web.get(f"/?q={text}").text
        assert f'<input type="hidden" name="version" value="{shown}">' in page
        web.post(f"/keep?q={text}", data={"fits": "1 told", "version": shown})
        web.post(f"/keep?q={text}", data={"unfit": "2 second"})  # a form that does not say it
        web.post("/api/labels", json={"query": text, "id": "third", "grade": 1})
    web.post("/api/labels", json={"query": of_a, "id": "third", "grade": 0, "version": "v2"})
    wrong = web.post("/api/labels", json={"query": of_a, "id": "third", "grade": 0, "version": "x"})
    assert wrong.status_code == 400 and wrong.get_json()["error"]["field"] == "version"
    given = {(label.query, label.profile_id): label.version for label in store.labels.each("local")}
    assert given == {
        (of_a, "told"): "v1", (of_a, "second"): "v1", (of_a, "third"): "v2",
        (of_b, "told"): "v2", (of_b, "second"): "v2", (of_b, "third"): "v2",
    }  # fmt: skip
    key = web.post("/api/shortlists", json={"name": "x", "query": of_b}).get_json()["key"]
    web.post(f"/api/shortlists/{key}/people", json={"id": "first"})
    web.post(f"/api/shortlists/{key}/people", json={"id": "told"})
    web.post(f"/api/shortlists/{key}/people", json={"id": "second", "version": "v1"})
    stars = {label.profile_id: label.version for label in store.shortlists.get("local", key).labels("local")}
    assert stars == {"told": "v2", "second": "v1"}


def test_a_star_on_the_page_carries_its_version(store: Store, several_models: Web) -> None:
    experiment = running(store, share=1.0)
    web = ready(several_models())
    web.post("/keep?q=a nurse", data={"star": "1 told", "version": experiment.b.version})
    labels: list[Label] = store.kept.labels_and_stars("local")
    assert [(label.query, label.profile_id, label.version) for label in labels] == [("a nurse", "told", "v2")]


def test_while_b_cannot_answer_a_does_and_it_is_counted(store: Store, several_models: Web) -> None:
    running(store, share=1.0)
    loading = threading.Event()

    def load(name: str) -> StandIn:
        assert loading.wait(60)
        return Second()

    web = several_models(load)
    assert first(web) == ("told", "told")
    wait_until(lambda: (read := store.experiments.read()) and read.searches == (0, 0, 1), what="one that was missed")
    loading.set()
    wait_until(lambda: first(web)[0] == "second", what="b's answer")


@pytest.mark.parametrize("most", [1, 3])
def test_a_model_that_cannot_be_had_changes_no_answer(store: Store, several_models: Web, most: int) -> None:
    running(store, share=1.0)

    def load(name: str) -> StandIn:
        raise EncoderError(f"{name} is nowhere")

    web = several_models(load, most_models=most)
    for _ in range(5):
        assert first(web) == ("told", "told")


def test_a_shadow_is_asked_and_never_shown(store: Store, several_models: Web) -> None:
    experiment = running(store, "shadow", 1.0)
    web = ready(several_models())
    for text in TEXTS[:3]:
        assert first(web, q=text) == ("told", "told")
        entries(store, TEXTS.index(text) + 1)  # one after the other: it is left out where several wait
    for text, entry in zip(TEXTS, entries(store, 3), strict=False):
        assert entry.digest == experiment.digest(text) and entry.a is not None and entry.b is not None
        assert (entry.a.ids[0], entry.b.ids[0]) == ("told", "second")
    after = store.experiments.read()
    assert after is not None and after.searches == (0, 3, 0)


def test_no_answer_waits_for_a_shadow_and_what_is_too_much_is_left_out(store: Store, several_models: Web) -> None:
    running(store, "shadow", 1.0)
    going_on = threading.Event()

    class Slow(Second):
        def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
            assert going_on.wait(60)
            return super().encode_queries(texts)

    web = several_models(lambda name: Slow())
    wait_until(lambda: web.get("/api/clusters?model=second").status_code == 200, what="the second model")
    for text in TEXTS:
        assert first(web, q=text) == ("told", "told"), "though the shadow has no answer yet"
    going_on.set()
    kept = entries(store, 5)
    assert len(kept) == 5, "the one that was asked, and four that waited"
