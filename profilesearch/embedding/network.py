"""A model from numbers of tokens to vectors, whatever computes it."""

from collections.abc import Mapping
from typing import Protocol

from ..arrays import Integers
from ..vectors import Vectors

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
"""What a network may read, in the order in which it is given; all ``(n, t)`` int64."""

SENTENCE, TOKENS = "sentence_embedding", "token_embeddings"
"""What it gives: one vector a text after pooling and normalisation, and one a token before them."""


class Network(Protocol):
    """One batch at a time; a caller keeps others out meanwhile."""

    def sentences(self, features: Mapping[str, Integers]) -> Vectors:
        """``(n, dim)`` float32, a row for each text."""

    def tokens(self, features: Mapping[str, Integers]) -> Vectors:
        """``(n, t, d)`` float32, a row for each token, whatever fills up shorter texts included."""
