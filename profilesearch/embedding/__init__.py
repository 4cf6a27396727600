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
from .precomputed import PrecomputedEncoder, PrecomputedSpec, column_of, embeds_texts, precomputed
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
    "PrecomputedEncoder",
    "PrecomputedSpec",
    "ReducingEncoder",
    "TokenEncoder",
    "TokenVectors",
    "WholeTextEncoder",
    "WholeTexts",
    "ahead",
    "column_of",
    "compatible",
    "document_encoder",
    "embeds_texts",
    "load_encoder",
    "model_stamp",
    "precomputed",
    "require_model",
    "token_encoder",
]
