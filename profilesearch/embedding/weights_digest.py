"""What tells models of sentence-transformers apart: a digest of weights and settings."""

import hashlib
from typing import TYPE_CHECKING

from .encoder import NO_LIMIT

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def weights_digest(model: "SentenceTransformer", pooling: str | None) -> str:
    """16 hexadecimal digits, the same wherever the model lies.

    Args:
        model: in float32.
        pooling: the way of pooling where it is not the model's own.
    """
    digest = hashlib.sha256()
    limit = int(min(model.max_seq_length or 512, NO_LIMIT))
    digest.update(repr((int(model.get_embedding_dimension() or 0), limit, sorted(model.prompts.items()))).encode())
    digest.update(repr([type(module).__name__ for module in model]).encode())
    digest.update((pooling or "").encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
