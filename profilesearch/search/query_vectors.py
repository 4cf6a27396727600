"""Vectors of query texts, the latest of which are remembered, and of what is compared with them."""

from collections.abc import Callable, Sequence
from functools import lru_cache

from ..embedding import Encoder, precomputed
from ..vectors import Vectors

_REMEMBERED = 4096


class QueryVectors:
    """Embeds query texts.

    Args:
        encoder: the model.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._remembered: Callable[[str], Vectors] = lru_cache(_REMEMBERED)(self._embed)

    def of(self, text: str) -> Vectors:
        """The ``(dim,)`` float32 vector of a text as the model gives it, of length 1; a text that was asked for lately costs nothing.

        Raises:
            EncoderError: the model gives no usable vector.
            NoQueryModel: profiles brought their vectors, and no model embeds the text.
        """
        return self._remembered(text)

    def known(self, *texts: str) -> str | None:
        """The first of some texts that is in the file of query vectors; None if none is, or there is no such file."""
        given = precomputed(self._encoder)
        return None if given is None else next((text for text in texts if given.known(text) is not None), None)

    def of_sentences(self, texts: Sequence[str]) -> Vectors:
        """``(n, dim)`` float32 vectors of parts of profiles, of length 1; none is remembered.

        Raises:
            EncoderError: the model gives no usable vectors.
            NoQueryModel: profiles brought their vectors, and no model embeds parts of them.
        """
        return self._encoder.encode_documents(texts)

    def _embed(self, text: str) -> Vectors:
        vector: Vectors = self._encoder.encode_queries([text])[0]
        return vector
