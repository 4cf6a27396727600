"""A model of sentence-transformers as tokenizer and network, whatever runs that; a text is tokenised once.

Run from an export, neither torch nor transformers is imported for it.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Integers
from ..errors import EncoderError
from ..passages import Place
from ..vectors import Vectors, unit_rows
from .encoder import Progress, Tokens, TokenVectors
from .network import Network
from .text_batches import batches_of
from .tokenizer import TextTokenizer
from .windows import windows

TOKENS_PER_BATCH = 2048
"""A processor is fastest while what it works on fits its cache."""


@dataclass(frozen=True)
class Character:
    """What is known of a model besides its weights.

    Attributes:
        digest: of weights and settings, the same as torch's.
        dimension: numbers in a vector.
        token_limit: tokens that are read of a text.
        query_prompt, document_prompt: what is put before each text.
        pad: the token that fills up shorter texts.
        special: tokens that are no part of a text.
        inputs: what the network reads.
        tokens_per_batch: how many tokens are computed at once, at the most.
    """

    digest: str
    dimension: int
    token_limit: int
    query_prompt: str
    document_prompt: str
    pad: int
    special: tuple[int, ...]
    inputs: tuple[str, ...]
    tokens_per_batch: int = TOKENS_PER_BATCH


class NetworkEncoder:
    """The model.

    Args:
        name: the model's name, as people know it.
        fingerprint: see :class:`.Encoder`.
        character: what is known of it.
        tokenizer: its own.
        network: what computes it; one batch at a time, whichever thread asks.
    """

    def __init__(
        self, name: str, fingerprint: str, character: Character, tokenizer: TextTokenizer, network: Network
    ) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dimension = character.dimension
        self.token_limit = character.token_limit
        self._character = character
        self._tokenizer = tokenizer
        self._network = network
        self._lock = threading.Lock()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self.prepare(texts).counts

    def split(self, texts: Sequence[str]) -> tuple[list[list[Place]], list[int]]:
        tokens = self.count_tokens(texts)
        size = max(1, self.token_limit - self._tokenizer.count_special(self._character.document_prompt))
        parts = [
            windows(self._tokenizer.places(text), size) if count > self.token_limit else [Place(0, len(text))]
            for text, count in zip(texts, tokens, strict=True)
        ]
        return parts, tokens

    def prepare(self, texts: Sequence[str]) -> Tokens:
        prompt = self._character.document_prompt
        return self._tokenizer.tokenize([prompt + text for text in texts] if prompt else texts)

    def encode_prepared(self, tokens: Tokens, progress: Progress | None = None) -> Vectors:
        vectors = np.empty((len(tokens.ids), self.dimension), np.float32)
        for batch in batches_of([len(ids) for ids in tokens.ids], self._character.tokens_per_batch):
            vectors[batch] = self._run([tokens.ids[position] for position in batch])
            if progress is not None:
                progress(len(batch))
        return vectors

    def encode_and_count(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[Vectors, list[int]]:
        tokens = self.prepare(texts)
        return self.encode_prepared(tokens, progress), tokens.counts

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.encode_and_count(texts, progress)[0]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        prompt = self._character.query_prompt
        return self.encode_prepared(self._tokenizer.tokenize([prompt + text for text in texts]))

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """See :class:`.TokenEncoder`."""
        tokens = self.prepare(texts).ids
        empty = TokenVectors(np.empty(0, np.int64), np.empty((0, 0), np.float32))
        encoded = [empty] * len(texts)
        for batch in batches_of([len(ids) for ids in tokens], self._character.tokens_per_batch):
            features = self._features([tokens[position] for position in batch])
            with self._lock:
                rows = self._network.tokens(features)
            for position, vectors in zip(batch, rows, strict=True):
                encoded[position] = self._without_special(np.asarray(tokens[position]), vectors)
        return encoded

    def _without_special(self, ids: Integers, vectors: Vectors) -> TokenVectors:
        vectors = vectors[: len(ids)]
        lengths = np.linalg.norm(vectors, axis=1)
        kept = ~np.isin(ids, self._character.special) & np.isfinite(lengths) & (lengths > 0)
        return TokenVectors(ids[kept], np.asarray(vectors[kept] / lengths[kept, None], np.float32))

    def _features(self, ids: Sequence[Sequence[int]]) -> dict[str, Integers]:
        numbers, mask = self._tokenizer.arrays(ids)
        features = {"input_ids": numbers, "attention_mask": mask, "token_type_ids": np.zeros_like(numbers)}
        return {name: features[name] for name in self._character.inputs}

    def _run(self, ids: Sequence[Sequence[int]]) -> Vectors:
        features = self._features(ids)
        with self._lock:
            vectors = self._network.sentences(features)
        try:
            return unit_rows(vectors)
        except ValueError as error:
            raise EncoderError(f"model {self.name!r} gave a vector that cannot be used: {error}") from error
