"""What an embedding model must be able to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..vectors import Vectors

Progress = Callable[[int], None]
"""Told how many further texts were embedded."""


@dataclass(frozen=True)
class Lengths:
    """How long texts are for a model.

    Attributes:
        texts: number of texts.
        cut: number of texts longer than the model reads; their ends do not count.
        longest: tokens of the longest text.
        limit: tokens that the model reads, special tokens included.
    """

    texts: int
    cut: int
    longest: int
    limit: int


class Encoder(Protocol):
    """An embedding model.

    Queries and documents are apart because some models want a different prefix for each.
    """

    @property
    def name(self) -> str:
        """The model's name, as people know it."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same text could get another vector: a digest of weights and settings."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""

    @property
    def token_limit(self) -> int:
        """Tokens that are read of a text, special tokens included."""

    def measure(self, texts: Sequence[str]) -> Lengths:
        """Count tokens, and texts that will be cut."""

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """``(n, dim)`` float32 rows of length 1, in the order of the texts."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """``(n, dim)`` float32 rows of length 1, in the order of the texts."""
