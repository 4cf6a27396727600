"""A model of sentence-transformers exported for a backend, in a folder that other processes find.

::

    models/
      openvino-0123…/        named by a digest of the model's files and the versions of the libraries
        about.json           what is known of the model, and a checksum of each other file
        tokenizer.json
        check.npy            (n, dim) float32: what torch made of the check texts, as documents and then as queries
        model.xml, model.bin what the backend reads

A folder is complete once it has its name. One process makes it, others wait for it; a damaged one is made again.
"""

import dataclasses
import hashlib
import importlib.metadata
import importlib.util
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock, Timeout

from .. import private
from ..errors import reason_of
from ..vectors import Vectors
from . import onnx_network, openvino_network
from .network import Network
from .network_encoder import Character
from .spec import ModelSpec
from .traced import NoExport, Unfit, trace

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

NETWORKS = {"openvino": openvino_network, "onnx": onnx_network}
"""The module of each backend that reads exports."""

_FORMAT = 1
_WAIT_SECONDS = 600
_ABOUT, _TOKENIZER, _CHECK = "about.json", "tokenizer.json", "check.npy"


@dataclass(frozen=True)
class Source:
    """A model to export.

    Attributes:
        path: its folder.
        spec: how it is used.
        load: loads it so in torch, in float32, on the processor.
    """

    path: Path
    spec: ModelSpec
    load: Callable[[], "SentenceTransformer"]


@dataclass(frozen=True)
class Export:
    """An export that was found complete.

    Attributes:
        folder: where it is.
        character: what is known of the model.
        tokenizer: the text of the tokenizer's file.
        check: ``(n, dim)`` float32 vectors of the check texts in torch, as documents and then as queries.
    """

    folder: Path
    character: Character
    tokenizer: str
    check: Vectors

    def network(self, backend: str, threads: int, bfloat16: bool) -> Network:
        """What computes it."""
        network: Network = NETWORKS[backend].load(self.folder, threads, bfloat16)
        return network


def installed(backend: str) -> bool:
    """Whether a backend's packages are there."""
    return all(importlib.util.find_spec(package) is not None for package in NETWORKS[backend].PACKAGES)


def versions(backend: str) -> list[str]:
    """The versions of the libraries that decide what a backend's export is like."""
    packages = (*NETWORKS[backend].PACKAGES, "torch", "transformers", "sentence-transformers", "tokenizers")
    return [importlib.metadata.version(package) for package in packages]


def find_or_make(source: Source, backend: str, folder: Path) -> Export:
    """The export of a model, made if there is none that is whole.

    Args:
        source: the model.
        backend: which kind of export.
        folder: where exports are.

    Raises:
        NoExport: there is none, and none can be made; Unfit where that will not change.
        EncoderError: the model cannot be loaded.
    """
    name = export_name(source, backend)
    if (export := _read(folder / name)) is not None:
        return export
    try:
        private.make_directory(folder)
        private.make_file(folder / "lock")
        with FileLock(folder / "lock", timeout=_WAIT_SECONDS):
            if (export := _read(folder / name)) is not None:  # another process has made it meanwhile
                return export
            _make(source, backend, folder, name)
    except Timeout:
        raise NoExport(f"{folder} was locked by another process for {_WAIT_SECONDS} s") from None
    except OSError as error:
        raise NoExport(f"it cannot be exported into {folder}: {error.strerror or error}") from error
    if (export := _read(folder / name)) is None:
        raise NoExport(f"its export in {folder / name} was damaged at once")
    return export


def export_name(source: Source, backend: str) -> str:
    """The name of a model's export: the backend, and a digest of the model, how it is used, and what exports it."""
    return f"{backend}-{_digest(source, backend)}"


def _digest(source: Source, backend: str) -> str:
    """Of everything in a model's folder, how it is used, and what exports it."""
    use = (source.spec.pooling, sorted(source.spec.prompts.items()))
    digest = hashlib.sha256(repr((_FORMAT, backend, versions(backend), use)).encode())
    for file in sorted(source.path.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(source.path)}\0{_checksum(file)}\n".encode())
    return digest.hexdigest()[:32]


def _checksum(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _read(folder: Path) -> Export | None:
    """The export in a folder; None if there is none, or something of it is damaged."""
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        if any(_checksum(folder / name) != checksum for name, checksum in about["files"].items()):
            return None
        character = about["character"]
        character |= {"special": tuple(character["special"]), "inputs": tuple(character["inputs"])}
        return Export(
            folder,
            Character(**character),
            (folder / _TOKENIZER).read_text(encoding="utf-8"),
            np.load(folder / _CHECK, allow_pickle=False),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _make(source: Source, backend: str, folder: Path, name: str) -> None:
    """Export a model into a folder beside the others, which gets its name when it is whole. Called under the lock."""
    for left in folder.glob("making-*"):
        shutil.rmtree(left, ignore_errors=True)
    making = Path(tempfile.mkdtemp(prefix="making-", dir=folder))
    try:
        write_export(source, backend, making)
        files = {file.name: _checksum(file) for file in making.iterdir() if file.name != _ABOUT}
        about: dict[str, Any] = json.loads((making / _ABOUT).read_text(encoding="utf-8"))
        (making / _ABOUT).write_text(json.dumps(about | {"files": files}, indent=1), encoding="utf-8")
        for file in making.iterdir():
            private.make_file(file)
        shutil.rmtree(folder / name, ignore_errors=True)
        making.rename(folder / name)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def write_export(source: Source, backend: str, folder: Path) -> None:
    """Write all files of an export into an empty folder.

    Raises:
        Unfit: it is a model of a kind that cannot be traced.
    """
    traced = trace(source.load(), source.spec)
    try:
        with traced.quiet():
            NETWORKS[backend].export(traced.pipeline, traced.example, folder)
    except OSError:
        raise
    except Exception as error:  # whatever a converter raises for a model that it cannot read
        reason = reason_of(error)
        raise Unfit(f"it cannot be exported for {backend}: {reason[:200]}") from error
    (folder / _TOKENIZER).write_text(traced.tokenizer, encoding="utf-8")
    np.save(folder / _CHECK, traced.check)
    about = {"character": dataclasses.asdict(traced.character)}
    (folder / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
