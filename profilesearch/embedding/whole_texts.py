"""Texts that are longer than a model reads, embedded to their ends: as the mean of overlapping windows, or window by window.

A model reads the first few hundred tokens of a text. A longer one is cut into windows of as many tokens, each of which shares
a quarter with the one before, so that no sentence is torn in both; the mean of their vectors, scaled to length 1, stands for
the text, each weighed by how much of the text it adds to those before. The first window is what the model reads of the text
anyway. Windows and means are kept in the cache, so that what was embedded before needs no model; only where windows stand is
asked of it again.

Every text goes to the model as it would if texts were cut, and only then the further windows of long ones: a short text has the
same vector, bit for bit, and costs the same.

The fingerprint says so: such vectors are compared with queries like any others of the model, but changes to a version must be
embedded in the way that the version was.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..errors import EncoderError
from ..passages import Place
from ..vectors import Vectors, unit_rows
from .cached_encoder import CachedEncoder
from .encoder import Encoder, Progress, SplitsTexts
from .forwarding import ForwardingEncoder
from .precision import PASSAGES, WHOLE_TEXTS
from .uncached_encoder import UncachedEncoder


class Windows(NamedTuple):
    """The windows of a long text: where each stands, and ``(w, dim)`` float32 rows of length 1."""

    places: Sequence[Place]
    vectors: Vectors


class WholeTexts(NamedTuple):
    """Texts that were embedded to their ends.

    Attributes:
        vectors: ``(n, dim)`` float32 rows of length 1, of the whole texts.
        tokens: of each whole text.
        windows: by position, those of the texts that are longer than the model reads.
    """

    vectors: Vectors
    tokens: list[int]
    windows: dict[int, Windows]


class WholeTextEncoder(ForwardingEncoder[CachedEncoder | UncachedEncoder]):
    """An encoder whose documents count to their ends. Queries are embedded as ever.

    Args:
        encoder: what embeds the windows.
    """

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint + WHOLE_TEXTS

    @property
    def computed(self) -> int:
        """Windows that were embedded."""
        return self._encoder.computed

    @property
    def reused(self) -> int:
        """Texts and windows whose vectors were in the cache."""
        return self._encoder.reused

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
            vectors[new], counts, _ = self._embed([texts[position] for position in new], progress)
            for position, count in zip(new, counts, strict=True):
                tokens[position] = count
        return vectors, tokens

    def _embed(self, texts: Sequence[str], progress: Progress | None) -> WholeTexts:
        vectors, counts = self._encoder.encode_and_count(texts, progress)
        long = [position for position, count in enumerate(counts) if count > self.token_limit]
        windows = self._windows([texts[i] for i in long], vectors[long])
        for position, some in zip(long, windows, strict=True):
            vectors[position] = _mean(some)
        self._encoder.keep_wholes([texts[i] for i in long], [counts[i] for i in long], vectors[long])
        return WholeTexts(vectors, counts, dict(zip(long, windows, strict=True)))

    def _windows(self, texts: Sequence[str], beginnings: Vectors) -> list[Windows]:
        """The windows of long texts, of which the first are embedded already as ``(n, dim)`` beginnings."""
        if not texts:
            return []
        model = self._encoder.load()
        if not isinstance(model, SplitsTexts):
            raise EncoderError(f"model {self.name!r} does not say where its tokens stand: texts can only be cut")
        parts, _ = model.split(texts)
        further = [place.of(text) for text, places in zip(texts, parts, strict=True) for place in places[1:]]
        ends = np.cumsum([len(places) - 1 for places in parts])[:-1]
        vectors = zip(parts, beginnings, np.split(self._encoder.encode_documents(further), ends), strict=True)
        return [Windows(places, np.vstack([first[None], others])) for places, first, others in vectors]


def _mean(windows: Windows) -> Vectors:
    """``(dim,)`` the mean of windows, weighed by the characters that none before has: a short last one counts little."""
    ends = [0, *(place.end for place in windows.places[:-1])]
    added = [place.end - max(place.start, end) for place, end in zip(windows.places, ends, strict=True)]
    return np.asarray(unit_rows((np.array(added, np.float32) @ windows.vectors)[None])[0])


class PassageEncoder(WholeTextEncoder):
    """An encoder whose documents count to their ends, and who gives the windows of long ones besides."""

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint + PASSAGES

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> WholeTexts:
        """What :meth:`encode_and_count` gives, and the windows of long texts."""
        return self._embed(texts, progress)


def document_encoder(encoder: Encoder, fingerprint: str) -> Encoder:
    """What embeds changes to a version of this fingerprint: the encoder, or one that reads whole texts with it."""
    ways = {WHOLE_TEXTS: WholeTextEncoder, PASSAGES: PassageEncoder}
    way = next((way for end, way in ways.items() if fingerprint.endswith(end)), None)
    if way is None or type(encoder) is way:
        return encoder
    return way(encoder if isinstance(encoder, CachedEncoder) else UncachedEncoder(encoder))
