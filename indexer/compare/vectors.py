"""A corpus and questions as vectors of a model, from the cache where they are there, and what the model costs here."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from profilesearch.embedding import CachedEncoder, EmbeddingCache
from profilesearch.embedding.tfidf_svd import PREFIX as TFIDF_SVD
from profilesearch.embedding.tfidf_svd import fit_tfidf_svd
from profilesearch.errors import EncoderError

from ..catalogue.benchmark import Cost
from .corpus import Corpus

Open = Callable[[str], AbstractContextManager[tuple[CachedEncoder, EmbeddingCache]]]
"""Opens a model by its name, behind the cache."""

TIMED_TEXTS = 64


def fitted_name(model: str, corpus: Corpus, folder: Path) -> str:
    """The name to load a model by; the baseline is fitted on the corpus first, into the folder."""
    if model != TFIDF_SVD:
        return model
    path = folder / "tfidf-svd.npz"
    if not path.exists():
        fit_tfidf_svd(corpus.texts, path)
    return f"{TFIDF_SVD}:{path}"


def timed(name: str, model: str, texts: Sequence[str]) -> Cost:
    """What a model costs here, measured in a process of its own so that loading and memory are its own.

    Args:
        name: to load it by.
        model: to call it by.
        texts: documents; at most :data:`TIMED_TEXTS` of them, evenly spaced, are encoded.

    Raises:
        EncoderError: the process failed.
    """
    step = max(1, len(texts) // TIMED_TEXTS)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file = folder / "texts.jsonl"
        chosen = [{"id": str(number), "text": text} for number, text in enumerate(texts[::step][:TIMED_TEXTS])]
        file.write_text("".join(json.dumps(row) + "\n" for row in chosen), encoding="utf-8")
        command = [sys.executable, "-m", "indexer", "models", "benchmark", name, "--texts", str(file), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it says nothing"]
        raise EncoderError(f"model {model!r} could not be measured: {lines[-1]}")
    values = json.loads(done.stdout)["costs"][0]
    return Cost(**{**values, "model": model})
