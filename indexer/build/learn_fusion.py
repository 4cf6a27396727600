"""How much words count, learned from judged queries; see :mod:`.learned` for when that is taken."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from profilesearch.words.fusion import WordWeights
from profilesearch.words.fusion_calibration import (
    AskedWay,
    FusionCalibration,
    average_precisions,
    choose_weight,
    fusion_curve,
)

from ..evaluate.measures import estimate
from .learned import LEAST_QUERIES, SIGNIFICANT, Lesson, folds

MARGIN = 0.005
"""Mean average precision that is gained at least."""


def learn_fusion(
    calibrated: FusionCalibration, judged: Sequence[AskedWay], source: str
) -> tuple[FusionCalibration, list[Lesson]]:
    """The weights that judged queries ask for, where they are better than the calibrated ones.

    Args:
        calibrated: what queries made of the profiles ask for.
        judged: judged queries with their texts, one way for each kind.
        source: whose judgements they are.
    """
    lessons = []
    for way in judged:
        if len(way.texts) < LEAST_QUERIES or not (split := folds(way.texts)):
            continue
        typed = way.kind == "typed"
        prior = calibrated.weights.typed if typed else calibrated.weights.text
        by_weight, before = average_precisions(way), average_precisions(way, [prior])[0]
        after = before.copy()
        for fitted, held_back in split:
            weight = choose_weight(by_weight[:, fitted], prior)
            after[held_back] = average_precisions(way, [weight])[0][held_back]
        gained = estimate(after.tolist(), before.tolist())
        p_value = 1.0 if gained.p_value is None else gained.p_value
        taken = bool(np.mean(after - before) >= MARGIN and p_value < SIGNIFICANT)
        figures = f"MAP {before.mean():.3f}", f"MAP {after.mean():.3f}"
        name = f"weight of words, {'short' if typed else 'long'} queries"
        lessons.append(Lesson(name, source, len(way.texts), *figures, p_value, taken))
        if taken:
            curve = fusion_curve([way], prior)
            weights = replace(calibrated.weights, **{"typed" if typed else "text": curve.weight})
            curves = (*(each for each in calibrated.curves if each.kind != way.kind), curve)
            calibrated = FusionCalibration(WordWeights(weights.typed, weights.text), curves, calibrated.blindness)
    return calibrated, lessons
