"""Text to vectors."""

from .batching_encoder import BatchingEncoder
from .cache import EmbeddingCache
from .cached_encoder import CachedEncoder
from .encoder import Encoder, Lengths, TokenEncoder, TokenVectors, token_encoder
from .precision import compatible
from .sentence_transformer import load_encoder, model_stamp

__all__ = [
    "BatchingEncoder",
    "CachedEncoder",
    "EmbeddingCache",
    "Encoder",
    "Lengths",
    "TokenEncoder",
    "TokenVectors",
    "compatible",
    "load_encoder",
    "model_stamp",
    "token_encoder",
]
