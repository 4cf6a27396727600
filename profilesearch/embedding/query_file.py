"""Texts with their vectors, from a file of JSON Lines: ``{"text": "data engineer", "vector": [0.07, …]}``."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..errors import EncoderError
from ..vectors import NotAVector, Vectors, given_vector, scaled

MOST_TEXTS = 100_000
_LONGEST_LINE = 2 * 1024 * 1024
_LONGEST_TEXT = 8000


class QueryFile:
    """Vectors by text. Spaces between words count as one.

    Args:
        places: of each text, the row of its vector.
        vectors: ``(n, dim)`` float32 rows of length 1.
        digest: of texts and vectors.
    """

    def __init__(self, places: dict[str, int], vectors: Vectors, digest: str) -> None:
        self._places = places
        self._vectors = vectors
        self.digest = digest

    def __len__(self) -> int:
        return len(self._places)

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return int(self._vectors.shape[1])

    def vector(self, text: str) -> Vectors | None:
        """The ``(dim,)`` vector of a text; None if it is not here."""
        place = self._places.get(_folded(text))
        return None if place is None else self._vectors[place]

    @classmethod
    def read(cls, path: Path, dimension: int = 0) -> "QueryFile":
        """Read a file.

        Args:
            path: where it is.
            dimension: how many numbers its vectors must have; 0 if the first says it.

        Raises:
            EncoderError: it cannot be read, or a line is no text with a vector: which, what came, what was expected.
        """
        places: dict[str, int] = {}
        vectors: list[Vectors] = []
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                for number, line in _lines(file, path):
                    text, vector = _entry(line, f"{path}:{number}", dimension)
                    dimension = len(vector)
                    if places.setdefault(text, len(vectors)) != len(vectors):
                        raise EncoderError(f"{path}:{number}: text: expected every text once, got {text[:50]!r} again")
                    vectors.append(scaled(vector))
                    digest.update(line)
                    if len(vectors) > MOST_TEXTS:
                        raise EncoderError(f"{path}: expected at most {MOST_TEXTS:,} texts, got more")
        except OSError as error:
            raise EncoderError(f"the file of query vectors {path} cannot be read: {error.strerror}") from error
        if not vectors:
            raise EncoderError(f"{path}: expected texts with their vectors, got none")
        return cls(places, np.vstack(vectors), digest.hexdigest()[:8])


def _lines(file: IO[bytes], path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    while line := file.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            raise EncoderError(f"{path}:{number}: expected at most {_LONGEST_LINE:,} bytes in a line, got more")
        if line.strip():
            yield number, line


def _entry(line: bytes, where: str, dimension: int) -> tuple[str, Vectors]:
    try:
        values: Any = json.loads(line)
    except (ValueError, RecursionError):
        values = None
    text = values.get("text") if isinstance(values, dict) else None
    if not isinstance(text, str) or not 0 < len(text.strip()) <= _LONGEST_TEXT:
        shown = repr(line[:60].decode(errors="replace"))
        raise EncoderError(
            f"{where}: expected a JSON object with a text of 1 to {_LONGEST_TEXT:,} characters, got {shown}"
        )
    expected = f"a list of {dimension:,} numbers" if dimension else "a list of numbers"
    try:
        return _folded(text), given_vector(values.get("vector"), expected, dimension)
    except NotAVector as bad:
        raise EncoderError(f"{where}: vector: {bad}") from None


def _folded(text: str) -> str:
    return " ".join(text.split())
