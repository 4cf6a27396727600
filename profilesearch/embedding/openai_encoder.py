"""Embedding models at an OpenAI-compatible address (https://platform.openai.com/docs/api-reference/embeddings).

OpenAI, Ollama, vLLM, Text Embeddings Inference and others speak it. Where it is busy or limits the rate, the library
waits and asks again.
"""

import hashlib
import weakref
from collections.abc import Sequence

import numpy as np
from more_itertools import chunked

from ..errors import EncoderError
from ..openai_address import OpenAIAddress
from ..vectors import Vectors, unit_rows
from .encoder import AWAY, NO_LIMIT, Progress

PREFIX = "openai"
_AT_ONCE = 64
_RETRIES = 6
_TIMEOUT_SECONDS = 60.0
_ABOUT_THE_TEXTS = (400, 413, 422)
"""Statuses that blame what was sent; any other is about the address, the key or the model."""


class OpenAIEncoder:
    """A remote model. It does not tell how many tokens a text has, and queries are embedded like documents.

    Args:
        model: what the address calls the model.
        address: where it is.
        retries: how often one batch is asked for again.
        timeout: seconds to wait for the answer to one batch.

    Raises:
        EncoderError: the address cannot be reached, refuses, or sends what is no vector.
        SettingsError: the address is no URL.
    """

    def __init__(
        self, model: str, address: OpenAIAddress, retries: int = _RETRIES, timeout: float = _TIMEOUT_SECONDS
    ) -> None:
        if not model:
            raise EncoderError(f"model {PREFIX + ':'!r}: expected the name of a model after the colon, got nothing")
        self.name = f"{PREFIX}:{model}"
        self.token_limit = NO_LIMIT
        self._model = model
        self._client = address.client(retries, timeout)
        weakref.finalize(self, self._client.close)
        self.dimension = 0
        self.dimension = len(self._encode(["dimension"])[0])
        # the address is part of it: the same name may be another model elsewhere
        about = repr((str(self._client.base_url), model, self.dimension))
        self.fingerprint = hashlib.sha256(about.encode()).hexdigest()[:16]

    def encode_documents(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        done = 0
        for batch in chunked(texts, _AT_ONCE):
            vectors[done : done + len(batch)] = self._encode(batch)
            done += len(batch)
            if progress is not None:
                progress(len(batch))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_documents(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        """``(n, dim)`` rows for one batch, whatever order they are sent in."""
        import openai

        try:
            reply = self._client.embeddings.create(model=self._model, input=list(texts), encoding_format="float")
            rows = {item.index: item.embedding for item in reply.data}
        except openai.APITimeoutError as error:
            raise EncoderError(f"model {self.name!r}: no answer within {self._client.timeout} s", code=AWAY) from error
        except openai.APIConnectionError as error:
            raise EncoderError(
                f"model {self.name!r} cannot be reached at {self._client.base_url}: OPENAI_BASE_URL says where it is",
                code=AWAY,
            ) from error
        except openai.APIStatusError as error:
            reason = " ".join(str(error.message).split())[:200]
            raise EncoderError(
                f"model {self.name!r}: {self._client.base_url} answered {error.status_code}: {reason}",
                code="" if error.status_code in _ABOUT_THE_TEXTS else AWAY,
            ) from error
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            raise EncoderError(
                f"model {self.name!r} sent what is no list of vectors ({type(error).__name__})"
            ) from error
        return self._checked(rows, len(texts))

    def _checked(self, rows: dict[int, list[float]], amount: int) -> Vectors:
        if sorted(rows) != list(range(amount)):
            raise EncoderError(f"model {self.name!r}: expected {amount} vectors, got {len(rows)} others")
        sizes = {len(row) for row in rows.values()}
        if sizes != {self.dimension or max(sizes)} or sizes == {0}:
            raise EncoderError(
                f"model {self.name!r}: expected vectors of {self.dimension or 'as many'} numbers each, got {sorted(sizes)}"
            )
        try:
            return unit_rows([rows[place] for place in range(amount)])
        except (ValueError, TypeError) as error:
            raise EncoderError(f"model {self.name!r} gave a vector that cannot be used: {error}") from error
