"""Text to vectors."""

from .ahead import ahead
from .batching_encoder import BatchingEncoder
from .cache import EmbeddingCache
from .cached_encoder import CachedEncoder
from .encoder import (
    AWAY,
    CountsTokens,
    CountsWhileEncoding,
    Encoder,
    Lengths,
    TokenEncoder,
    TokenVectors,
    token_encoder,
)
from .models import load_encoder, model_stamp
from .precision import compatible
from .reducing_encoder import ReducingEncoder
from .requirement import require_model
from .whole_texts import PassageEncoder, WholeTextEncoder, WholeTexts, document_encoder

__all__ = [
    "AWAY",
    "BatchingEncoder",
    "CachedEncoder",
    "CountsTokens",
    "CountsWhileEncoding",
    "EmbeddingCache",
    "Encoder",
    "Lengths",
    "PassageEncoder",
    "ReducingEncoder",
    "TokenEncoder",
    "TokenVectors",
    "WholeTextEncoder",
    "WholeTexts",
    "ahead",
    "compatible",
    "document_encoder",
    "load_encoder",
    "model_stamp",
    "require_model",
    "token_encoder",
]
