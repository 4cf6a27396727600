"""Mixtures of two models as encoders, to be measured without being written."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from profilesearch.embedding import Encoder
from profilesearch.embedding.encoder import Progress
from profilesearch.vectors import Vectors, unit_rows

from .merging import merge_weights
from .weights import load_model


class _Mixture:
    """A model of sentence-transformers that is nowhere written; see :class:`.Encoder`."""

    def __init__(self, model: Any, name: str) -> None:
        self.name = name
        self.fingerprint = name
        self.dimension = int(model.get_embedding_dimension())
        self.token_limit = int(model.max_seq_length or 512)
        self._model = model

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._unit(self._model.encode_document(list(texts), show_progress_bar=False))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._unit(self._model.encode_query(list(texts), show_progress_bar=False))

    def _unit(self, vectors: Any) -> Vectors:
        return unit_rows(np.asarray(vectors, np.float32))


def mixtures(base: str, tuned: str) -> Callable[[float], Encoder]:
    """What loads the mixture of a share of the tuned model.

    Raises:
        EncoderError, TrainingError: see :func:`.load_model` and :func:`.merge_weights`, when a mixture is loaded.
    """
    return lambda alpha: _Mixture(merge_weights(load_model(base), load_model(tuned), alpha), f"mixture:{alpha:g}")
