"""Questions to a language model behind an OpenAI-compatible address, within a budget of calls and seconds.

The protocol is https://platform.openai.com/docs/api-reference/chat: OpenAI, Ollama, vLLM and others speak it. Calls are
repeated where the address is busy, and answers are remembered.
"""

import hashlib
import os
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cachetools import LRUCache

from ...errors import RerankFailed, SettingsError
from ...openai_address import OpenAIAddress

if TYPE_CHECKING:
    from openai import OpenAI

_REMEMBERED = 10_000
_LONGEST_ANSWER_TOKENS = 400
_RETRIES = 2


@dataclass(frozen=True)
class Budget:
    """What one reranking may take.

    Attributes:
        calls: questions to the language model, remembered answers not counted.
        seconds: for all of them together.
        at_once: questions that are on their way at the same time.
    """

    calls: int = 90
    seconds: float = 20.0
    at_once: int = 8


@dataclass
class Usage:
    """What the questions have taken since the process began: for the operator's bill."""

    calls: int = 0
    remembered: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0

    def since(self, before: "Usage") -> "Usage":
        """What was taken after a moment at which it was so much."""
        return Usage(
            self.calls - before.calls,
            self.remembered - before.remembered,
            self.prompt_tokens - before.prompt_tokens,
            self.answer_tokens - before.answer_tokens,
        )


class LanguageModel:
    """Asks a language model. Its one client is made with the first question, again in a forked process, and closed in the end.

    Args:
        model: what the address calls the model.
        address: where it is.
        budget: what one set of questions may take.
    """

    def __init__(self, model: str, address: OpenAIAddress, budget: Budget = Budget()) -> None:  # noqa: B008  frozen
        self.model = model
        self.budget = budget
        self.usage = Usage()
        self._address = address
        self._answers: LRUCache[bytes, str] = LRUCache(_REMEMBERED)
        self._lock = threading.Lock()
        self._client: OpenAI | None = None
        alive = weakref.ref(self)

        def forget_client() -> None:
            if (model := alive()) is not None:
                model._forget_client()

        os.register_at_fork(after_in_child=forget_client)  # for good, so it must not keep what it refers to

    def _forget_client(self) -> None:
        """After a fork: its connections are the parent's, and another thread may have held the lock."""
        self._lock = threading.Lock()
        self._client = None

    def session(self) -> "Session":
        """One reranking's questions; its budget begins now."""
        return Session(self)

    def recall(self, prompts: Mapping[bytes, str]) -> dict[bytes, str]:
        """Answers that are remembered."""
        with self._lock:
            answers = {key: self._answers[key] for key in prompts if key in self._answers}
            self.usage.remembered += len(answers)
        return answers

    def key_of(self, prompt: str) -> bytes:
        """What an answer is remembered under."""
        return hashlib.sha256(f"{self.model}\0{prompt}".encode(errors="replace")).digest()

    def too_slow(self) -> RerankFailed:
        """The error of whoever has used up the seconds of the budget."""
        return RerankFailed("slow", f"{self.model} did not answer within {self.budget.seconds:g} s")

    def client(self) -> "OpenAI":
        """The client of the address, which threads share.

        Raises:
            RerankFailed: the address is no URL.
        """
        with self._lock:
            if self._client is None:
                try:
                    self._client = self._address.client(_RETRIES)
                except SettingsError as error:
                    raise RerankFailed("away", str(error)) from error
                weakref.finalize(self, self._client.close)
            return self._client

    def call(self, client: "OpenAI", prompt: str, deadline: float) -> str:
        """The answer to one prompt, which is remembered.

        Raises:
            RerankFailed: why there is none.
        """
        import openai

        left = deadline - time.monotonic()
        if left <= 0:
            raise self.too_slow()
        try:
            reply = client.chat.completions.create(
                model=self.model,
                messages=[{"role": "user", "content": prompt}],
                temperature=0,
                max_tokens=_LONGEST_ANSWER_TOKENS,
                timeout=left,
            )
        except openai.APITimeoutError as error:
            raise self.too_slow() from error
        except openai.APIConnectionError as error:
            raise RerankFailed("away", f"{self.model} cannot be reached at {client.base_url}") from error
        except openai.APIStatusError as error:
            raise RerankFailed("refused", f"{self.model} answered {error.status_code}") from error
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            raise RerankFailed("senseless", f"{self.model} sent what is no answer ({type(error).__name__})") from error
        answer = self._text_of(reply)
        with self._lock:
            self._answers[self.key_of(prompt)] = answer
        return answer

    def _text_of(self, reply: object) -> str:
        choices = getattr(reply, "choices", None)
        content = getattr(getattr(choices[0], "message", None), "content", None) if choices else None
        if not isinstance(content, str) or not content.strip():
            raise RerankFailed("senseless", f"{self.model} sent an answer without a text")
        usage = getattr(reply, "usage", None)
        with self._lock:
            self.usage.calls += 1
            self.usage.prompt_tokens += getattr(usage, "prompt_tokens", 0) or 0
            self.usage.answer_tokens += getattr(usage, "completion_tokens", 0) or 0
        return content


class Session:
    """The questions of one reranking, which share a budget."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model
        self._client = model.client()
        self._calls = model.budget.calls
        self._deadline = time.monotonic() + model.budget.seconds

    def ask(self, prompts: Sequence[str]) -> list[str | None]:
        """The answers to prompts, asked in parallel; None for each that had no answer within the budget.

        Raises:
            RerankFailed: there was not a single answer, and why.
        """
        by_key = {self._model.key_of(prompt): prompt for prompt in prompts}
        answers = self._model.recall(by_key)
        unanswered = [(key, prompt) for key, prompt in by_key.items() if key not in answers]
        asked = unanswered[: self._calls]
        self._calls -= len(asked)
        failure = self._ask_all(asked, answers)
        if prompts and not answers:
            calls = self._model.budget.calls
            raise failure or RerankFailed("budget", f"{self._model.model} was asked {calls} times, all that is allowed")
        return [answers.get(self._model.key_of(prompt)) for prompt in prompts]

    def _ask_all(self, asked: Sequence[tuple[bytes, str]], answers: dict[bytes, str]) -> RerankFailed | None:
        """Add answers to those that are there; what went wrong first, if anything did."""
        if not asked:
            return None
        failure: RerankFailed | None = None
        pool = ThreadPoolExecutor(self._model.budget.at_once, thread_name_prefix="ask")
        try:
            calls = {pool.submit(self._model.call, self._client, prompt, self._deadline): key for key, prompt in asked}
            done, late = wait(calls, timeout=max(0.0, self._deadline - time.monotonic()))
            for call in done:
                try:
                    answers[calls[call]] = call.result()
                except RerankFailed as error:
                    failure = failure or error
            if late:
                failure = failure or self._model.too_slow()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        return failure
