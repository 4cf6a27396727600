"""A language model that is none: it knows who fits, and is wrong as often as it is told to be.

It shows what reranking gains with a model that judges so well, not what any model does. Whether it is wrong depends on the
question alone, so that every run is the same; both orders of a pair are two questions.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cmp_to_key
from typing import TYPE_CHECKING

from profilesearch.openai_address import OpenAIAddress
from profilesearch.search.rerankers.language_model import Budget, LanguageModel
from profilesearch.text.snippet import cut

if TYPE_CHECKING:
    from openai import OpenAI

_TEXTS = re.compile(r"^===== PROFILE \w+\n(.*?)(?=\n=====)", re.DOTALL | re.MULTILINE)
_QUERY = re.compile(r"^===== JOB\n(.*?)\n===== PROFILE", re.DOTALL | re.MULTILINE)
_LENGTHS = (800, 2000)
"""Characters that rerankers show of a text."""

_CHARACTERS_PER_TOKEN = 4


class Judge(LanguageModel):
    """Answers what rerankers ask.

    Args:
        wrong: the share of its comparisons of two people, of whom one fits better, that it gets wrong.
        grades: for each query's text the grades of profiles, by their whole texts; a profile without one has 0.
    """

    def __init__(self, wrong: float, grades: Mapping[str, Mapping[str, int]]) -> None:
        budget = Budget(calls=90, seconds=60, at_once=1)
        super().__init__(f"right in {1 - wrong:.0%}", OpenAIAddress("http://127.0.0.1:9/v1"), budget)
        self._wrong = wrong
        self._grades = {
            query: {cut(text, length): grade for text, grade in texts.items() for length in _LENGTHS}
            for query, texts in grades.items()
        }

    def call(self, client: "OpenAI", prompt: str, deadline: float) -> str:
        """A letter for a pair, places for a list."""
        asked = _QUERY.search(prompt)
        assert asked is not None, "a reranker asks with a job and profiles"
        texts = _TEXTS.findall(prompt)
        known = self._grades[asked[1]]
        grades = [known.get(text, 0) for text in texts]
        pair = "Answer with one letter" in prompt
        answer = self._letter(prompt, grades) if pair else self._order(prompt, grades)
        self.usage.calls += 1
        self.usage.prompt_tokens += len(prompt) // _CHARACTERS_PER_TOKEN
        self.usage.answer_tokens += 1 if pair else 2 * len(texts)
        return answer

    def _letter(self, prompt: str, grades: Sequence[int]) -> str:
        return "AB"[self._better(prompt, grades, 0, 1) > 0]

    def _order(self, prompt: str, grades: Sequence[int]) -> str:
        def better(one: int, other: int) -> int:
            return self._better(prompt, grades, one, other)

        order = sorted(range(len(grades)), key=cmp_to_key(better))
        return ", ".join(str(place + 1) for place in order)

    def _better(self, prompt: str, grades: Sequence[int], one: int, other: int) -> int:
        """Below 0 if one is said to fit better than the other; of equals the one that is shown first."""
        if grades[one] == grades[other]:
            return one - other
        right = -1 if grades[one] > grades[other] else 1
        return -right if _chance(f"{min(one, other)} {max(one, other)} {prompt}") < self._wrong else right


def _chance(text: str) -> float:
    """A number from 0 to 1 that every run draws alike."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big") / 2**48
