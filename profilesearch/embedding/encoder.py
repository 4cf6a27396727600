"""What an embedding model must be able to do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from ..arrays import Integers
from ..passages import Place
from ..vectors import Vectors

Progress = Callable[[int], None]
"""Told how many further texts were embedded."""

AWAY = "away"
"""The code of an EncoderError that no text is to blame for: the model is somewhere else, and does not answer for now."""

NO_LIMIT = 1_000_000
"""The token limit of a model that reads the whole of any text, or does not say how much."""


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

    @classmethod
    def of(cls, tokens: Sequence[int], limit: int) -> "Lengths":
        """What token counts say, for a model that reads so many."""
        return cls(len(tokens), sum(count > limit for count in tokens), max(tokens, default=0), limit)


class Encoder(Protocol):
    """An embedding model. What else some can do is a protocol of its own: :class:`CountsTokens`.

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

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """``(n, dim)`` float32 rows of length 1, in the order of the texts."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """``(n, dim)`` float32 rows of length 1, in the order of the texts."""


@runtime_checkable
class CountsTokens(Protocol):
    """An encoder that knows how long texts are for it; a remote one may not."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special tokens included, however many are read."""


@runtime_checkable
class SplitsTexts(Protocol):
    """An encoder that can cut texts into parts that it reads to their ends."""

    def split(self, texts: Sequence[str]) -> tuple[list[list[Place]], list[int]]:
        """For each text where its windows stand, a single one where it is short enough, and its tokens.

        A window has as many tokens as the model reads, and shares a quarter of them with the one before.
        """


@runtime_checkable
class CountsWhileEncoding(Protocol):
    """An encoder that counts the tokens of documents anyway when it embeds them."""

    def encode_and_count(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[Vectors, list[int]]:
        """What :meth:`Encoder.encode_documents` gives, and the tokens of each text."""


@dataclass(frozen=True)
class Tokens:
    """Some texts, tokenised.

    Attributes:
        ids: the tokens that are read of each text, special ones included.
        counts: how many it has, however many are read.
    """

    ids: list[list[int]]
    counts: list[int]


@runtime_checkable
class PreparesTexts(Protocol):
    """An encoder whose texts can be tokenised by one thread while another one computes."""

    def prepare(self, texts: Sequence[str]) -> Tokens:
        """The tokens of documents."""

    def encode_prepared(self, tokens: Tokens, progress: Progress | None = None) -> Vectors:
        """``(n, dim)`` float32 rows of length 1, in the order of the texts that were prepared."""


class TokenVectors(NamedTuple):
    """A text, token by token: ``(t,)`` the tokens' numbers, and ``(t, dim)`` float32 rows of length 1."""

    ids: Integers
    vectors: Vectors


@runtime_checkable
class TokenEncoder(Protocol):
    """What a model can do besides that has a vector for each token, in its context."""

    @property
    def fingerprint(self) -> str:
        """See :class:`Encoder`."""

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The tokens that are read of each text, special ones left out, in the order of the texts."""


def token_encoder(encoder: Encoder) -> TokenEncoder | None:
    """The part of an encoder that has a vector for each token, whatever wraps it; None if its model has none."""
    while not isinstance(encoder, TokenEncoder):
        if (inner := getattr(encoder, "inner", None)) is None:
            return None
        encoder = inner
    return encoder
