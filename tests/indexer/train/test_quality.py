"""Judged sets: how well a model finds what fits, and how far apart cosines are."""

import json
from pathlib import Path

import numpy as np
import pytest

from indexer.train import report
from indexer.train.quality import JudgedSet, figures, spread_of
from tests.indexer.train.conftest import ByNumber, angles


@pytest.fixture
def judged(tmp_path: Path) -> JudgedSet:
    return angles(tmp_path)


def test_a_better_model_has_higher_figures_and_the_difference_is_tested(judged: JudgedSet) -> None:
    worse = figures("worse", ByNumber(13), judged)
    better = figures("better", ByNumber(0), judged, worse)
    assert better.of("MRR").mean == better.of("R@1").mean == 1.0
    assert worse.of("R@1").mean == 0.0 < worse.of("R@10").mean
    assert (better.of("MRR").p_value or 0.0) < 0.05
    assert better.of("MRR").p_value is not None
    assert worse.of("MRR").p_value is None
    assert better.spread.threshold.cosine > 0.99


def test_a_report_shows_every_model_and_loads_nothing(judged: JudgedSet) -> None:
    first = figures("<b>one</b>", ByNumber(13), judged)
    measured = [report.Measured(judged, [first, figures("two", ByNumber(0), judged, first)])]
    assert "1.000* ±0.000" in report.table(measured)
    assert json.loads(report.as_json(measured))["queries"]["models"]["two"]["recall"]["1"]["mean"] == 1.0
    page = report.page(measured)
    assert "<b>one</b>" not in page
    assert 'src="http' not in page


def test_cosines_that_are_apart_have_a_threshold_between_them() -> None:
    apart = spread_of(np.array([0.8, 0.9]), np.array([0.1, 0.2]))
    assert apart.overlap == 0
    assert (apart.threshold.cosine, apart.threshold.precision, apart.threshold.recall) == (0.8, 1.0, 1.0)
    same = spread_of(np.linspace(0, 1, 100), np.linspace(0, 1, 100))
    assert same.overlap == pytest.approx(1.0)
    assert same.threshold.precision == pytest.approx(0.5, abs=0.01)
