"""Weights as a collection's own queries ask for them."""

import json

import numpy as np
import pytest

from profilesearch.vectors import unit_rows
from profilesearch.words.fusion import TEXT_PRIOR, TYPED_PRIOR
from profilesearch.words.fusion_calibration import (
    GRID,
    LEAST_QUERIES,
    AskedWay,
    Kind,
    blindness_of,
    calibrate_fusion,
)


def asked(
    words_help: bool,
    meaning_helps: bool,
    queries: int = 80,
    kind: Kind = "typed",
    seed: int = 0,
) -> AskedWay:
    """Queries for which one side puts the right one first, and the other says nothing."""
    random = np.random.default_rng(seed)
    right = np.eye(queries, dtype=np.bool_)
    bm25 = random.uniform(0, 5, right.shape) + 6 * right * words_help
    cosines = random.uniform(0.2, 0.5, right.shape) + 0.4 * right * meaning_helps
    return AskedWay("some", kind, bm25.astype(np.float32), np.full(queries, 11.0), cosines.astype(np.float32), right)


def test_the_side_that_finds_is_believed() -> None:
    assert calibrate_fusion([asked(True, False)]).weights.typed > 0.4
    assert calibrate_fusion([asked(False, True)]).weights.typed <= TYPED_PRIOR
    assert calibrate_fusion([asked(False, True, kind="text")]).weights.text < TEXT_PRIOR


def test_where_all_weights_are_as_good_the_prior_stays() -> None:
    weights = calibrate_fusion([asked(True, True), asked(True, True, kind="text")]).weights
    assert (weights.typed, weights.text) == (TYPED_PRIOR, TEXT_PRIOR)


def test_a_few_queries_say_nothing() -> None:
    assert calibrate_fusion([asked(True, False, LEAST_QUERIES - 1)]).weights.typed == TYPED_PRIOR


def test_nothing_to_measure_leaves_the_priors() -> None:
    found = calibrate_fusion([])
    assert (found.weights.typed, found.weights.text, found.curves) == (TYPED_PRIOR, TEXT_PRIOR, ())


def test_words_decide_where_the_model_is_blind_and_nothing_can_be_measured() -> None:
    assert calibrate_fusion([], 0.6).weights.typed == 0.6
    assert calibrate_fusion([], 0.01).weights.typed == TYPED_PRIOR


def test_the_curve_is_kept() -> None:
    curve = calibrate_fusion([asked(True, False)]).curves[0]
    assert len(curve.precisions) == len(curve.errors) == len(GRID) and curve.weight in GRID
    assert curve.precisions[-1] == pytest.approx(1) and curve.precisions[0] < 0.5
    best = int(np.argmax(curve.precisions))
    taken = GRID.index(curve.weight)
    assert curve.precisions[taken] >= curve.precisions[best] - curve.errors[taken]


def test_a_calibration_is_plain_json() -> None:
    found = calibrate_fusion([asked(True, False)], 0.02)
    data = json.loads(json.dumps(found.to_json()))
    assert data["weights"] == found.weights.to_json() and data["curves"][0]["grid"] == list(GRID)


def test_blindness_is_the_share_of_texts_that_have_a_twin() -> None:
    vectors = unit_rows(np.vstack([np.eye(4), np.eye(4)[:2]]))
    assert blindness_of(vectors, list("abcdef")) == pytest.approx(4 / 6)
    assert blindness_of(vectors, list("abcdab")) == 0  # equal texts have equal vectors
    assert blindness_of(vectors[:1], ["a"]) == 0
