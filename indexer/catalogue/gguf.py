"""A generative model in a GGUF file made into a folder that sentence-transformers loads.

The weights are unpacked once, to bfloat16, since the file's tokenizer takes a minute to convert each time it is loaded.
GGUF: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, read by transformers with the package gguf.
"""

from pathlib import Path

from profilesearch.embedding.model_files import offline
from profilesearch.errors import EncoderError, reason_of


def convert(file: Path, target: Path, tokens: int) -> None:
    """Unpack a GGUF file into a folder: a transformer, the mean of its tokens' vectors, scaled to length 1.

    Args:
        file: the GGUF file.
        target: the folder, which is made.
        tokens: that are read of a text.

    Raises:
        EncoderError: it cannot be read as such a model.
    """
    with offline():
        try:
            import torch
            from sentence_transformers import SentenceTransformer
            from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
            from transformers import GgufConfig
            from transformers.utils import logging

            logging.disable_progress_bar()
            named = {"gguf_file": file.name}
            unpacked = {**named, "dtype": torch.bfloat16, "quantization_config": GgufConfig(dequantize=True)}
            transformer = Transformer(
                str(file.parent),
                model_kwargs=unpacked,
                processor_kwargs=named,
                config_kwargs=named,
                max_seq_length=tokens,
            )
            modules = [transformer, Pooling(transformer.get_embedding_dimension(), "mean"), Normalize()]
            SentenceTransformer(modules=modules, device="cpu").save(str(target), create_model_card=False)
        except (ImportError, OSError, ValueError, RuntimeError) as error:
            reason = reason_of(error)
            raise EncoderError(f"cannot read {file.name} as a model: {reason}") from error
