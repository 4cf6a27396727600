"""Text to vectors."""

from .encoder import Encoder, Lengths
from .sentence_transformer import load_encoder

__all__ = ["Encoder", "Lengths", "load_encoder"]
