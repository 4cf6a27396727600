"""The name of a model, with how to use it: ``NAME?pooling=last&query=…&document=…``.

Options change what sentence-transformers makes of a model; without any it does what the model's own files say.

============  ==========================================================================================================
``pooling``   ``mean``, ``cls``, ``max`` or ``last``: which of its tokens' vectors stand for a text
``query``     what is put before each query, such as ``query: ``
``document``  what is put before each document, such as ``passage: ``
============  ==========================================================================================================

They are written as in an address: a space as ``+`` or ``%20``, ``&`` as ``%26``.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from ..errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

POOLINGS = {"mean": "mean", "cls": "cls", "max": "max", "last": "lasttoken"}
"""Ways of pooling, and what sentence-transformers calls them."""

_PROMPTS = ("query", "document")


@dataclass(frozen=True)
class ModelSpec:
    """A model and how it is used.

    Attributes:
        name: of the model.
        pooling: one of :data:`POOLINGS`; None for the model's own.
        prompts: what is put before texts, by side; the model's own where a side is not named.
    """

    name: str
    pooling: str | None = None
    prompts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> "ModelSpec":
        """Read a name with options.

        Raises:
            EncoderError: an option is unknown, or has a value that it cannot have.
        """
        name, mark, query = text.partition("?")
        if not mark:
            return cls(text)
        try:
            options = dict(parse_qsl(query, True, True, max_num_fields=8)) if query else {"": ""}
        except ValueError:
            options = {query: ""}
        known = ("pooling", *_PROMPTS)
        if unknown := sorted(options.keys() - set(known)):
            raise EncoderError(f"model {text!r}: expected the options {', '.join(known)}, got {', '.join(unknown)!r}")
        pooling = options.pop("pooling", None)
        if pooling is not None and pooling not in POOLINGS:
            raise EncoderError(f"model {text!r}: expected pooling={'|'.join(POOLINGS)}, got {pooling!r}")
        return cls(name, pooling, options)

    @property
    def plain(self) -> bool:
        """Whether the model is used as its own files say."""
        return self.pooling is None and not self.prompts

    def require_plain(self) -> None:
        """Check that nothing is asked of a model that has no options.

        Raises:
            EncoderError: something is.
        """
        if not self.plain:
            raise EncoderError(f"model {self.name!r} has no options: pooling and prompts are for sentence-transformers")

    def configure(self, model: "SentenceTransformer") -> "SentenceTransformer":
        """A model as its own files describe it, to be used as this says.

        Raises:
            EncoderError: it does not pool tokens.
        """
        from sentence_transformers.sentence_transformer.modules import Pooling

        model.prompts = {**model.prompts, **self.prompts}
        if self.pooling is None:
            return model
        places = [place for place, module in enumerate(model) if isinstance(module, Pooling)]
        if not places:
            raise EncoderError(f"model {self.name!r} does not pool vectors of tokens: leave pooling out")
        for place in places:
            model[place] = Pooling(model[place].embedding_dimension, pooling_mode=POOLINGS[self.pooling])
        return model
