"""A model of sentence-transformers as one function of token numbers, with all that runs it without the library."""

import contextlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..vectors import Vectors
from .encoder import NO_LIMIT
from .network import INPUTS, SENTENCE, TOKENS
from .network_encoder import Character
from .precision import CHECK_TEXTS
from .spec import ModelSpec
from .weights_digest import weights_digest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_DOCUMENT_PROMPTS = ("document", "passage", "corpus")
_EXAMPLE = ("a text", "another one, which is longer")


class NoExport(Exception):
    """A model cannot be run from an export, and why."""


class Unfit(NoExport):
    """It never can, with these libraries on this processor."""


class KnownUnfit(NoExport):
    """It cannot, as an earlier process has found out and said."""


@dataclass(frozen=True)
class Traced:
    """What an export is written from.

    Attributes:
        pipeline: a torch module with the inputs of ``example``, giving a vector a text and a vector a token.
        example: inputs by their names.
        tokenizer: its tokenizer, as the tokenizers package writes it.
        character: what else is known of it.
        check: ``(n, dim)`` float32 vectors of the check texts, as documents and then as queries.
    """

    pipeline: Any
    example: dict[str, Any]
    tokenizer: str
    character: Character
    check: Vectors

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Converters warn of every branch that they take for granted; the check texts tell whether they may."""
        import torch
        from transformers.utils import logging

        before: Any = logging.get_verbosity()
        logging.set_verbosity_error()
        try:
            with warnings.catch_warnings(), torch.no_grad():
                warnings.simplefilter("ignore")
                yield
        finally:
            logging.set_verbosity(before)


def trace(model: "SentenceTransformer", spec: ModelSpec) -> Traced:
    """Take a model apart that is used in a way.

    Raises:
        Unfit: it is of a kind that is not run from exports.
    """
    character = character_of(model, weights_digest(model, spec.pooling))
    texts = list(CHECK_TEXTS)
    check = np.concatenate([model.encode_document(texts), model.encode_query(texts)]).astype(np.float32)
    features = model.preprocess(list(_EXAMPLE))
    example = {name: features[name] for name in character.inputs}
    return Traced(_pipeline(model), example, model.tokenizer.backend_tokenizer.to_str(), character, check)


def character_of(model: "SentenceTransformer", digest: str) -> Character:
    """What runs a model must know of it, besides a digest of its weights and settings.

    Raises:
        Unfit: it is more than a tokenizer and a network.
    """
    first, tokenizer = model[0], model.tokenizer
    if type(first).__name__ != "Transformer" or not getattr(tokenizer, "is_fast", False):
        raise Unfit(f"it is no transformer with a fast tokenizer, but {type(first).__name__}")
    if tokenizer.pad_token_id is None or tokenizer.padding_side != "right" or tokenizer.truncation_side != "right":
        raise Unfit("its tokenizer fills up or cuts texts in an unusual way")
    features = model.preprocess(list(_EXAMPLE))
    names = [name for name in INPUTS if name in features]
    return Character(
        digest=digest,
        dimension=int(model.get_embedding_dimension() or 0),
        token_limit=int(min(model.max_seq_length or 512, NO_LIMIT)),
        query_prompt=_prompt(model, ("query",)),
        document_prompt=_prompt(model, _DOCUMENT_PROMPTS),
        pad=int(tokenizer.pad_token_id),
        special=tuple(map(int, tokenizer.all_special_ids)),
        inputs=tuple(names),
    )


def _prompt(model: "SentenceTransformer", names: tuple[str, ...]) -> str:
    """What the library puts before a text of this kind."""
    for name in (*names, model.default_prompt_name):
        if name in model.prompts:
            return str(model.prompts[name])
    return ""


def _pipeline(model: "SentenceTransformer") -> Any:
    import torch

    class Pipeline(torch.nn.Module):  # type: ignore[misc]  # torch is not looked into
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any = None) -> Any:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            if token_type_ids is not None:
                features["token_type_ids"] = token_type_ids
            made = self.model(features)
            return made[SENTENCE], made[TOKENS]

    return Pipeline().eval()
