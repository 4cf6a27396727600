"""A network that ONNX Runtime runs on a processor, in float32 (https://onnxruntime.ai)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..arrays import Integers
from ..vectors import Vectors
from .network import SENTENCE, TOKENS, Network

PACKAGES = ("onnxruntime", "onnx")
_FILE = "model.onnx"
_ERRORS_ALONE = 3


def export(pipeline: Any, example: Mapping[str, Any], folder: Path) -> None:
    """Write what :func:`load` reads: a torch module with named inputs and two outputs, traced with an example."""
    import torch

    names = list(example)
    axes = {name: {0: "texts", 1: "length"} for name in [*names, TOKENS]}
    torch.onnx.export(
        pipeline,
        tuple(example.values()),
        str(folder / _FILE),
        input_names=names,
        output_names=[SENTENCE, TOKENS],
        dynamic_axes=axes | {SENTENCE: {0: "texts"}},
        dynamo=False,
    )


def load(folder: Path, threads: int, bfloat16: bool) -> Network:
    """The network in a folder, ready to run; it knows no bfloat16."""
    assert not bfloat16, "ONNX Runtime has no bfloat16 for processors"
    return _ONNXNetwork(folder, threads)


class _ONNXNetwork:
    def __init__(self, folder: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = _ERRORS_ALONE
        self._session = onnxruntime.InferenceSession(str(folder / _FILE), options, providers=["CPUExecutionProvider"])

    def sentences(self, features: Mapping[str, Integers]) -> Vectors:
        vectors: Vectors = self._session.run([SENTENCE], dict(features))[0]
        return vectors

    def tokens(self, features: Mapping[str, Integers]) -> Vectors:
        vectors: Vectors = self._session.run([TOKENS], dict(features))[0]
        return vectors
