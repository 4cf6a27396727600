"""Judged queries, where a build is given some: they say more of how much words count than queries made of the profiles."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from profilesearch.words.bm25 import Bm25
from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.fusion import WordWeights
from profilesearch.words.fusion_calibration import AskedWay, Kind
from profilesearch.words.statistics import TermStatistics

from ..evaluate.tasks import Task, load_task
from .state import BuildState

_OTHERS = 2000
"""Profiles that nobody judged, among which those that fit must be found."""

_SEED = 12


def load_judged(queries: Path | None, qrels: Path | None) -> Task | None:
    """The judged queries of two files; None if none were given.

    Raises:
        SourceError: a file cannot be read, or a line is not what it should be.
    """
    return None if queries is None or qrels is None else load_task(queries, qrels)


def judged_ways(state: BuildState, task: Task, statistics: TermStatistics) -> list[AskedWay]:
    """The judged queries, short and long ones apart, against whoever is judged and some others.

    Args:
        state: with rows and vectors.
        task: queries and judgements.
        statistics: of the rows' words.
    """
    documents = _Documents(state, task)
    short = {id_: FittedWords.asks_titles(statistics.select(text)) for id_, text in task.queries.items()}
    kinds: tuple[tuple[str, Kind, bool], ...] = (
        ("judged short queries", "typed", True),
        ("judged long queries", "text", False),
    )
    ways = []
    for name, kind, is_short in kinds:
        queries = [id_ for id_ in task.queries if short[id_] == is_short and documents.fitting(id_).any()]
        if queries:
            ways.append(documents.asked(name, kind, queries, statistics))
    return ways


class _Documents:
    """Profiles that somebody judged, and some that nobody did."""

    def __init__(self, state: BuildState, task: Task) -> None:
        self._state, self._task = state, task
        places = state.spool.positions_of({id_ for judged in task.judged.values() for id_ in judged})
        others = np.random.default_rng(_SEED).choice(len(state.spool), min(len(state.spool), _OTHERS), replace=False)
        self._positions = np.union1d(others, np.array(list(places.values()), np.int64))
        self._rows = state.spool.rows_at(self._positions)

    def fitting(self, query: str) -> npt.NDArray[np.bool_]:
        """``(n,)`` who fits a query."""
        judged = self._task.judged[query]
        return np.array([judged.get(row.id, 0) > 0 for row in self._rows], np.bool_)

    def asked(self, name: str, kind: Kind, queries: Sequence[str], statistics: TermStatistics) -> AskedWay:
        """Queries of one kind with both sides' scores."""
        texts = [self._task.queries[query] for query in queries]
        words = [statistics.select(text) for text in texts]
        titles = [row.title for row in self._rows] if kind == "typed" else ()
        fitted = FittedWords(statistics, WordWeights())
        return AskedWay(
            name=name,
            kind=kind,
            bm25=Bm25(statistics, [row.text for row in self._rows], titles).scores(words),
            references=np.array([fitted.reference(terms) for terms in words]),
            cosines=self._state.asking.encode_queries(texts) @ self._state.spool.vectors_at(self._positions).T,
            relevant=np.array([self.fitting(query) for query in queries]),
            judged=True,
        )
