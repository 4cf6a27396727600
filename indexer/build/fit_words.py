"""Stage ``fit_words``: in how many profiles each word is, and how much words should count beside meaning."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from profilesearch.arrays import Integers
from profilesearch.embedding import embeds_texts
from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.fusion_calibration import FusionCalibration, blindness_of, calibrate_fusion
from profilesearch.words.language import language_of
from profilesearch.words.statistics import TermStatistics

from ..job import Job
from ..report import Stage
from ..spool import Spool
from .fusion_queries import parted
from .judged import judged_ways
from .learn_fusion import learn_fusion
from .learned import Lesson
from .state import BuildState, made

COUNTED = 100_000
"""Profiles whose words are counted, at the most: evenly taken from all."""

_LEAST, _MOST = 60, 200
"""Profiles that queries are made of, to measure how much words count: a tenth of all, within these bounds."""

_SEED = 11


def fit_words(state: BuildState, job: Job) -> BuildState:
    """Count the words and weigh them, unless that is known of an earlier version of the same profiles."""
    known = state.words
    if known is not None and state.options.language not in (None, known.statistics.language):
        known = None
    if known is not None and state.judged is None:
        return state
    with job.stage("count words", len(state.spool)) as stage:
        statistics = known.statistics if known is not None else _count(state, stage)
    with job.stage("weigh words"):
        fusion = _calibration(state, statistics)
        lessons: list[Lesson] = []
        if state.judged is not None:
            fusion, lessons = learn_fusion(fusion, judged_ways(state, state.judged, statistics), state.judged.name)
    regions = None if known is None else known.regions
    conditions = () if state.words is None else state.words.conditions
    return replace(
        state, words=FittedWords(statistics, fusion.weights, regions, conditions), fusion=fusion, lessons=tuple(lessons)
    )


def _count(state: BuildState, stage: Stage) -> TermStatistics:
    language = state.options.language or _language(state)
    return TermStatistics.of_languages(_texts(state.spool, language, stage), language)


def _language(state: BuildState) -> str:
    """The language that most profiles say they are in; where none says anything, the one that is detected."""
    if languages := made(state.loaded).languages:
        return languages[0]
    return language_of([row.text for row in state.spool.rows_at(_some(len(state.spool)))])


def _texts(spool: Spool, language: str, stage: Stage) -> Iterator[tuple[str, str]]:
    """Texts, each with its language, or that of most."""
    step = -(-len(spool) // COUNTED) or 1
    first = 0
    for rows in spool.rows():
        yield from ((row.text, row.language or language) for n, row in enumerate(rows, first) if n % step == 0)
        first += len(rows)
        stage.advance(len(rows))


def _calibration(state: BuildState, statistics: TermStatistics) -> FusionCalibration:
    """What the profiles themselves say, as far as enough of them can be asked for."""
    positions = _some(len(state.spool))
    rows = state.spool.rows_at(positions)
    parts = parted(rows, statistics) if embeds_texts(state.encoder.name) else []
    ways = [part.asked(statistics, state.asking) for part in parts]
    return calibrate_fusion(ways, blindness_of(state.spool.vectors_at(positions), [row.text for row in rows]))


def _some(rows: int) -> Integers:
    amount = min(rows, max(_LEAST, min(_MOST, rows // 10)))
    return np.sort(np.random.default_rng(_SEED).choice(rows, amount, replace=False))
