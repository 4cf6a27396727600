"""Which side of an experiment answers a search, and what is kept of the answers.

No answer waits for it: entries are written by a thread, and a model that is asked unseen is asked by another one, one search at a time;
while a few wait, further ones are left out.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from profilesearch.background import Background
from profilesearch.errors import (
    EncoderError,
    ModelLoading,
    ProfileSearchError,
    RedisUnavailable,
    StoreError,
    UnknownModel,
)
from profilesearch.experiment import COMPARED, Answer, Entry, Experiment, Side
from profilesearch.search.page import SearchPage
from profilesearch.search.pipeline import RANKING, SearchPipeline
from profilesearch.search.request import SearchRequest
from profilesearch.search.stages.present import Present
from profilesearch.search.stages.read import Read
from profilesearch.store import Store

from .live_pipelines import LivePipelines

log = logging.getLogger(__name__)

_MOST_ENTRIES_WAITING = 1000
_MOST_SHADOWS_WAITING = 4


@dataclass(frozen=True)
class Chosen:
    """What answers a request.

    Attributes:
        pipeline: pinned to a version.
        experiment: the one that the request is part of; None if there is none.
        side: whose answer it is.
        missed: b should have answered, and cannot at present.
    """

    pipeline: SearchPipeline
    experiment: Experiment | None = None
    side: Side = "a"
    missed: bool = False


class Experiments:
    """Asks the sides of whichever experiment runs.

    Args:
        store: where it is.
        live: what answers for each model.
    """

    def __init__(self, store: Store, live: LivePipelines) -> None:
        self._store = store
        self._live = live
        self._entries = Background("record answers", _MOST_ENTRIES_WAITING)
        self._shadows = Background("ask a shadow", _MOST_SHADOWS_WAITING)

    def choose(self, text: Callable[[], str]) -> Chosen:
        """What answers where no model is named; raises as :meth:`LivePipelines.still`.

        Args:
            text: gives the text that is searched for, empty if there is none; asked only while an experiment runs.
        """
        pipeline = self._live.still("")
        experiment = self._store.versions.experiment
        if experiment is None or experiment.a.version != pipeline.snapshot().version.version:
            return Chosen(pipeline)
        if not (asked := text().strip()):
            return Chosen(pipeline)
        if experiment.shown(asked) == "a":
            return Chosen(pipeline, experiment)
        other = self._other(experiment)
        return Chosen(pipeline, experiment, missed=True) if other is None else Chosen(other, experiment, "b")

    def _other(self, experiment: Experiment) -> SearchPipeline | None:
        """What answers for b; None while it cannot."""
        try:
            pipeline = self._live.of(experiment.b.model)
        except RedisUnavailable:
            raise
        except (ModelLoading, EncoderError, UnknownModel, StoreError) as error:
            log.debug("b of the experiment cannot answer: %s", error)
            return None
        return pipeline if pipeline.snapshot().version.version == experiment.b.version else None

    def answered(self, chosen: Chosen, page: SearchPage) -> None:
        """Keep what somebody was shown, and ask b unseen where it is a shadow; of a search's first page alone."""
        experiment, request = chosen.experiment, page.request
        if experiment is None or request.offset or not (asked := request.query.strip()):
            return
        answer = Answer([result.hit.id for result in page.results[:COMPARED]], _milliseconds(page.timings))
        if experiment.kind == "shadow" and experiment.asks_b(asked):
            if not request.rerank:  # a closer look may cost money
                self._shadows.do(lambda: self._shadow(experiment, request, answer))
        elif chosen.missed:
            self._entries.do(lambda: self._kept(lambda: self._store.experiments.missed(experiment)))
        else:
            sides = (answer, None) if chosen.side == "a" else (None, answer)
            entry = Entry(experiment.digest(asked), *sides)
            self._entries.do(lambda: self._kept(lambda: self._store.experiments.record(experiment, entry)))

    def _shadow(self, experiment: Experiment, request: SearchRequest, shown: Answer) -> None:
        try:
            if (pipeline := self._other(experiment)) is None:
                self._store.experiments.missed(experiment)
                return
            asked = replace(request, k=min(request.k, COMPARED))
            state = pipeline.run(RANKING, asked, pipeline.snapshot())
            answer = Answer([one.id for one in state.window], _milliseconds(state.timings))
            self._store.experiments.record(experiment, Entry(experiment.digest(request.query), shown, answer))
        except ProfileSearchError as error:  # a filter that b's version does not have, or Redis away
            log.debug("the shadow has no answer: %s", error)

    def _kept(self, keep: Callable[[], object]) -> None:
        try:
            keep()
        except StoreError as error:  # a full or read-only Redis still answers searches
            log.debug("an answer was not kept: %s", error)


_SHOWING = frozenset((Read.name, Present.name, "total"))


def _milliseconds(timings: Mapping[str, float]) -> float:
    """What ranking took: the part of a search that both sides do."""
    return round(sum(spent for stage, spent in timings.items() if stage not in _SHOWING), 3)


def version_shown(store: Store, text: str) -> str:
    """The version that answers a text where no model is named, for a judgement that does not say which one it saw.

    Raises:
        NoLiveVersion, RedisUnavailable, DamagedVersion: it cannot be told.
    """
    default, experiment = store.versions.live().version, store.versions.experiment
    return default if experiment is None or experiment.shown(text) == "a" else experiment.b.version
