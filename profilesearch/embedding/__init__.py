"""Text to vectors."""

from .cache import EmbeddingCache
from .cached_encoder import CachedEncoder
from .encoder import Encoder, Lengths
from .precision import compatible
from .sentence_transformer import load_encoder, model_stamp

__all__ = ["CachedEncoder", "EmbeddingCache", "Encoder", "Lengths", "compatible", "load_encoder", "model_stamp"]
