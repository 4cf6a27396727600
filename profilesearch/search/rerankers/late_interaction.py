"""Late interaction: each word of the query finds its nearest word in the text, and rare words count more.

The sum of maximal similarities is ColBERT's (Khattab and Zaharia 2020, https://doi.org/10.1145/3397271.3401075), here with
the token vectors of the embedding model itself, which was not trained for it, so that no second model is needed. A token
counts by how few of the texts at hand have it.
"""

import hashlib
from collections.abc import Sequence
from threading import Lock

import numpy as np
from cachetools import LRUCache

from ...embedding import TokenEncoder, TokenVectors
from ...embedding.pooled_tokens import STEPS, stepped
from .reranker import Document, Scores

DEPTH = 50
_CACHE_BYTES = 192_000_000
"""Of token vectors that are remembered, at a byte a number: a text of 256 tokens of 384 numbers takes 98 kB."""


class LateInteraction:
    """Reranks by token vectors: those that profiles keep, else computed ones; these are remembered for a while.

    Args:
        encoder: gives the token vectors.
        depth: how many of the first are looked at.
        cache_bytes: memory for remembered token vectors.
    """

    name = "late"
    reads_tokens = True

    def __init__(self, encoder: TokenEncoder, depth: int = DEPTH, cache_bytes: int = _CACHE_BYTES) -> None:
        self.depth = depth
        self._encoder = encoder
        self._lock = Lock()
        self._remembered: LRUCache[bytes, TokenVectors] = LRUCache(cache_bytes, getsizeof=_bytes_of)

    def scores(self, query: str, documents: Sequence[Document]) -> Scores:
        """``(n,)`` the mean over the query's tokens, by rarity, of the best cosine among a text's tokens, in [-1, 1]."""
        asked = self._encoder.encode_tokens([query])[0]
        computed = iter(self._tokens([document.whole for document in documents if document.tokens is None]))
        texts = [next(computed) if document.tokens is None else document.tokens for document in documents]
        if not len(asked.ids) or not texts:
            return np.zeros(len(documents))
        weights = _rarity(asked, texts)
        best = np.array([_best(asked, text) for text in texts])
        return np.asarray(best @ weights / weights.sum(), np.float64)

    def _tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        keys = [hashlib.blake2b(text.encode(errors="replace"), digest_size=16).digest() for text in texts]
        with self._lock:
            tokens = {key: self._remembered[key] for key in keys if key in self._remembered}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in tokens}
        computed = self._encoder.encode_tokens(list(missing.values())) if missing else []
        for key, each in zip(missing, computed, strict=True):
            tokens[key] = TokenVectors(each.ids, stepped(each.vectors))  # type: ignore[arg-type]
            if _bytes_of(tokens[key]) <= self._remembered.maxsize:
                with self._lock:
                    self._remembered[key] = tokens[key]
        return [tokens[key] for key in keys]


def _best(query: TokenVectors, text: TokenVectors) -> Scores:
    """``(t,)`` for each token of the query, the cosine of its nearest token in a text; 0 if that has none."""
    if not len(text.ids):
        return np.zeros(len(query.ids))
    similar = query.vectors @ text.vectors.astype(np.float32).T
    return np.asarray(similar.max(axis=1) / STEPS, np.float64)


def _rarity(query: TokenVectors, texts: Sequence[TokenVectors]) -> Scores:
    """``(t,)`` weights of the query's tokens: the fewer of the texts have one, the more it counts; above 0."""
    present = np.array([np.isin(query.ids, text.ids) for text in texts]).sum(axis=0)
    return np.asarray(np.log1p((len(texts) - present + 0.5) / (present + 0.5)) + 0.05, np.float64)


def _bytes_of(tokens: TokenVectors) -> int:
    return int(tokens.ids.nbytes + tokens.vectors.nbytes)
