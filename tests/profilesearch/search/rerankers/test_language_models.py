"""Pairwise and listwise reranking against a real address on loopback that behaves well, and badly in each way."""

import os
import re
import socket

import numpy as np
import pytest

from profilesearch.embedding import load_encoder
from profilesearch.errors import RerankFailed
from profilesearch.openai_address import OpenAIAddress
from profilesearch.search.rerankers.catalogue import Means, make_rerankers
from profilesearch.search.rerankers.language_model import Budget, LanguageModel
from profilesearch.search.rerankers.listwise import Listwise
from profilesearch.search.rerankers.pairwise import Pairwise, depth_within
from profilesearch.search.rerankers.reranker import Document
from profilesearch.settings import Settings
from tests.openai_server import Reply, openai_server

STRENGTH = re.compile(r"strength (\d+)")


def people(*strengths: int) -> list[Document]:
    return [Document(f"p{n}", f"Person {n}", f"Person {n}\nstrength {each}") for n, each in enumerate(strengths)]


def honest(prompt: str) -> str:
    """Whoever is stronger fits better."""
    one, other = map(int, STRENGTH.findall(prompt))
    return "A" if one > other else "The answer is B."


def sorts(prompt: str) -> str:
    strengths = list(map(int, STRENGTH.findall(prompt)))
    return ", ".join(str(place + 1) for place in sorted(range(len(strengths)), key=lambda place: -strengths[place]))


def test_pairs_are_asked_in_both_orders_and_the_best_wins() -> None:
    with openai_server(honest) as server:
        reranker = Pairwise(LanguageModel("tiny", server.openai))
        scores = reranker.scores("a job", people(3, 1, 7, 5))
        assert np.argsort(-scores).tolist() == [2, 3, 0, 1]
        assert scores.tolist() == pytest.approx([1 / 3, 0, 1, 2 / 3])
        assert len(server.prompts) == len(set(server.prompts)) == 12 == 4 * 3


def test_whoever_is_favoured_by_place_has_half_a_point() -> None:
    with openai_server(lambda prompt: "A") as server:
        assert Pairwise(LanguageModel("tiny", server.openai)).scores("a job", people(1, 2, 3)).tolist() == [0.5] * 3


def test_answers_are_remembered() -> None:
    with openai_server(honest) as server:
        model = LanguageModel("tiny", server.openai)
        first = Pairwise(model).scores("a job", people(3, 1, 2))
        again = Pairwise(model).scores("a job", people(3, 1, 2))
        assert first.tolist() == again.tolist()
        assert len(server.prompts) == 6
        assert (model.usage.calls, model.usage.remembered, model.usage.prompt_tokens) == (6, 6, 600)


@pytest.mark.parametrize(("calls", "depth"), [(0, 1), (1, 1), (2, 2), (89, 9), (90, 10), (91, 10)])
def test_a_budget_of_calls_bounds_how_many_are_compared(calls: int, depth: int) -> None:
    assert depth_within(calls) == depth
    assert Pairwise(LanguageModel("tiny", OpenAIAddress(), Budget(calls))).depth == depth


def test_no_more_calls_than_the_budget_has() -> None:
    with openai_server(honest) as server:
        model = LanguageModel("tiny", server.openai, Budget(calls=5))
        scores = Pairwise(model).scores("a job", people(1, 2, 3, 4))
        assert len(server.prompts) == 5
        assert ((scores >= 0) & (scores <= 1)).all()


def test_windows_let_the_best_rise_from_the_end() -> None:
    with openai_server(sorts) as server:
        strengths = [*range(1, 24), 99]
        scores = Listwise(LanguageModel("tiny", server.openai)).scores("a job", people(*strengths))
        order = np.argsort(-scores).tolist()
        assert order[:5] == [23, 22, 21, 20, 19]
        assert sorted(order) == list(range(24))
        assert len(server.prompts) == 4


def test_who_is_left_out_of_an_answer_stays_behind() -> None:
    with openai_server(lambda prompt: "3, 2, 99, 3") as server:
        scores = Listwise(LanguageModel("tiny", server.openai)).scores("a job", people(1, 2, 3))
        assert np.argsort(-scores).tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(status=401), "refused"),
        (Reply(status=500), "refused"),
        (Reply(status=429), "refused"),
        (Reply(body=b"not JSON"), "senseless"),
        (Reply(body=b'{"choices": []}'), "senseless"),
        (Reply(body=b'{"choices": [{"index": 0, "message": {"role": "assistant", "content": null}}]}'), "senseless"),
        (Reply(body=b"[]"), "senseless"),
        (Reply(cut_off=True), "away"),
        (Reply(wait=60), "slow"),
    ],
)
@pytest.mark.parametrize("kind", [Pairwise, Listwise])
def test_an_address_that_misbehaves_says_how(kind: type[Pairwise | Listwise], reply: Reply, code: str) -> None:
    with openai_server(lambda prompt: reply) as server:
        model = LanguageModel("tiny", server.openai, Budget(calls=30, seconds=0.3 if code == "slow" else 30))
        with pytest.raises(RerankFailed) as failure:
            kind(model).scores("a job", people(1, 2))
        assert failure.value.code == code
        assert server.address not in str(failure.value) or code == "away"


@pytest.mark.parametrize("kind", [Pairwise, Listwise])
def test_an_address_where_nobody_listens(kind: type[Pairwise | Listwise]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(RerankFailed) as failure:
        kind(LanguageModel("tiny", OpenAIAddress(f"http://127.0.0.1:{port}/v1"))).scores("a job", people(1, 2))
    assert failure.value.code == "away"


def test_some_answers_are_better_than_none() -> None:
    with openai_server(lambda prompt: honest(prompt) if "strength 9" in prompt else Reply(status=400)) as server:
        scores = Pairwise(LanguageModel("tiny", server.openai)).scores("a job", people(1, 9, 2))
        assert scores.tolist() == [0.25, 1, 0.25]


def test_the_key_and_the_address_are_the_environments() -> None:
    with openai_server(honest, lambda texts: [[1.0, 0.0] for _ in texts]) as server:
        settings = Settings.from_env({"OPENAI_BASE_URL": server.address, "OPENAI_API_KEY": "secret"})
        encoder = load_encoder("openai:tiny", address=settings.openai)
        [reranker] = make_rerankers(["pairwise:tiny"], Means(encoder, address=settings.openai))
        reranker.scores("a job", people(1, 2))
        assert server.keys == {"Bearer secret"}
        assert "secret" not in repr(settings) and "secret" not in repr(settings.openai)


@pytest.mark.parametrize("url", ["http://user:secret@127.0.0.1:{}/v1", "http://127.0.0.1:{}secret/v1"])
def test_no_message_shows_the_password_of_an_address(url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(RerankFailed) as failure:
        Pairwise(LanguageModel("tiny", OpenAIAddress(url.format(port)))).scores("a job", people(1, 2))
    assert failure.value.code == "away"
    assert "secret" not in str(failure.value) and "user:" not in str(failure.value)


def test_one_client_serves_all_questions() -> None:
    with openai_server(honest) as server:
        model = LanguageModel("tiny", server.openai, Budget(at_once=1))
        for strength in range(3):
            Pairwise(model).scores("a job", people(strength, 9))
        assert len(server.prompts) == 6 and len(server.clients) == 1


def test_a_forked_process_has_a_client_of_its_own() -> None:
    with openai_server(honest) as server:
        model = LanguageModel("tiny", server.openai, Budget(at_once=1))
        Pairwise(model).scores("a job", people(1, 2))
        before = model.client()
        model._lock.acquire()  # as another thread of the parent may have it
        child = os.fork()
        if child == 0:
            os._exit(0 if model.client() is not before else 1)
        model._lock.release()
        assert os.waitpid(child, 0)[1] == 0
        assert model.client() is before


def test_nobody_and_one_alone_are_not_asked_about() -> None:
    model = LanguageModel("tiny", OpenAIAddress("http://127.0.0.1:1/v1"))
    for kind in (Pairwise, Listwise):
        assert kind(model).scores("a job", []).shape == (0,)
        assert kind(model).scores("a job", people(1)).shape == (1,)
