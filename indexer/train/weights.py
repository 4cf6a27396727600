"""Models of sentence-transformers as files: loaded to be trained or merged, on this machine's fastest device."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from profilesearch.embedding.model_files import bundled_folder
from profilesearch.errors import EncoderError, TrainingError, reason_of
from profilesearch.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def load_model(name: str) -> "SentenceTransformer":
    """Load a model in float32.

    Args:
        name: the bundled all-MiniLM-L6-v2, or a folder that sentence-transformers loads.

    Raises:
        EncoderError: it cannot be loaded.
        TrainingError: packages that training needs are missing.
    """
    try:
        import accelerate
        import datasets
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.model_card import SentenceTransformerModelCardData
        from transformers.utils import logging
    except ImportError as error:
        raise TrainingError(f"training needs {error.name}: pip install -r requirements-train.txt") from error
    assert accelerate and datasets
    path = bundled_folder() if name == DEFAULT_MODEL else Path(name)
    if not path.is_dir():
        raise EncoderError(f"cannot train the model {name!r}: expected {DEFAULT_MODEL}, or the folder of a model")
    logging.disable_progress_bar()
    about = SentenceTransformerModelCardData(generate_widget_examples=False, local_files_only=True)
    try:
        return SentenceTransformer(str(path), local_files_only=True, model_card_data=about).float()
    except Exception as error:
        reason = reason_of(error)
        raise EncoderError(f"cannot load the model {name!r}: {reason}") from error


def tensors_digest(model: "SentenceTransformer") -> str:
    """A digest of all tensors of a model, by their names: 16 hexadecimal digits of SHA-256."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def require_absent(out: Path) -> None:
    """Before anything is computed: a model is never written over another.

    Raises:
        TrainingError: the folder is there.
    """
    if out.exists():
        raise TrainingError(f"{out} is there already: name another folder, or remove it")
