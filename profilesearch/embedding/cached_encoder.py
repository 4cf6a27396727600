"""An encoder that asks the cache first: a build that finds every vector there never loads the model."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
from more_itertools import chunked

from ..errors import CacheError
from ..vectors import Vectors
from .ahead import ahead
from .cache import EmbeddingCache, Kind, Known
from .encoder import CountsTokens, CountsWhileEncoding, Encoder, PreparesTexts, Progress, Tokens

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

    def load(self) -> Encoder:
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
    def inner(self) -> Encoder:
        """The model, loaded when first asked for."""
        return self.load()

    @property
    def _model(self) -> Known:
        if self._known is None:
            self.load()
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
        """Tokens of each text, as they were counted when it was embedded; 0 if the model does not count them."""
        known = self._cache.get(self._model, "document", texts)
        missing = [position for position in range(len(texts)) if position not in known]
        counts = dict(zip(missing, _count(self.load(), [texts[i] for i in missing]), strict=True)) if missing else {}
        return [known[i][0] if i in known else counts[i] for i in range(len(texts))]

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._encode("document", texts, progress)[0]

    def encode_and_count(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[Vectors, list[int]]:
        """What :meth:`encode_documents` and :meth:`count_tokens` give, looked up once."""
        return self._encode("document", texts, progress)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode("query", texts, None)[0]

    def known_wholes(self, texts: Sequence[str]) -> dict[int, tuple[int, Vectors]]:
        """Positions of the texts whose vectors to their ends are known, with token counts and ``(dim,)`` vectors.

        These are the means of windows, and texts that the model reads to their ends.
        """
        short = self._cache.get(self._model, "document", texts)
        known = {position: found for position, found in short.items() if found[0] <= self.token_limit}
        known |= self._cache.get(self._model, "whole text", texts)
        self.reused += len(known)
        return known

    def keep_wholes(self, texts: Sequence[str], tokens: Sequence[int], vectors: Vectors) -> None:
        """Keep the means of the windows of long texts, ``(n, dim)``."""
        if texts:
            self._cache.put(self._model, "whole text", texts, tokens, vectors)

    def _encode(self, kind: Kind, texts: Sequence[str], progress: Progress | None) -> tuple[Vectors, list[int]]:
        """``(n, dim)`` rows, and the tokens of each document.

        Equal texts are embedded once. What is computed is kept at once, 256 texts at a time, the longest first.
        """
        vectors = np.empty((len(texts), self.dimension), np.float32)
        tokens = [0] * len(texts)
        known = self._cache.get(self._model, kind, texts)
        for position, (count, vector) in known.items():
            vectors[position], tokens[position] = vector, count
        self.reused += len(known) if kind == "document" else 0
        if progress is not None and known:
            progress(len(known))
        places: dict[str, list[int]] = {}
        for position in (i for i in range(len(texts)) if i not in known):
            places.setdefault(texts[position], []).append(position)
        for new, computed, counts in self._computed(kind, sorted(places, key=len, reverse=True), progress):
            for text, count, vector in zip(new, counts, computed, strict=True):
                vectors[places[text]] = vector
                for position in places[text]:
                    tokens[position] = count
            repeated = sum(len(places[text]) for text in new) - len(new)
            self.computed += len(new) if kind == "document" else 0
            self.reused += repeated if kind == "document" else 0
            if progress is not None and repeated:
                progress(repeated)
        return vectors, tokens

    def _computed(
        self, kind: Kind, texts: Sequence[str], progress: Progress | None
    ) -> Iterator[tuple[list[str], Vectors, list[int]]]:
        """Texts in parts, with ``(n, dim)`` rows and token counts; one part is tokenised while the one before is
        computed and that before it is kept.
        """
        if not texts:
            return
        model, kept = self.load(), None
        with ThreadPoolExecutor(1, thread_name_prefix="keep vectors") as keeper:
            with closing(ahead(_prepared(model, kind, chunked(texts, _AT_ONCE)))) as parts:
                for part, tokens in parts:
                    rows, counts = _compute(model, kind, part, tokens, progress)
                    if kept is not None:
                        kept.result()
                    kept = keeper.submit(self._cache.put, self._model, kind, part, counts, rows)
                    yield part, rows, counts
            if kept is not None:
                kept.result()


def _prepared(model: Encoder, kind: Kind, parts: Iterable[list[str]]) -> Iterator[tuple[list[str], Tokens | None]]:
    """Parts of the texts, with their tokens if the model is given these."""
    for part in parts:
        yield part, model.prepare(part) if kind == "document" and isinstance(model, PreparesTexts) else None


def _compute(
    model: Encoder, kind: Kind, texts: list[str], tokens: Tokens | None, progress: Progress | None
) -> tuple[Vectors, list[int]]:
    if kind == "query":
        return model.encode_queries(texts), [0] * len(texts)
    if tokens is not None and isinstance(model, PreparesTexts):
        return model.encode_prepared(tokens, progress), tokens.counts
    if isinstance(model, CountsWhileEncoding):
        return model.encode_and_count(texts, progress)
    return model.encode_documents(texts, progress), _count(model, texts)


def _count(model: Encoder, texts: list[str]) -> list[int]:
    return model.count_tokens(texts) if isinstance(model, CountsTokens) else [0] * len(texts)
