"""An encoder that asks the cache first: a build that finds every vector there never loads the model."""

from collections.abc import Callable, Sequence

import numpy as np

from ..errors import CacheError
from ..vectors import Vectors
from .cache import EmbeddingCache, Kind, Known
from .encoder import Encoder, Progress

_AT_ONCE = 256


class CachedEncoder:
    """An encoder that computes only what no earlier one of the same fingerprint did.

    Args:
        name: the model's name.
        load: loads the model; called when something must be computed, or nothing is known of the model.
        cache: where vectors are kept.
        stamp: names the model's files, as :func:`model_stamp` does.

    Attributes:
        computed: documents that were embedded.
        reused: documents whose vectors were in the cache.
    """

    def __init__(self, name: str, load: Callable[[], Encoder], cache: EmbeddingCache, stamp: str | None) -> None:
        self.name = name
        self.computed = 0
        self.reused = 0
        self._load = load
        self._cache = cache
        self._stamp = stamp
        self._inner: Encoder | None = None
        self._known = cache.known(stamp)

    @property
    def inner(self) -> Encoder:
        """The model, loaded when first asked for."""
        if self._inner is None:
            self._inner = self._load()
            now = Known(self._inner.fingerprint, self._inner.dimension, self._inner.token_limit)
            self._cache.remember(self._stamp, now)
            if self._known is not None and self._known != now:
                raise CacheError(f"the model {self.name} changed while it was in use: begin again")
            self._known = now
        return self._inner

    @property
    def _model(self) -> Known:
        if self._known is None:
            self.inner  # noqa: B018  loading tells
        assert self._known is not None
        return self._known

    @property
    def fingerprint(self) -> str:
        return self._model.fingerprint

    @property
    def dimension(self) -> int:
        return self._model.dimension

    @property
    def token_limit(self) -> int:
        return self._model.token_limit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        found = self._cache.get(self._model, "document", texts)
        missing = [position for position in range(len(texts)) if position not in found]
        counted = dict(zip(missing, self.inner.count_tokens([texts[i] for i in missing]), strict=True)) if missing else {}  # fmt: skip
        return [found[i][0] if i in found else counted[i] for i in range(len(texts))]

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._encode("document", texts, progress)[0]

    def encode_and_count(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[Vectors, list[int]]:
        """What :meth:`encode_documents` and :meth:`count_tokens` give, looked up once."""
        return self._encode("document", texts, progress)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode("query", texts, None)[0]

    def _encode(self, kind: Kind, texts: Sequence[str], progress: Progress | None) -> tuple[Vectors, list[int]]:
        """``(n, dim)`` rows, and the tokens of each; what is computed is kept at once, 256 texts at a time."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        tokens = [0] * len(texts)
        found = self._cache.get(self._model, kind, texts)
        for position, (count, vector) in found.items():
            vectors[position], tokens[position] = vector, count
        self.reused += len(found) if kind == "document" else 0
        if progress is not None and found:
            progress(len(found))
        missing = sorted((i for i in range(len(texts)) if i not in found), key=lambda i: -len(texts[i]))
        for start in range(0, len(missing), _AT_ONCE):
            places = missing[start : start + _AT_ONCE]
            some = [texts[i] for i in places]
            if kind == "document":
                vectors[places] = self.inner.encode_documents(some, progress)
            else:
                vectors[places] = self.inner.encode_queries(some)
            counts = self.inner.count_tokens(some)
            self._cache.put(self._model, kind, some, counts, vectors[places])
            for place, count in zip(places, counts, strict=True):
                tokens[place] = count
            self.computed += len(places) if kind == "document" else 0
        return vectors, tokens
