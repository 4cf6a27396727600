"""The stages of a search, one a file.

To add one, write a file with a class that is made from :class:`Tools`, has a ``name`` and a ``run``, and put the class into a
list of :mod:`..pipeline`. What a stage learns goes into the :class:`~..plan.State` that it returns; how long it took is
measured by :func:`run_stages`.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from ...store import Store
from ..plan import State
from ..query_vectors import QueryVectors
from ..rerankers import Reranker


@dataclass(frozen=True)
class Tools:
    """What stages work with: vectors of texts, the profiles in Redis, and the rerankers that there are, by name."""

    vectors: QueryVectors
    store: Store
    rerankers: Mapping[str, Reranker] = field(default_factory=dict)


class Stage(Protocol):
    """One step of a search."""

    @property
    def name(self) -> str:
        """What its time is called."""
        ...

    def run(self, state: State) -> State:
        """What is known after this step, or the state that came, which is never changed, if there is nothing to do."""
        ...


StageMaker = Callable[[Tools], Stage]


def run_stages(stages: Iterable[StageMaker], tools: Tools, state: State) -> State:
    """Run stages one after the other, and measure in milliseconds each that has something to do."""
    for make in stages:
        stage = make(tools)
        started = time.perf_counter()
        after = stage.run(state)
        if after is not state:
            took = round((time.perf_counter() - started) * 1000, 3)
            state = replace(after, timings={**state.timings, stage.name: took})
    return state
