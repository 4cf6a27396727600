"""Where weights lie that belong to this installation, beside its packages: they are removed with it.

``python -m indexer models add NAME`` puts them there; what loads a model looks there first.
"""

import sysconfig
from pathlib import Path

from ..settings import DEFAULT_MODEL

_PREFIX = "sentence-transformers/"


def weights_folder(name: str) -> Path:
    """The folder of a model's weights, whether it is there or not."""
    return Path(sysconfig.get_path("data")) / "share" / "profilesearch" / "models" / name


def installed_weights(name: str) -> Path | None:
    """The folder that this installation has of a model; None if it has none. Not the default model's, a package's own."""
    plain = name.removeprefix(_PREFIX)
    if plain == DEFAULT_MODEL or "/" in plain or "\\" in plain or plain in ("", ".", ".."):
        return None
    folder = weights_folder(plain)
    return folder if (folder / "modules.json").is_file() else None
