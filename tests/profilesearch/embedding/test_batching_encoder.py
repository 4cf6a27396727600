"""Queries of several threads are encoded together, by one thread."""

import gc
import os
import threading
import time
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from profilesearch.embedding import BatchingEncoder, Encoder
from profilesearch.errors import EncoderError
from tests.encoders import StandIn


class Recording(StandIn):
    """An encoder that remembers its batches, and waits where it is told to."""

    name, fingerprint, dimension, token_limit = "recording", "f", 2, 256

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.threads: set[int] = set()
        self.begun, self.go_on = threading.Event(), threading.Event()

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        self.batches.append(list(texts))
        self.threads.add(threading.get_ident())
        self.begun.set()
        assert self.go_on.wait(60)
        if "bad" in texts:
            raise EncoderError("bad cannot be encoded")
        texts = [text for text in texts if text != "lost"]
        return np.array([[len(text), 1] for text in texts], np.float32).reshape(-1, 2)


def _all_waiting(encoder: BatchingEncoder, inner: Recording, texts: list[list[str]]) -> list[Any]:
    """Answers to texts that gather in the queue while a first one is at work."""
    with ThreadPoolExecutor(len(texts) + 1) as pool:
        first = pool.submit(encoder.encode_queries, ["first"])
        assert inner.begun.wait(60)
        answers = [pool.submit(encoder.encode_queries, each) for each in texts]
        deadline = time.monotonic() + 60
        while encoder._queue.qsize() < len(texts):
            assert time.monotonic() < deadline
        inner.go_on.set()
        first.result(60)
        return [answer.exception(60) or answer.result() for answer in answers]


def test_what_waits_is_encoded_together_by_one_thread() -> None:
    inner = Recording()
    encoder = BatchingEncoder(inner)
    answers = _all_waiting(encoder, inner, [["a"], ["bb", "ccc"], ["dddd"]])
    assert sorted(answer[:, 0].tolist() for answer in answers) == [[1], [2, 3], [4]]
    assert inner.batches[0] == ["first"]
    assert len(inner.batches) == 2 and sorted(inner.batches[1]) == ["a", "bb", "ccc", "dddd"]
    assert len(inner.threads) == 1 and threading.get_ident() not in inner.threads


def test_a_batch_is_bounded_and_nobody_is_forgotten() -> None:
    inner = Recording()
    answers = _all_waiting(BatchingEncoder(inner, most=3), inner, [["x" * size] for size in range(1, 11)])
    assert sorted(answer[0, 0] for answer in answers) == list(range(1, 11))
    assert max(map(len, inner.batches)) == 3


def test_a_text_that_cannot_be_encoded_harms_itself_alone() -> None:
    inner = Recording()
    good, bad, other = _all_waiting(BatchingEncoder(inner), inner, [["good"], ["bad"], ["other"]])
    assert good[0, 0] == 4 and other[0, 0] == 5
    assert isinstance(bad, EncoderError)


def test_a_text_without_a_vector_is_an_error_of_its_own() -> None:
    inner = Recording()
    good, lost = _all_waiting(BatchingEncoder(inner), inner, [["good"], ["lost"]])
    assert good[0, 0] == 4 and isinstance(lost, EncoderError)


def test_the_vectors_are_those_of_the_model(encoder: Encoder) -> None:
    texts = ["product marketing manager", "Registered nurse with night shifts", "数据工程师"]
    batching = BatchingEncoder(encoder)
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lambda text: batching.encode_queries([text])[0], texts * 8))
    alone = [encoder.encode_queries([text])[0] for text in texts] * 8
    assert min(float(a @ b) for a, b in zip(rows, alone, strict=True)) > 0.9995
    assert batching.fingerprint == encoder.fingerprint and batching.dimension == encoder.dimension


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_encodes_too() -> None:
    inner = Recording()
    inner.go_on.set()
    encoder = BatchingEncoder(inner)
    encoder.encode_queries(["before"])
    child = os.fork()
    if child == 0:
        os._exit(0 if encoder.encode_queries(["after"])[0, 0] == 5 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_its_thread_ends_with_it() -> None:
    inner = Recording()
    inner.go_on.set()
    encoder = BatchingEncoder(inner)
    encoder.encode_queries(["text"])
    thread, gone = encoder._thread, weakref.ref(encoder)
    assert thread is not None
    del encoder
    gc.collect()
    thread.join(60)
    assert gone() is None and not thread.is_alive()
