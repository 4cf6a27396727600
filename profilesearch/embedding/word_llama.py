"""WordLlama: static vectors of 256 numbers, a mean over a text's tokens without regard to their order; very fast.

The package wordllama carries the vectors (https://github.com/dleemiller/WordLlama); nothing is downloaded.
"""

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..errors import EncoderError
from ..vectors import Vectors, unit_rows
from .encoder import NO_LIMIT, Progress

NAME = "wordllama"
_EMPTY = "."
"""Embedded instead of a text without tokens, which has no direction."""


class WordLlamaEncoder:
    """The model in the package.

    Raises:
        EncoderError: the package is not installed.
    """

    name = NAME
    token_limit = NO_LIMIT

    def __init__(self) -> None:
        try:
            import wordllama
        except ImportError as error:
            raise EncoderError(f"model {NAME!r} needs its package: pip install wordllama==0.4.0.post1") from error
        folder = Path(wordllama.__file__).parent
        self._model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
        self._lock = threading.Lock()
        probe = self.encode_queries(["what this model makes of a text"])[0]
        self.dimension = len(probe)
        self.fingerprint = hashlib.sha256(NAME.encode() + probe.tobytes()).hexdigest()[:16]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        with self._lock:
            encodings = self._model.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [sum(encoding.attention_mask) for encoding in encodings]

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = self.encode_queries(texts)
        if progress is not None:
            progress(len(texts))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        with self._lock:
            return unit_rows(self._model.embed([text if text.strip() else _EMPTY for text in texts]))
