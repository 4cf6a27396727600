"""A model of sentence-transformers as a network that torch runs, on any device and in any precision."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..arrays import Integers
from ..vectors import Vectors
from .network import SENTENCE, TOKENS

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TorchNetwork:
    """The network.

    Args:
        model: loaded, on its device.
    """

    def __init__(self, model: "SentenceTransformer") -> None:
        self._model = model

    def sentences(self, features: Mapping[str, Integers]) -> Vectors:
        return self._run(features, SENTENCE)

    def tokens(self, features: Mapping[str, Integers]) -> Vectors:
        return self._run(features, TOKENS)

    def _run(self, features: Mapping[str, Integers], output: str) -> Vectors:
        import torch

        device = self._model.device
        with torch.inference_mode():
            given = {name: torch.from_numpy(values).to(device) for name, values in features.items()}
            vectors: Vectors = self._model(given)[output].float().cpu().numpy()
        return vectors
