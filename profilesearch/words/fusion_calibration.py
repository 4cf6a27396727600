"""How much words should count in one collection, measured on queries of its own.

Each way of asking (titles, halves of texts) is tried with every weight; the curve of what was found is kept.
Of the weights that are within one standard error of the best the nearest to the prior is taken (Breiman et al. 1984, the
one-standard-error rule), so that a few queries do not move much.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .fusion import TEXT_PRIOR, TYPED_PRIOR, WordWeights, combine

GRID = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Weights that are tried."""

LEAST_QUERIES = 30
"""Fewer pseudo-queries say nothing."""

_SAME = 0.999
"""Cosine from which on two vectors tell nothing apart."""

_LEAST_BLINDNESS = 0.05

Kind = Literal["typed", "text"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class AskedWay:
    """Queries of one kind against some profiles, with both sides' scores.

    Attributes:
        name: what the queries are.
        kind: whether they are like typed ones or like long texts.
        bm25: ``(q, n)`` scores by words.
        references: ``(q,)`` the reference scores of the queries.
        cosines: ``(q, n)`` scores by meaning.
        relevant: ``(q, n)`` who should be found; somebody for each query.
        texts: the ``q`` queries, where it matters which of them are one.
    """

    name: str
    kind: Kind
    bm25: npt.NDArray[np.float32]
    references: Floats
    cosines: npt.NDArray[np.float32]
    relevant: npt.NDArray[np.bool_]
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class FusionCurve:
    """What one way of asking found, by weight.

    Attributes:
        name: what the queries were.
        kind: typed or text.
        queries: how many.
        precisions: for each weight of :data:`GRID` the mean average precision; higher is better.
        errors: for each weight the standard error of its difference from the best.
        weight: the weight that was taken.
    """

    name: str
    kind: Kind
    queries: int
    precisions: tuple[float, ...]
    errors: tuple[float, ...]
    weight: float

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": self.kind,
            "queries": self.queries,
            "weight": self.weight,
            "grid": list(GRID),
            "precisions": list(self.precisions),
            "errors": list(self.errors),
        }


@dataclass(frozen=True)
class FusionCalibration:
    """The weights, and what they were taken from: a curve for each kind of query that could be measured.

    Attributes:
        blindness: the share of profiles that the model cannot tell from another with other words.
    """

    weights: WordWeights
    curves: tuple[FusionCurve, ...]
    blindness: float

    def to_json(self) -> dict[str, Any]:
        curves = [curve.to_json() for curve in self.curves]
        return {"weights": self.weights.to_json(), "curves": curves, "blindness": self.blindness}


def calibrate_fusion(ways: Sequence[AskedWay], blindness: float = 0.0) -> FusionCalibration:
    """Choose the weights.

    Args:
        ways: as many as there are of each kind.
        blindness: see :func:`blindness_of`; where the model is blind to many and nothing can be measured, words decide.
    """
    least = blindness if blindness >= _LEAST_BLINDNESS else 0.0
    priors: dict[Kind, float] = {"typed": max(TYPED_PRIOR, least), "text": max(TEXT_PRIOR, least)}
    curves = []
    for kind, prior in priors.items():
        asked = [way for way in ways if way.kind == kind and len(way.references) >= LEAST_QUERIES]
        if asked:
            curves.append(fusion_curve(asked, prior))
    weights = priors | {curve.kind: curve.weight for curve in curves}
    return FusionCalibration(WordWeights(weights["typed"], weights["text"]), tuple(curves), blindness)


def fusion_curve(ways: Sequence[AskedWay], prior: float) -> FusionCurve:
    """What ways of one kind find by weight, and the weight within one standard error of the best that is nearest to the prior."""
    precisions = np.hstack([average_precisions(way) for way in ways])
    means, errors = means_and_errors(precisions)
    name = " and ".join(way.name for way in ways)
    return FusionCurve(
        name,
        ways[0].kind,
        precisions.shape[1],
        tuple(map(float, means)),
        tuple(map(float, errors)),
        choose_weight(precisions, prior),
    )


def means_and_errors(precisions: Floats) -> tuple[Floats, Floats]:
    """Of ``(weights, q)`` precisions, the means, and the standard errors of their differences from the best."""
    means = precisions.mean(axis=1)
    errors = (precisions - precisions[int(means.argmax())]).std(axis=1) / np.sqrt(precisions.shape[1])
    return means, errors


def choose_weight(precisions: Floats, prior: float) -> float:
    """The weight of :data:`GRID` by the one-standard-error rule, of ``(weights, q)`` precisions."""
    means, errors = means_and_errors(precisions)
    good = [weight for weight, fine in zip(GRID, means >= means.max() - errors, strict=True) if fine]
    return min(good, key=lambda weight: abs(weight - prior))


def average_precisions(way: AskedWay, weights: Sequence[float] = GRID) -> Floats:
    """``(weights, q)`` average precision of each query; of equal scores the nearer in meaning comes first."""
    amounts = np.maximum(way.relevant.sum(axis=1), 1)
    ranks = np.arange(1, way.relevant.shape[1] + 1)
    precisions = []
    for weight in weights:
        scores = combine(way.bm25, way.references[:, None], way.cosines, weight).total + 1e-9 * way.cosines
        hits = np.take_along_axis(way.relevant, np.argsort(-scores, axis=1, kind="stable"), 1)
        precisions.append((hits * np.cumsum(hits, axis=1) / ranks).sum(axis=1) / amounts)
    return np.array(precisions)


def blindness_of(vectors: npt.NDArray[np.float32], texts: Sequence[str]) -> float:
    """The share of different texts for which another one has the same vector.

    A model that does not know a script reads every character of it as unknown: then texts of like length look alike.

    Args:
        vectors: ``(n, dim)`` float32 rows of length 1, of some profiles.
        texts: ``n`` what was embedded.
    """
    different = list({text: row for row, text in enumerate(texts)}.values())
    if len(different) < 2:
        return 0.0
    similar = vectors[different] @ vectors[different].T
    np.fill_diagonal(similar, -1)
    return float((similar.max(axis=1) > _SAME).mean())
