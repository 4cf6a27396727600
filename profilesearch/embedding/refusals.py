"""Exports that were tried and are of no use here, remembered beside the others, so that no later process tries again.

A refusal is of a model and the way it is used, a backend, the versions of the libraries (all of these name the export), the
export's own files, the precision and the processor: where one of these changes, it is tried again. Removing the file does it,
too, and so does naming the backend (``EMBEDDING_BACKEND``).
"""

import contextlib
import hashlib
import platform
from pathlib import Path

from .. import private

_LONGEST = 1000
_CPUINFO = Path("/proc/cpuinfo")
_KNOWN_BY = ("model name", "flags", "CPU part", "Features")


class Refusals:
    """What was refused of exports in a folder.

    Args:
        folder: where exports are.
        name: of the export.
        precision: what is asked for.
    """

    def __init__(self, folder: Path, name: str, precision: str) -> None:
        self._folder, self._name, self._precision = folder, name, precision

    @property
    def _file(self) -> Path:
        about = self._folder / self._name / "about.json"
        files = about.read_bytes() if about.is_file() else b""
        digest = hashlib.sha256(repr((self._name, self._precision, _processor(), files)).encode()).hexdigest()
        return self._folder / f"refused-{digest[:32]}.txt"

    def reason(self) -> str:
        """Why it was refused before; empty if it was not."""
        try:
            return self._file.read_text(encoding="utf-8")[:_LONGEST]
        except (OSError, UnicodeDecodeError):
            return ""

    def remember(self, reason: str) -> None:
        """Keep why it is refused; where that cannot be written it is tried again next time."""
        with contextlib.suppress(OSError), private.create(self._file) as file:
            file.write(reason[:_LONGEST])


def _processor() -> list[str]:
    """What decides how a processor computes: its model and what it can do."""
    try:
        lines = _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    known = {line for line in lines if line.partition(":")[0].strip() in _KNOWN_BY}
    return [platform.machine(), platform.processor(), *sorted(known)]
