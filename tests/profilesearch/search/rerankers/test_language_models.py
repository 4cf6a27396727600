"""Pairwise and listwise reranking against a real address on loopback that behaves well, and badly in each way."""

import re
import socket

import numpy as np
import pytest

from profilesearch.errors import RerankFailed
from profilesearch.search.rerankers.language_model import Budget, LanguageModel
from profilesearch.search.rerankers.listwise import Listwise
from profilesearch.search.rerankers.pairwise import Pairwise, depth_within
from profilesearch.search.rerankers.reranker import Document
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
        reranker = Pairwise(LanguageModel("tiny", server.address))
        scores = reranker.scores("a job", people(3, 1, 7, 5))
        assert np.argsort(-scores).tolist() == [2, 3, 0, 1]
        assert scores.tolist() == pytest.approx([1 / 3, 0, 1, 2 / 3])
        assert len(server.prompts) == len(set(server.prompts)) == 12 == 4 * 3


def test_whoever_is_favoured_by_place_has_half_a_point() -> None:
    with openai_server(lambda prompt: "A") as server:
        assert Pairwise(LanguageModel("tiny", server.address)).scores("a job", people(1, 2, 3)).tolist() == [0.5] * 3


def test_answers_are_remembered() -> None:
    with openai_server(honest) as server:
        model = LanguageModel("tiny", server.address)
        first = Pairwise(model).scores("a job", people(3, 1, 2))
        again = Pairwise(model).scores("a job", people(3, 1, 2))
        assert first.tolist() == again.tolist()
        assert len(server.prompts) == 6
        assert (model.usage.calls, model.usage.remembered, model.usage.prompt_tokens) == (6, 6, 600)


@pytest.mark.parametrize(("calls", "depth"), [(0, 1), (1, 1), (2, 2), (89, 9), (90, 10), (91, 10)])
def test_a_budget_of_calls_bounds_how_many_are_compared(calls: int, depth: int) -> None:
    assert depth_within(calls) == depth
    assert Pairwise(LanguageModel("tiny", budget=Budget(calls))).depth == depth


def test_no_more_calls_than_the_budget_has() -> None:
    with openai_server(honest) as server:
        model = LanguageModel("tiny", server.address, Budget(calls=5))
        scores = Pairwise(model).scores("a job", people(1, 2, 3, 4))
        assert len(server.prompts) == 5
        assert ((scores >= 0) & (scores <= 1)).all()


def test_windows_let_the_best_rise_from_the_end() -> None:
    with openai_server(sorts) as server:
        strengths = [*range(1, 24), 99]
        scores = Listwise(LanguageModel("tiny", server.address)).scores("a job", people(*strengths))
        order = np.argsort(-scores).tolist()
        assert order[:5] == [23, 22, 21, 20, 19]
        assert sorted(order) == list(range(24))
        assert len(server.prompts) == 4


def test_who_is_left_out_of_an_answer_stays_behind() -> None:
    with openai_server(lambda prompt: "3, 2, 99, 3") as server:
        scores = Listwise(LanguageModel("tiny", server.address)).scores("a job", people(1, 2, 3))
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
        model = LanguageModel("tiny", server.address, Budget(calls=30, seconds=0.3 if code == "slow" else 30))
        with pytest.raises(RerankFailed) as failure:
            kind(model).scores("a job", people(1, 2))
        assert failure.value.code == code
        assert server.address not in str(failure.value) or code == "away"


@pytest.mark.parametrize("kind", [Pairwise, Listwise])
def test_an_address_where_nobody_listens(kind: type[Pairwise | Listwise]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(RerankFailed) as failure:
        kind(LanguageModel("tiny", f"http://127.0.0.1:{port}/v1")).scores("a job", people(1, 2))
    assert failure.value.code == "away"


def test_some_answers_are_better_than_none() -> None:
    with openai_server(lambda prompt: honest(prompt) if "strength 9" in prompt else Reply(status=400)) as server:
        scores = Pairwise(LanguageModel("tiny", server.address)).scores("a job", people(1, 9, 2))
        assert scores.tolist() == [0.25, 1, 0.25]


def test_the_key_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with openai_server(honest) as server:
        Pairwise(LanguageModel("tiny", server.address)).scores("a job", people(1, 2))
        assert server.keys == {"Bearer secret"}


def test_nobody_and_one_alone_are_not_asked_about() -> None:
    model = LanguageModel("tiny", "http://127.0.0.1:1/v1")
    for kind in (Pairwise, Listwise):
        assert kind(model).scores("a job", []).shape == (0,)
        assert kind(model).scores("a job", people(1)).shape == (1,)
