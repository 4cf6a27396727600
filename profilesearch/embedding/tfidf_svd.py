"""TF-IDF and SVD of one's own texts, as a baseline that has learnt nothing from other texts.

Latent semantic analysis (Deerwester et al. 1990): words are weighed by how rare they are, and the matrix of texts and words is
reduced to its strongest directions. What was fitted is one file of plain arrays, never a pickle; its digest is the model's
fingerprint, so that vectors of two fits are never compared.
"""

import hashlib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from ..errors import EncoderError
from ..vectors import Vectors, unit_rows
from ..words.tokens import words_in
from .encoder import NO_LIMIT, Progress

PREFIX = "tfidf-svd"
DIMENSION = 256
_MOST_WORDS = 50_000
_MOST_BYTES = 500_000_000
_SEED = 0


def fit_tfidf_svd(texts: Sequence[str], path: Path, dimension: int = DIMENSION) -> None:
    """Fit on texts, and write what was fitted.

    The last number of a vector is 1 for a text without a known word, and 0 otherwise: such a text is near to none that has one.

    Args:
        texts: what the words are counted in.
        path: the file, ``.npz``.
        dimension: numbers in a vector, at the most; fewer if the texts do not have as many directions.

    Raises:
        EncoderError: the texts have no words that two of them share, or the file cannot be written.
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    weights = TfidfVectorizer(analyzer=_units, sublinear_tf=True, min_df=2, max_features=_MOST_WORDS)
    try:
        matrix = weights.fit_transform(texts)
    except ValueError:
        raise EncoderError(f"expected texts that share words, got {len(texts)} that share none") from None
    directions = min(dimension - 1, min(matrix.shape) - 1)
    if directions < 1:
        raise EncoderError(f"expected more texts to fit on, got {len(texts)} with {matrix.shape[1]} words in common")
    svd = TruncatedSVD(directions, random_state=_SEED).fit(matrix)
    names = sorted(weights.vocabulary_, key=weights.vocabulary_.__getitem__)
    try:
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                words=np.frombuffer("\n".join(names).encode(), np.uint8),
                weights=weights.idf_.astype(np.float32),
                directions=svd.components_.astype(np.float32),
            )
    except OSError as error:
        raise EncoderError(f"cannot write {path}: {error.strerror}") from error


class TfidfSvdEncoder:
    """A fit.

    Args:
        path: the file that :func:`fit_tfidf_svd` wrote.

    Raises:
        EncoderError: it is not there, or is no such file.
    """

    token_limit = NO_LIMIT

    def __init__(self, path: str) -> None:
        self.name = f"{PREFIX}:{path}"
        data = _read(self.name, path)
        self.fingerprint = hashlib.sha256(data).hexdigest()[:16]
        words, self._weights, self._directions = _arrays(self.name, path)
        self._places = {word: place for place, word in enumerate(words)}
        self.dimension = len(self._directions) + 1
        self._lock = threading.Lock()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(words_in(text)) for text in texts]

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = self.encode_queries(texts)
        if progress is not None:
            progress(len(texts))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[:-1] = self._embed(text)
            row[-1] = not row[:-1].any()
        return unit_rows(vectors)

    def _embed(self, text: str) -> Vectors:
        counts: dict[int, int] = {}
        for unit in _units(text):
            if (place := self._places.get(unit)) is not None:
                counts[place] = counts.get(place, 0) + 1
        if not counts:
            return np.zeros(self.dimension - 1, np.float32)
        places = np.fromiter(counts, np.int64)
        values = (1 + np.log(np.fromiter(counts.values(), np.float32))) * self._weights[places]
        return np.asarray(self._directions[:, places] @ (values / np.linalg.norm(values)), np.float32)


def _units(text: str) -> list[str]:
    """Words; where a script has no spaces, its characters and pairs of neighbours."""
    units: list[str] = []
    for word in words_in(text):
        if any("\u3040" <= c <= "\u9fff" for c in word):
            units += [*word, *map("".join, zip(word, word[1:], strict=False))]
        else:
            units.append(word)
    return units


def _read(name: str, path: str) -> bytes:
    try:
        if Path(path).stat().st_size > _MOST_BYTES:
            raise EncoderError(f"model {name!r}: expected at most {_MOST_BYTES:,} bytes")
        return Path(path).read_bytes()
    except OSError as error:
        raise EncoderError(f"model {name!r} cannot be read: {error.strerror}") from error


def _arrays(name: str, path: str) -> tuple[list[str], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    try:
        with np.load(path, allow_pickle=False) as data:
            words = bytes(data["words"]).decode().split("\n")
            weights, directions = (np.asarray(_numbers(data[key])) for key in ("weights", "directions"))
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise EncoderError(f"model {name!r}: expected a file that models fit wrote, got something else") from error
    if (
        weights.shape != (len(words),)
        or directions.ndim != 2
        or directions.shape[1] != len(words)
        or not len(directions)
    ):
        raise EncoderError(f"model {name!r}: its arrays do not belong together")
    return words, weights, directions


def _numbers(array: Any) -> npt.NDArray[np.float32]:
    if array.dtype != np.float32 or not np.isfinite(array).all():
        raise ValueError("expected finite float32")
    return np.asarray(array, np.float32)
