"""Text to vectors."""

from .cache import EmbeddingCache
from .cached_encoder import CachedEncoder
from .encoder import Encoder, Lengths
from .sentence_transformer import load_encoder, model_stamp

__all__ = ["CachedEncoder", "EmbeddingCache", "Encoder", "Lengths", "load_encoder", "model_stamp"]
