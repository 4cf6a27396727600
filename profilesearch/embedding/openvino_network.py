"""A network that OpenVINO runs on a processor (https://docs.openvino.ai).

It multiplies in bfloat16 where it is told to, whatever precision the weights have on disk.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..arrays import Integers
from ..vectors import Vectors
from .network import SENTENCE, TOKENS, Network

PACKAGES = ("openvino",)
_FILE = "model.xml"


def export(pipeline: Any, example: Mapping[str, Any], folder: Path) -> None:
    """Write what :func:`load` reads: a torch module with named inputs and two outputs, traced with an example."""
    openvino = _openvino()
    model = openvino.convert_model(pipeline, example_input=dict(example))
    for output, name in zip(model.outputs, (SENTENCE, TOKENS), strict=True):
        output.get_tensor().set_names({name})
    openvino.save_model(model, folder / _FILE, compress_to_fp16=False)


def load(folder: Path, threads: int, bfloat16: bool) -> Network:
    """The network in a folder, ready to run."""
    return _OpenVINONetwork(folder, threads, bfloat16)


class _OpenVINONetwork:
    def __init__(self, folder: Path, threads: int, bfloat16: bool) -> None:
        self._openvino = _openvino()
        self._model = self._openvino.Core().read_model(folder / _FILE)
        self._options: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32",
            "INFERENCE_NUM_THREADS": threads,
        }
        self._sentences = self._compile(SENTENCE)
        self._tokens: Any = None

    def _compile(self, output: str) -> Any:
        """A request for one output alone, so that the other need not be copied."""
        part = self._openvino.Model([self._model.output(output)], self._model.get_parameters(), output)
        return self._openvino.Core().compile_model(part, "CPU", self._options).create_infer_request()

    def sentences(self, features: Mapping[str, Integers]) -> Vectors:
        vectors: Vectors = self._sentences.infer(dict(features), share_inputs=True)[0].copy()
        return vectors

    def tokens(self, features: Mapping[str, Integers]) -> Vectors:
        if self._tokens is None:
            self._tokens = self._compile(TOKENS)
        vectors: Vectors = self._tokens.infer(dict(features), share_inputs=True)[0].copy()
        return vectors


def _openvino() -> Any:
    """The package, without the part of it that reports to its maker that it was imported."""
    if "openvino" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # it then takes its own stub
    import openvino

    return openvino
