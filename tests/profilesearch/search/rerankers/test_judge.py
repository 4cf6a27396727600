"""The simulated judge of bench.rerankers answers what rerankers ask."""

import numpy as np
import pytest

from bench.rerankers.judge import Judge
from profilesearch.search.rerankers import Document
from profilesearch.search.rerankers.listwise import Listwise
from profilesearch.search.rerankers.pairwise import Pairwise

QUERY = "a nurse for nights"
PEOPLE = [Document(str(number), f"person {number}", f"person {number} of many words " * 60) for number in range(10)]
GRADES = {QUERY: {PEOPLE[7].whole: 2, PEOPLE[3].whole: 1, PEOPLE[1].whole: 0}}


@pytest.mark.parametrize("reranker", [Pairwise, Listwise])
def test_one_that_is_never_wrong_puts_who_fits_first(reranker: type[Pairwise] | type[Listwise]) -> None:
    judge = Judge(0.0, GRADES)
    order = np.argsort(-reranker(judge).scores(QUERY, PEOPLE), kind="stable")
    assert [*order] == [7, 3, 0, 1, 2, 4, 5, 6, 8, 9]
    assert judge.usage.calls == (90 if reranker is Pairwise else 1) and judge.usage.prompt_tokens > 500


def test_one_that_is_always_wrong_puts_them_last() -> None:
    order = np.argsort(-Pairwise(Judge(1.0, GRADES)).scores(QUERY, PEOPLE), kind="stable")
    assert {*order[:8]} == {*range(10)} - {3, 7} and order[-1] == 7


def test_the_share_of_wrong_answers_is_as_told() -> None:
    judge, client, wrong = Judge(0.2, {"q": {"fits": 1}}), None, 0
    for number in range(1000):
        prompt = (
            f"===== JOB\nq\n===== PROFILE A\nfits\n===== PROFILE B\n{number}\n=====\nAnswer with one letter, A or B."
        )
        wrong += judge.call(client, prompt, 0.0) == "B"  # type: ignore[arg-type]
    assert 150 < wrong < 250
