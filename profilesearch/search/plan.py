"""What a search is going to do, and what is known of it so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..store import Candidate, Hit, KnnQuery
from ..vectors import Vectors
from .request import SearchRequest
from .results import Result
from .routing import RankedCluster, Route
from .snapshot import Snapshot

_NO_VECTOR: Vectors = np.empty(0, np.float32)


@dataclass(frozen=True)
class Plan:
    """What was asked, on which version, where, and how deep.

    Attributes:
        request: what was asked.
        snapshot: the version to answer from.
        depth: how many candidates are ranked, at the most.
        vector: ``(dim,)`` what candidates are compared with; empty until the stage ``embed``.
        route: the clusters to search; none until the stage ``route``.
    """

    request: SearchRequest
    snapshot: Snapshot
    depth: int
    vector: Vectors = field(default_factory=lambda: _NO_VECTOR)
    route: Route = field(default_factory=lambda: Route((), (), None))


@dataclass(frozen=True)
class Ranking:
    """What a query ranked, before any profile is read.

    Attributes:
        candidates: best first, as deep as was planned.
        searched: the clusters that were searched, nearest first; those of the route, and more where it was widened.
        query: the query that Redis answered; None until one was asked.
    """

    candidates: tuple[Candidate, ...] = ()
    searched: tuple[RankedCluster, ...] = ()
    query: KnnQuery | None = None


@dataclass(frozen=True)
class State:
    """What is known of a search so far. A stage returns a new one that knows more.

    Attributes:
        hits: the profiles of this page that could be read.
        results: these, as they are shown.
        timings: milliseconds by the name of the stage, in the order in which they ran.
    """

    plan: Plan
    ranking: Ranking = field(default_factory=Ranking)
    hits: tuple[Hit, ...] = ()
    results: tuple[Result, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def window(self) -> tuple[Candidate, ...]:
        """The candidates of this page."""
        request = self.plan.request
        return self.ranking.candidates[request.offset : request.offset + request.k]
