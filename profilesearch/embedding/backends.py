"""What runs a model of sentence-transformers: the fastest backend that is there, if the model's vectors hardly change by it."""

import json
import sys
from pathlib import Path

import numpy as np

from ..errors import EncoderError, reason_of
from ..runtime import Backend, Runtime
from ..settings import Precision
from .export import Export, Source, export_name, find_or_make, installed
from .network_encoder import NetworkEncoder
from .precision import CHECK_TEXTS, LEAST_COSINE, fingerprint_of, tries_bfloat16
from .refusals import Refusals
from .threads import threads_for, usable_cores
from .tokenizer import TextTokenizer
from .traced import KnownUnfit, NoExport, Unfit

_NVIDIA, _AMD = Path("/dev/nvidiactl"), Path("/dev/kfd")


def backend_for(path: Path | None, device: str, precision: Precision, runtime: Runtime) -> Backend:
    """Which backend to try: ``torch``, ``openvino`` or ``onnx``.

    Args:
        path: the folder of the model; None if it is not on this disk yet.
        device, precision: see :class:`.Settings`.
        runtime: what was chosen.

    Raises:
        EncoderError: the one that was named is not installed, or runs no such device or precision.
    """
    if runtime.backend == "auto":
        exports = runtime.exports is not None and path is not None and _is_transformer(path)
        return _fastest(device, precision) if exports else "torch"
    if runtime.backend != "torch":
        _check(runtime.backend, device, precision)
    return runtime.backend


def _fastest(device: str, precision: Precision) -> Backend:
    if device != "cpu" and (device != "auto" or _may_have_gpu()):
        return "torch"
    if installed("openvino"):
        return "openvino"
    # in bfloat16 torch is faster than ONNX Runtime, which has float32 alone
    return "onnx" if installed("onnx") and not tries_bfloat16(precision, "cpu") else "torch"


def _is_transformer(path: Path) -> bool:
    """Whether a model's first part is a transformer: what else there is, such as static vectors, has no use for exports."""
    try:
        modules = json.loads((path / "modules.json").read_text(encoding="utf-8"))
        return str(modules[0]["type"]).endswith(".Transformer")
    except FileNotFoundError:  # a model that is a transformer and nothing else
        return (path / "config.json").is_file()
    except (OSError, ValueError, LookupError, TypeError):
        return False


def _check(backend: str, device: str, precision: Precision) -> None:
    if not installed(backend):
        how = "requirements-onnx.txt" if backend == "onnx" else "requirements.txt"
        raise EncoderError(f"the backend {backend} is not installed: pip install -r {how}, or EMBEDDING_BACKEND=auto")
    if device not in ("auto", "cpu"):
        raise EncoderError(
            f"the backend {backend} runs on a processor, expected the device cpu or auto, got {device!r}"
        )
    if backend == "onnx" and precision == "bfloat16":
        raise EncoderError("the backend onnx computes in float32 alone: expected the precision float32 or auto")


def _may_have_gpu() -> bool:
    """Whether torch may find a faster device; asking it takes seconds."""
    return sys.platform == "darwin" or _NVIDIA.exists() or _AMD.exists()


def load_if_fit(name: str, source: Source, precision: Precision, runtime: Runtime) -> NetworkEncoder:
    """What :func:`load_exported` gives; where that is never of any use here, only the first process tries.

    Raises:
        NoExport: it cannot be run so, and why; KnownUnfit if that was known.
        EncoderError: see :func:`load_exported`.
    """
    if runtime.exports is None:
        raise NoExport("there is no folder for its export")
    refusals = Refusals(runtime.exports, export_name(source, runtime.backend), precision)
    if reason := refusals.reason():
        raise KnownUnfit(reason)
    try:
        return load_exported(name, source, precision, runtime)
    except Unfit as error:
        refusals.remember(str(error))
        raise


def load_exported(name: str, source: Source, precision: Precision, runtime: Runtime) -> NetworkEncoder:
    """A model that is run by the runtime's backend, which is not torch.

    Args:
        name: what people call it.
        source: where it is, and how it is used.
        precision: see :class:`.Settings`.
        runtime: a backend by its name, and where exports are.

    Raises:
        NoExport: it cannot be run so, and why; Unfit where that will not change.
        EncoderError: it cannot be loaded, or bfloat16 was demanded and changes its vectors.
    """
    if runtime.exports is None:
        raise NoExport("there is no folder for its export")
    backend = runtime.backend
    export = find_or_make(source, backend, runtime.exports)
    if backend == "openvino" and tries_bfloat16(precision, "cpu"):
        try:
            return _measured(name, export, runtime, bfloat16=True)
        except NoExport as error:
            if precision == "bfloat16":
                raise EncoderError(f"model {name!r} cannot be run in bfloat16: {error}; use float32") from error
    return _measured(name, export, runtime, bfloat16=False)


def _measured(name: str, export: Export, runtime: Runtime, *, bfloat16: bool) -> NetworkEncoder:
    """The encoder, if its vectors are close to what torch gave."""
    from tokenizers import Tokenizer

    character = export.character
    try:
        threads = runtime.threads or threads_for(usable_cores())
        network = export.network(runtime.backend, threads, bfloat16)
        tokenizer = TextTokenizer(Tokenizer.from_str(export.tokenizer), character.token_limit, character.pad)
        fingerprint = fingerprint_of(character.digest, bfloat16, runtime.backend)
        encoder = NetworkEncoder(name, fingerprint, character, tokenizer, network)
        texts = list(CHECK_TEXTS)
        vectors = [encoder.encode_documents(texts), encoder.encode_queries(texts)]
        alone = np.concatenate([encoder.encode_queries([text]) for text in texts])
        cosines = np.einsum(
            "ij,ij->i", np.concatenate([*vectors, alone]), np.concatenate([export.check, export.check[len(texts) :]])
        )
    except Exception as error:  # whatever a backend raises for an export that it cannot read or run
        reason, kind = reason_of(error), NoExport if isinstance(error, OSError | MemoryError) else Unfit
        raise kind(f"{runtime.backend} cannot run its export: {reason[:200]}") from error
    if not cosines.min() >= LEAST_COSINE:
        raise Unfit(
            f"its vectors by {runtime.backend} have a cosine of {cosines.min():.4f} to those of torch, "
            f"expected {LEAST_COSINE} or more"
        )
    return encoder
