"""``train merge``: the weights of a tuned model and of its base, mixed.

A tuned model knows its field and has forgotten some of the rest; a mixture keeps most of both (LM-Cocktail, Xiao et al. 2023,
https://arxiv.org/abs/2311.13534). How much of each is measured: the curve over the tuned model's share, alpha.
"""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from profilesearch.embedding import Encoder
from profilesearch.errors import TrainingError

from .card import CARD
from .quality import Figures, JudgedSet, figures
from .weights import require_absent

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LEAST_KEPT = 0.98
"""Share of the base's quality outside its field that a merged model keeps."""


@dataclass(frozen=True)
class Mixture:
    """A share of the tuned model, and what the mixture of that share finds: inside its field, and outside it.

    Attributes:
        alpha: 0 is the base, 1 the tuned model.
        inside, outside: mean of the metric over the sets of each kind; None where there is no such set.
        kept: the least share of the base's quality that it has on a set outside; 1 where there is none.
    """

    alpha: float
    inside: float | None
    outside: float | None
    kept: float


def merge_weights(base: "SentenceTransformer", tuned: "SentenceTransformer", alpha: float) -> "SentenceTransformer":
    """The tuned model with every weight moved to ``alpha * tuned + (1 - alpha) * base``; it is changed in place.

    Raises:
        TrainingError: the models are not of one shape.
    """
    import torch

    before, after = base.state_dict(), tuned.state_dict()
    if {name: tensor.shape for name, tensor in before.items()} != {
        name: tensor.shape for name, tensor in after.items()
    }:
        raise TrainingError(
            "models can be merged only if one was tuned from the other: their weights have other shapes"
        )
    mixed = {
        name: torch.lerp(before[name].to(tensor.device), tensor, alpha) if tensor.is_floating_point() else tensor
        for name, tensor in after.items()
    }
    tuned.load_state_dict(mixed)
    return tuned


def curve(
    sets: Sequence[JudgedSet], alphas: Sequence[float], metric: str, mixture: Callable[[float], Encoder]
) -> list[Mixture]:
    """What mixtures find; the base, alpha 0, is always among them.

    Args:
        sets: inside and outside the field.
        alphas: shares of the tuned model.
        metric: that is compared, such as MRR.
        mixture: loads the mixture of a share.
    """
    points: list[Mixture] = []
    base: list[Figures] = []
    for alpha in sorted({0.0, *alphas}):
        encoder = mixture(alpha)
        measured = [figures(f"{alpha:g}", encoder, judged) for judged in sets]
        base = base or measured
        points.append(_point(alpha, sets, measured, base, metric))
    return points


def _point(
    alpha: float, sets: Sequence[JudgedSet], measured: Sequence[Figures], base: Sequence[Figures], metric: str
) -> Mixture:
    def mean(inside: bool) -> float | None:
        values = [each.of(metric).mean for each, judged in zip(measured, sets, strict=True) if judged.inside is inside]
        return sum(values) / len(values) if values else None

    shares = [
        each.of(metric).mean / before.of(metric).mean
        for each, before, judged in zip(measured, base, sets, strict=True)
        if not judged.inside and before.of(metric).mean > 0
    ]
    return Mixture(alpha, mean(True), mean(False), min(shares, default=1.0))


def best(points: Sequence[Mixture], least_kept: float = LEAST_KEPT) -> Mixture:
    """The mixture that finds most inside, of those that keep enough of what the base finds outside.

    Raises:
        TrainingError: there is no set inside the field to choose by.
    """
    allowed = [point for point in points if point.kept >= least_kept and point.inside is not None]
    if not allowed:
        raise TrainingError("the best alpha is chosen by a set of the field: name one with --inside, or say --alpha")
    return max(allowed, key=lambda point: (point.inside or 0.0, -point.alpha))


def save_mixture(model: "SentenceTransformer", out: Path, facts: dict[str, object]) -> None:
    """Write a merged model with what it was made from; the folder appears whole.

    Raises:
        TrainingError: see :func:`require_absent`.
    """
    require_absent(out)
    unfinished = out.with_name(f"{out.name}.unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    try:
        model.save_pretrained(str(unfinished), create_model_card=False)
        (unfinished / CARD).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(out)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
