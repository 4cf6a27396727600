"""Texts that are longer than a model reads, embedded to their ends: as the mean of overlapping windows.

A model reads the first few hundred tokens of a text. A longer one is cut into windows of as many tokens, each of which shares
a quarter with the one before, so that no sentence is torn in both; the mean of their vectors, scaled to length 1, stands for
the text. Windows and means are kept in the cache, so that what was embedded before needs no model.

The fingerprint says so: such vectors are compared with queries like any others of the model, but changes to a version must be
embedded in the way that the version was.
"""

from collections.abc import Sequence

import numpy as np

from ..errors import EncoderError
from ..vectors import Vectors, unit_rows
from .cached_encoder import CachedEncoder
from .encoder import Encoder, Progress, SplitsTexts
from .precision import WHOLE_TEXTS


class WholeTextEncoder:
    """An encoder whose documents count to their ends. Queries are embedded as ever.

    Args:
        encoder: what embeds the windows.
    """

    def __init__(self, encoder: CachedEncoder) -> None:
        self._encoder = encoder

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint + WHOLE_TEXTS

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    @property
    def token_limit(self) -> int:
        return self._encoder.token_limit

    @property
    def computed(self) -> int:
        """Windows that were embedded."""
        return self._encoder.computed

    @property
    def reused(self) -> int:
        """Texts and windows whose vectors were in the cache."""
        return self._encoder.reused

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_queries(texts)

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.encode_and_count(texts, progress)[0]

    def encode_and_count(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[Vectors, list[int]]:
        """``(n, dim)`` float32 rows of length 1, and the tokens of each whole text."""
        vectors, tokens = np.empty((len(texts), self.dimension), np.float32), [0] * len(texts)
        known = self._encoder.known_wholes(texts)
        for position, (count, vector) in known.items():
            vectors[position], tokens[position] = vector, count
        if progress is not None and known:
            progress(len(known))
        new = [position for position in range(len(texts)) if position not in known]
        if new:
            some = [texts[position] for position in new]
            vectors[new], counts = self._embed(some)
            for position, count in zip(new, counts, strict=True):
                tokens[position] = count
            if progress is not None:
                progress(len(new))
        return vectors, tokens

    def _embed(self, texts: Sequence[str]) -> tuple[Vectors, list[int]]:
        model = self._encoder.load()
        if not isinstance(model, SplitsTexts):
            raise EncoderError(f"model {self.name!r} does not say where its tokens stand: texts can only be cut")
        windows, counts = model.split(texts)
        owners = np.repeat(np.arange(len(texts)), [len(parts) for parts in windows])
        parts = self._encoder.encode_documents([part for parts in windows for part in parts])
        sums = np.zeros((len(texts), self.dimension), np.float32)
        np.add.at(sums, owners, parts)
        vectors = unit_rows(sums)
        long = [position for position, parts in enumerate(windows) if len(parts) > 1]
        self._encoder.keep_wholes([texts[i] for i in long], [counts[i] for i in long], vectors[long])
        return vectors, counts


def reads_whole_texts(fingerprint: str) -> bool:
    """Whether vectors of this fingerprint stand for whole texts."""
    return fingerprint.endswith(WHOLE_TEXTS)


def document_encoder(encoder: Encoder, fingerprint: str) -> Encoder:
    """What embeds changes to a version of this fingerprint: the encoder, or one that reads whole texts with it."""
    if not reads_whole_texts(fingerprint) or isinstance(encoder, WholeTextEncoder):
        return encoder
    if not isinstance(encoder, CachedEncoder):
        raise EncoderError(f"expected an encoder with a cache for the windows of long texts, got {encoder.name!r}")
    return WholeTextEncoder(encoder)
