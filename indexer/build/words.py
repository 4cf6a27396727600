"""Stage ``words``: in how many profiles each word is, and how much words should count beside meaning."""

from collections.abc import Iterator
from dataclasses import replace

from profilesearch.clusters.fit import hold_back
from profilesearch.words.fusion_calibration import FusionCalibration, blindness_of, calibrate_fusion
from profilesearch.words.model import FittedWords
from profilesearch.words.statistics import TermStatistics

from ..fusion_queries import parted
from ..job import Job
from ..spool import Spool
from .state import BuildState

COUNTED = 100_000
"""Profiles whose words are counted, at the most: evenly taken from all."""


def words(state: BuildState, job: Job) -> BuildState:
    """Count the words and weigh them, unless that is known of an earlier version of the same profiles."""
    if state.words is not None:
        return state
    with job.stage("words"):
        statistics = TermStatistics.of(_texts(state.spool))
        weights = _calibration(state, statistics).weights
    return replace(state, words=FittedWords(statistics, weights))


def _texts(spool: Spool) -> Iterator[str]:
    step = -(-len(spool) // COUNTED) or 1
    rows = (row for chunk in spool.rows() for row in chunk)
    return (row.text for number, row in enumerate(rows) if number % step == 0)


def _calibration(state: BuildState, statistics: TermStatistics) -> FusionCalibration:
    """What the profiles themselves say, as far as enough of them can be asked for."""
    positions = hold_back(len(state.spool))
    rows = state.spool.rows_at(positions)
    ways = [part.asked(statistics, state.encoder) for part in parted(rows, statistics)]
    return calibrate_fusion(ways, blindness_of(state.spool.vectors_at(positions), [row.text for row in rows]))
