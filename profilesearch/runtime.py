"""What runs an embedding model on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Backend = Literal["auto", "torch", "onnx", "openvino"]


@dataclass(frozen=True)
class Runtime:
    """How a model of sentence-transformers is run.

    Attributes:
        backend: torch, onnx (ONNX Runtime), openvino, or auto: the fastest that is installed and suits the processor.
        threads: how many threads one batch is computed by; 0 for as many as suit the cores; see :mod:`.embedding.threads`.
        exports: the folder for what onnx and openvino read, made on first use; without one, auto is torch.
    """

    backend: Backend = "auto"
    threads: int = 0
    exports: Path | None = None


PLAIN = Runtime()
"""What needs no folder: torch."""
