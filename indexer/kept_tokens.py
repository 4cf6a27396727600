"""Token vectors that are kept with profiles, so that a closer look need not compute them."""

from collections.abc import Sequence

from more_itertools import chunked

from profilesearch.embedding import Encoder, token_encoder
from profilesearch.embedding.pooled_tokens import pooled_tokens
from profilesearch.errors import EncoderError
from profilesearch.row import Row

_AT_ONCE = 64
"""Texts whose token vectors are computed together: 25 MB."""


def kept_tokens(rows: Sequence[Row], encoder: Encoder, most: int) -> list[bytes]:
    """What is kept of each row's text; nothing if ``most`` is 0.

    Raises:
        EncoderError: the model has no vectors for tokens.
    """
    if not most:
        return [b""] * len(rows)
    tokens = token_encoder(encoder)
    if tokens is None:
        raise EncoderError(f"{encoder.name} has no vectors for tokens: build without --token-vectors")
    texts = chunked((row.whole_text for row in rows), _AT_ONCE)
    return [kept for some in texts for kept in pooled_tokens(tokens, some, most)]
