"""One thread that encodes for all others, in batches of whatever waits.

A processor's matrix routines are slower from many threads than from one, and a batch of eight texts costs far less than
eight batches of one. So concurrent queries are put into a queue, from which a single thread takes all that has gathered
while it was at work. Nothing is waited for: a query that comes alone is encoded at once.
"""

import os
import queue
import threading
import weakref
from collections.abc import Sequence
from concurrent.futures import Future
from typing import NamedTuple

import numpy as np

from ..errors import EncoderError
from ..vectors import Vectors
from .encoder import Encoder, Progress

MOST_AT_ONCE = 32
"""Query texts in one batch, at the most: so that the first of them does not wait long for the last."""


class _Waiting(NamedTuple):
    texts: Sequence[str]
    answer: "Future[Vectors]"


class BatchingEncoder:
    """An encoder whose queries are encoded by one thread, those of several callers together.

    The thread begins with the first query, again after a fork, and ends with the encoder.

    Args:
        inner: the model.
        most: texts that are encoded at once, at the most.
    """

    def __init__(self, inner: Encoder, most: int = MOST_AT_ONCE) -> None:
        self.inner = inner
        self._most = most
        self._begin()
        itself = weakref.ref(self)

        def begin_again() -> None:
            if (encoder := itself()) is not None:
                encoder._begin()

        os.register_at_fork(after_in_child=begin_again)

    def _begin(self) -> None:
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = weakref.finalize(self, self._queue.put, None)
        self._closed.atexit = False

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def fingerprint(self) -> str:
        return self.inner.fingerprint

    @property
    def dimension(self) -> int:
        return self.inner.dimension

    @property
    def token_limit(self) -> int:
        return self.inner.token_limit

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.inner.encode_documents(texts, progress)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """``(n, dim)`` float32 rows of length 1, in the order of the texts; raises what the model raises for them."""
        if not texts:
            return self.inner.encode_queries(texts)
        waiting = _Waiting(tuple(texts), Future())
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=_encode_forever, args=(self.inner, self._queue, self._most), name="encode", daemon=True
                )
                self._thread.start()
        self._queue.put(waiting)
        return waiting.answer.result()


def _encode_forever(encoder: Encoder, waiting: "queue.SimpleQueue[_Waiting | None]", most: int) -> None:
    """Encode what comes until None does. It refers to no :class:`BatchingEncoder`, so that one can end."""
    kept: _Waiting | None = None
    while (first := kept or waiting.get()) is not None:
        batch, kept, ended = [first], None, False
        while kept is None and not ended and sum(len(each.texts) for each in batch) < most:
            try:
                following = waiting.get_nowait()
            except queue.Empty:
                break
            if following is None:
                ended = True
            elif sum(len(each.texts) for each in batch) + len(following.texts) > most:
                kept = following
            else:
                batch.append(following)
        _answer(encoder, batch)
        if ended:
            return


def _answer(encoder: Encoder, batch: Sequence[_Waiting]) -> None:
    """Encode a batch; where it fails, each of its callers' texts by themselves, so that one harms itself alone."""
    texts = [text for each in batch for text in each.texts]
    ends = np.cumsum([len(each.texts) for each in batch])[:-1]
    try:
        vectors = encoder.encode_queries(texts)
        if len(vectors) != len(texts):
            raise EncoderError(f"model {encoder.name!r}: expected {len(texts)} vectors, got {len(vectors)}")
        answers = np.split(vectors, ends)
    except BaseException as error:
        if len(batch) == 1:
            batch[0].answer.set_exception(error)
            return
        for each in batch:
            _answer(encoder, [each])
        return
    for each, rows in zip(batch, answers, strict=True):
        each.answer.set_result(rows)
