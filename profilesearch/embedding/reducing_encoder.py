"""A model whose vectors are reduced to fewer numbers, as an index has them."""

from collections.abc import Sequence

from ..projection import Projection
from ..vectors import Vectors
from .encoder import Encoder, Progress


class ReducingEncoder:
    """An encoder that reduces what another one gives.

    Args:
        encoder: the model.
        projection: to the numbers that stay.
    """

    def __init__(self, encoder: Encoder, projection: Projection) -> None:
        self._encoder = encoder
        self._projection = projection

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        return self._projection.dimension

    @property
    def token_limit(self) -> int:
        return self._encoder.token_limit

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._projection.of(self._encoder.encode_documents(texts, progress))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._projection.of(self._encoder.encode_queries(texts))
