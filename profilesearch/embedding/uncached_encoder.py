"""A model as a :class:`~.cached_encoder.CachedEncoder` without a cache: whatever is asked of it is computed."""

from collections.abc import Sequence

from ..vectors import Vectors
from .encoder import CountsTokens, CountsWhileEncoding, Encoder, Progress
from .forwarding import ForwardingEncoder


class UncachedEncoder(ForwardingEncoder[Encoder]):
    """What long texts need of an encoder, for one that remembers nothing.

    Args:
        encoder: the model.

    Attributes:
        computed: documents that were embedded.
        reused: none.
    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__(encoder)
        self.computed = 0
        self.reused = 0

    def load(self) -> Encoder:
        """The model."""
        return self._encoder

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.computed += len(texts)
        return self._encoder.encode_documents(texts, progress)

    def encode_and_count(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[Vectors, list[int]]:
        """``(n, dim)`` rows, and the tokens of each text; 0 if the model does not count them."""
        self.computed += len(texts)
        if isinstance(self._encoder, CountsWhileEncoding):
            return self._encoder.encode_and_count(texts, progress)
        counts = self._encoder.count_tokens(texts) if isinstance(self._encoder, CountsTokens) else [0] * len(texts)
        return self._encoder.encode_documents(texts, progress), counts

    def known_wholes(self, texts: Sequence[str]) -> dict[int, tuple[int, Vectors]]:
        """Nothing is known."""
        return {}

    def keep_wholes(self, texts: Sequence[str], tokens: Sequence[int], vectors: Vectors) -> None:
        """Nothing is kept."""
