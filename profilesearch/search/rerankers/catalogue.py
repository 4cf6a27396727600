"""The rerankers that a process has, made from their names."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ...embedding import Encoder, token_encoder
from ...errors import SettingsError
from ...openai_address import OpenAIAddress
from .cross_encoder import CrossEncoder
from .language_model import Budget, LanguageModel
from .late_interaction import LateInteraction
from .listwise import Listwise
from .pairwise import Pairwise
from .reranker import Reranker


@dataclass(frozen=True)
class Means:
    """What rerankers are made with: the embedding model, the device of others, and the budget and address of remote ones."""

    encoder: Encoder
    device: str = "auto"
    budget: Budget = Budget()
    address: OpenAIAddress = field(default_factory=OpenAIAddress)


_Maker = Callable[[str, Means], Reranker | None]


def _late(_: str, means: Means) -> Reranker | None:
    tokens = token_encoder(means.encoder)
    return None if tokens is None else LateInteraction(tokens)


_WITH_MODEL: dict[str, _Maker] = {
    "cross-encoder": lambda model, means: CrossEncoder(model, means.device),
    "pairwise": lambda model, means: Pairwise(LanguageModel(model, means.address, means.budget)),
    "listwise": lambda model, means: Listwise(LanguageModel(model, means.address, means.budget)),
}


def check_reranker(name: str) -> None:
    """Check that a name is one of ``late``, ``cross-encoder:MODEL``, ``pairwise:MODEL`` and ``listwise:MODEL``.

    Raises:
        SettingsError: it is not.
    """
    kind, _, model = name.partition(":")
    if name != "late" and (kind not in _WITH_MODEL or not model):
        kinds = ", ".join(f"{kind}:MODEL" for kind in _WITH_MODEL)
        raise SettingsError(f"PROFILESEARCH_RERANKERS: expected late, {kinds}, got {name!r}")


def make_rerankers(names: Iterable[str], means: Means) -> list[Reranker]:
    """Rerankers by their names; models are loaded, and addresses asked, when they are first needed.

    ``late`` is left out where the embedding model has no vectors for tokens.

    Raises:
        SettingsError: a name is none of those that :func:`check_reranker` knows.
    """
    rerankers: list[Reranker | None] = []
    for name in names:
        check_reranker(name)
        kind, _, model = name.partition(":")
        rerankers.append(_WITH_MODEL[kind](model, means) if model else _late(name, means))
    return [reranker for reranker in rerankers if reranker is not None]
