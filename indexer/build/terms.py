"""Stage ``terms``: in how many profiles each word is, and how much words count beside meaning."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.words.fusion_calibration import AskedWay, blindness_of, calibrate_fusion
from profilesearch.words.model import FittedWords
from profilesearch.words.statistics import TermStatistics

from ..job import Job
from .fusion_queries import parted
from .judged import judged_ways
from .state import BuildState

_MEASURED = 200
"""Profiles that queries are made of, to measure how much words count."""

_SEED = 11


def terms(state: BuildState, job: Job) -> BuildState:
    """Count the words of all texts, and measure how much they count."""
    with job.stage("terms", len(state.spool)) as stage:

        def texts() -> Iterator[str]:
            for rows in state.spool.rows():
                yield from (row.text for row in rows)
                stage.advance(len(rows))

        statistics = TermStatistics.of(texts(), state.options.language)
    with job.stage("weigh words"):
        positions = _some(len(state.spool))
        rows = state.spool.rows_at(positions)
        ways = [part.asked(statistics, state.encoder) for part in parted(rows, statistics)]
        ways += judged_ways(state, state.judged, statistics) if state.judged is not None else []
        blindness = blindness_of(state.spool.vectors_at(positions), [row.text for row in rows])
        calibration = calibrate_fusion(_answerable(ways), blindness)
    return replace(state, words=FittedWords(statistics, calibration.weights), fusion=calibration)


def _answerable(ways: list[AskedWay]) -> list[AskedWay]:
    return [way for way in ways if len(way.references)]


def _some(rows: int) -> Integers:
    return np.sort(np.random.default_rng(_SEED).choice(rows, min(rows, _MEASURED), replace=False))
