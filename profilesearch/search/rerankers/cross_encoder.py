"""A cross-encoder reads query and text together: better than two vectors, and much slower (https://sbert.net)."""

from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from ...errors import RerankFailed, reason_of
from .reranker import Document, Scores

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder as _Model

DEPTH = 50
_BATCH = 16


class CrossEncoder:
    """Reranks with a model of sentence-transformers; it is loaded with the first question.

    Args:
        model: a name or a path that sentence-transformers takes.
        device: ``auto``, ``cpu``, ``cuda`` or ``mps``.
        depth: how many of the first are looked at.
    """

    def __init__(self, model: str, device: str = "auto", depth: int = DEPTH) -> None:
        self.name = f"cross-encoder:{model}"
        self.depth = depth
        self._path, self._device = model, None if device == "auto" else device
        self._lock = Lock()
        self._model: _Model | None = None

    def scores(self, query: str, documents: Sequence[Document]) -> Scores:
        """``(n,)`` what the model says of each pair, in its own unit."""
        if not documents:
            return np.zeros(0)
        with self._lock:
            model = self._model = self._model or self._load()
            try:
                rated = model.predict(
                    [(query, document.whole) for document in documents], batch_size=_BATCH, show_progress_bar=False
                )
            except (RuntimeError, ValueError, IndexError) as error:
                raise RerankFailed("senseless", f"{self.name} cannot rate these texts: {error}") from error
        scores = np.asarray(rated, np.float64)
        if scores.shape != (len(documents),) or not np.isfinite(scores).all():
            raise RerankFailed(
                "senseless",
                f"{self.name}: expected a finite score for each of {len(documents)} texts, got an array of shape "
                f"{scores.shape}: choose a model with one output",
            )
        return scores

    def _load(self) -> "_Model":
        from sentence_transformers import CrossEncoder as Model

        try:
            return Model(self._path, device=self._device)
        except Exception as error:
            reason = reason_of(error)
            raise RerankFailed("away", f"the cross-encoder {self._path!r} cannot be loaded: {reason}") from error
