"""The tables, one function each."""

from collections.abc import Sequence

import numpy as np

from indexer.build.fusion_queries import parted
from profilesearch.embedding import Encoder
from profilesearch.words.bm25 import Bm25
from profilesearch.words.fusion import combine
from profilesearch.words.fusion_calibration import GRID, FusionCalibration, blindness_of, calibrate_fusion

from ..report import save
from .scores import Floats, Sides, interval, listed, p_value, reciprocal_ranks

_EXACT_TITLE = 0.1
"""What an exact title adds here: enough to come before all who are merely alike."""

_WINDOWS = (50, 200, 1000)
_TERMS = (8, 16, 24, 32, 48, 64)


def calibration(sides: Sides, encoder: Encoder) -> FusionCalibration:
    """As a build would do it: from held-back rows alone."""
    rows = [sides.judged.rows[place] for place in sides.held_back]
    blindness = blindness_of(sides.vectors[sides.held_back], [row.text for row in rows])
    return calibrate_fusion(
        [parts.asked(sides.statistics, encoder) for parts in parted(rows, sides.statistics)], blindness
    )


def weights(collections: Sequence[Sides], encoder: Encoder) -> None:
    """Each side alone, and fused with the calibrated weight, against the best weight there is."""
    found = {}
    _head(
        "Words and meaning; p against the better of the two; best is the best weight in hindsight",
        ["", "meaning", "words", "RRF", "fused", "fused, exact titles first", "p", "weight", "best"],
    )
    for sides in collections:
        judged = sides.judged
        calibrated = calibration(sides, encoder)
        weight = calibrated.weights.typed if judged.kind == "typed" else calibrated.weights.text
        curve = np.array([sides.quality(sides.fused(each)) for each in GRID])
        meaning, words = sides.quality(sides.cosines), sides.quality(sides.bm25 + 1e-6 * sides.cosines)
        fused = sides.quality(sides.fused(weight) + _EXACT_TITLE * sides.exact * (judged.kind == "typed"))
        better = meaning if meaning.mean() >= words.mean() else words
        best = int(curve.mean(axis=1).argmax())
        ranks = reciprocal_ranks(sides.bm25, sides.bm25 > 0) + reciprocal_ranks(sides.cosines, sides.cosines > -2)
        _line([
            f"{judged.name}, {judged.metric}", interval(meaning), interval(words), f"{sides.quality(ranks).mean():.3f}",
            f"{sides.quality(sides.fused(weight)).mean():.3f}", interval(fused), f"{p_value(fused, better):.3f}",
            f"{weight:.2g}", f"{curve[best].mean():.3f} at {GRID[best]:.2g}",
        ])  # fmt: skip
        found[judged.name] = {"curve": curve.mean(axis=1).tolist(), "grid": list(GRID), **calibrated.to_json()}
    save("fusion-weights", found)


def windows(collections: Sequence[Sides], encoder: Encoder) -> None:
    """What a side gives to who is not among its first: the last of them, or nothing as FT.HYBRID does."""
    columns = ["", "window", "last of the list", "nothing (FT.HYBRID)", "z-scores", "RRF"]
    _head("What who is in one list alone gets from the other: at the weight for such queries, and at the best", columns)
    for sides in collections:
        usual, standard = (0.05, 0.3) if sides.judged.kind == "typed" else (0.4, 0.6)
        for window in _WINDOWS:
            ways = (
                (_completed(sides, window), usual), (_absent(sides, window), usual),
                (_standardised(sides, window), standard), (_ranked(sides, window), 0.5),
            )  # fmt: skip
            cells = [_at(sides, *pair, weight) for pair, weight in ways]
            _line([f"{sides.judged.name}, {sides.judged.metric}", str(window), *cells])


def terms(collections: Sequence[Sides], encoder: Encoder) -> None:
    """How many words of a long text are worth asking for."""
    _head("Words of a long text", ["", "at most", "asked for", "words", "fused, weight 0.3", "p against all"])
    for sides in collections:
        if sides.judged.kind == "typed":
            continue
        bm25 = Bm25(sides.statistics, [row.text for row in sides.judged.rows])
        everything = 1 + max(len(query.split()) for query in sides.judged.queries)
        base: Floats | None = None
        for most in (everything, *reversed(_TERMS)):
            words = [sides.statistics.select(query, most) for query in sides.judged.queries]
            references = np.array([sides.statistics.reference_score(each) for each in words])
            scores = bm25.scores(words)
            fused = sides.quality(combine(scores, references[:, None], sides.cosines, 0.3).total)
            base = fused if base is None else base
            _line([
                sides.judged.name, "all" if most == everything else str(most), f"{np.mean([len(w) for w in words]):.0f}",
                interval(sides.quality(scores)), interval(fused), f"{p_value(fused, base):.3f}",
            ])  # fmt: skip


Pair = tuple[Floats, Floats]


def _inside(sides: Sides, window: int) -> tuple[np.ndarray, np.ndarray]:
    return listed(sides.bm25, window, 0.0), listed(sides.cosines, window, -2.0)


def _completed(sides: Sides, window: int) -> Pair:
    by_words, near = _inside(sides, window)
    full = by_words.sum(axis=1, keepdims=True) >= window
    last = np.where(full, np.where(by_words, sides.bm25, np.inf).min(axis=1, keepdims=True), 0.0)
    nearest = np.where(near, sides.cosines, np.inf).min(axis=1, keepdims=True)
    return _within(
        np.where(by_words, sides.bm25, last) / np.maximum(sides.references, 1e-9)[:, None],
        (1 + np.where(near, sides.cosines, nearest)) / 2, by_words | near,
    )  # fmt: skip


def _absent(sides: Sides, window: int) -> Pair:
    by_words, near = _inside(sides, window)
    return _within(by_words * sides.bm25 / np.maximum(sides.references, 1e-9)[:, None],
                   near * (1 + sides.cosines) / 2, by_words | near)  # fmt: skip


def _standardised(sides: Sides, window: int) -> Pair:
    words, meaning = _completed(sides, window)
    return _standard(words), _standard(meaning)


def _ranked(sides: Sides, window: int) -> Pair:
    by_words, near = _inside(sides, window)
    return _within(reciprocal_ranks(sides.bm25, by_words), reciprocal_ranks(sides.cosines, near), by_words | near)


def _within(words: Floats, meaning: Floats, union: np.ndarray) -> Pair:
    return np.where(union, words, np.nan), np.where(union, meaning, np.nan)


def _standard(values: Floats) -> Floats:
    deviation = np.nanstd(values, axis=1, keepdims=True)
    return np.asarray((values - np.nanmean(values, axis=1, keepdims=True)) / np.where(deviation > 0, deviation, 1))


def _at(sides: Sides, words: Floats, meaning: Floats, weight: float) -> str:
    """The mean at a weight, and the best over the weights; rows in neither list come last, nearest first."""
    outside = np.where(np.isnan(words), -1e3 + sides.cosines, 0.0)
    words, meaning = np.nan_to_num(words), np.nan_to_num(meaning)

    def mean(weight: float) -> float:
        return float(sides.quality(weight * words + (1 - weight + 1e-6) * meaning + outside).mean())

    curve = [mean(each) for each in GRID]
    return f"{mean(weight):.3f} ({max(curve):.3f} at {GRID[int(np.argmax(curve))]:.2g})"


def _head(title: str, columns: Sequence[str]) -> None:
    print(f"\n**{title}**\n")
    _line(columns)
    _line(["---"] * len(columns))


def _line(cells: Sequence[str]) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)
