"""Judged queries, where a build is given some, in files or as kept labels: who should be found, and what both sides score."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from profilesearch.errors import SourceError
from profilesearch.store import Store
from profilesearch.words.bm25 import Bm25
from profilesearch.words.fitted_words import FittedWords
from profilesearch.words.fusion import WordWeights
from profilesearch.words.fusion_calibration import AskedWay, Kind
from profilesearch.words.statistics import TermStatistics

from ..evaluate.tasks import Task, load_task
from .options import BuildOptions
from .state import BuildState

_OTHERS = 2000
"""Profiles that nobody judged, among which those that fit must be found."""

_SEED = 12


def load_judged(options: BuildOptions, store: Store) -> Task | None:
    """The judged queries of two files, or of the labels that some owners keep; None if none were asked for.

    Raises:
        SourceError: a file cannot be read, a line is not what it should be, or nobody is said to fit any text.
    """
    if options.queries is not None and options.qrels is not None:
        return load_task(options.queries, options.qrels)
    if not options.labels:
        return None
    judged: dict[str, dict[str, int]] = {}
    for owner in options.labels:
        for label in store.kept.labels_and_stars(owner):
            if label.profile_id:
                judged.setdefault(label.query.strip(), {})[label.profile_id] = label.grade
    judged = {query: grades for query, grades in judged.items() if any(grades.values())}
    if not judged:
        raise SourceError(f"labels of {', '.join(options.labels)}: expected a text that somebody fits, got none")
    return Task(f"labels of {', '.join(options.labels)}", {query: query for query in judged}, judged)


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
            texts=tuple(texts),
        )
