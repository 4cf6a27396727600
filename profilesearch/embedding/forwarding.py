"""An encoder around another one, of which it says what is not its own."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from ..vectors import Vectors
from .encoder import Encoder

E = TypeVar("E", bound=Encoder)


class ForwardingEncoder(Generic[E]):
    """Forwards what it is, and queries, to the encoder within; what becomes of documents is its own.

    Args:
        encoder: the one within.
    """

    def __init__(self, encoder: E) -> None:
        self._encoder = encoder

    @property
    def inner(self) -> E:
        """The one within."""
        return self._encoder

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    @property
    def token_limit(self) -> int:
        return self._encoder.token_limit

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encoder.encode_queries(texts)
