"""A search from text to page of results: the way to read how the system works.

Each list below is what one kind of answer takes, stage by stage; :mod:`.stages` holds them, one a file.
"""

import time
from collections.abc import Iterable
from copy import copy
from dataclasses import replace

from ..embedding import Encoder
from ..errors import InvalidRequest
from ..store import KnnQuery, Store, VersionRecord
from ..text.conditions import of_fields
from ..text.found_filters import FoundValue
from ..vectors import Vectors
from .known_values import KnownValues
from .live import LiveSnapshots, OneSnapshot
from .page import SearchPage
from .plan import State, make_plan
from .query_vectors import QueryVectors
from .request import MOST_RESULTS, SearchRequest
from .rerankers import Reranker
from .snapshot import Snapshot
from .stages import StageMaker, Tools, run_stages
from .stages.diversify import Diversify
from .stages.embed import Embed
from .stages.exact_titles import ExactTitles
from .stages.present import Present
from .stages.rank import Rank
from .stages.read import Read
from .stages.rerank import Rerank
from .stages.route import ChooseClusters
from .stages.terms import ChooseTerms

RANKING: tuple[StageMaker, ...] = (Embed, ChooseTerms, ChooseClusters, Rank, ExactTitles, Rerank, Diversify)
"""Who fits, by id alone, and which clusters were searched: for measuring, for the map, for counting."""

HITS: tuple[StageMaker, ...] = (*RANKING, Read)
"""The profiles themselves: for comparisons of two lists, and for canary queries."""

QUESTION: tuple[StageMaker, ...] = (Embed, ChooseTerms)
"""What a request asks for, in numbers and words: to say why somebody was found, see :mod:`.evidence`."""

PAGE: tuple[StageMaker, ...] = (*HITS, Present)
"""Results as people and programs see them."""


class SearchPipeline:
    """Answers searches from the live version.

    Args:
        encoder: the model; it must be the one that the version was built with.
        store: where the profiles are.
        rerankers: models that requests may name, to put the first candidates into another order.
        values: those that profiles have, to know the conditions in a text by; by default, read from the store.
    """

    def __init__(
        self,
        encoder: Encoder,
        store: Store,
        rerankers: Iterable[Reranker] = (),
        values: KnownValues | None = None,
    ) -> None:
        self.tools = Tools(QueryVectors(encoder), store, {reranker.name: reranker for reranker in rerankers})
        self._encoder = encoder
        self._live: LiveSnapshots | OneSnapshot = LiveSnapshots(encoder, store)
        self._values = values or KnownValues(store)

    @property
    def fingerprint(self) -> str:
        """The model's."""
        return self._encoder.fingerprint

    def snapshot(self) -> Snapshot:
        """The live version and its clusters.

        Raises:
            NoLiveVersion, RedisUnavailable, ModelMismatch, DamagedVersion: it cannot be searched, and why.
        """
        return self._live.latest()

    def pinned(self, version: VersionRecord) -> "SearchPipeline":
        """The same for one version, whatever is live: all that it answers is from this one.

        Raises:
            RedisUnavailable, ModelMismatch, DamagedVersion: it cannot be searched, and why.
        """
        pinned = copy(self)
        pinned._live = OneSnapshot(self._live.of(version))
        return pinned

    def embed(self, text: str) -> Vectors:
        """The ``(dim,)`` vector that a search for a text compares profiles with; the last few thousand are remembered.

        Raises:
            InvalidRequest, StoreError, NoQueryModel: see :meth:`search`.
        """
        return self.run((Embed,), SearchRequest(text)).plan.vector

    def _conditions(self, text: str, snapshot: Snapshot) -> tuple[FoundValue, ...]:
        """The values that a text names of fields that say nothing of what somebody does."""
        fields = () if snapshot.words is None else snapshot.words.conditions
        return tuple(of_fields(self._values.named(snapshot.version, text), fields)) if fields else ()

    def search(self, request: SearchRequest, snapshot: Snapshot | None = None) -> SearchPage:
        """Find the people who fit.

        Args:
            request: what to find.
            snapshot: the version to answer from; by default, the live one.

        Raises:
            InvalidRequest: the request names a field, cluster or profile that is not there.
            StoreError: Redis is away, nothing is published, or the model is another one.
            NoQueryModel: profiles brought their vectors, and no model embeds the text.
        """
        started = time.perf_counter()
        state = self.run(PAGE, request, snapshot)
        total = round((time.perf_counter() - started) * 1000, 3)
        return SearchPage.of(replace(state, timings={**state.timings, "total": total}))

    def run(
        self,
        stages: tuple[StageMaker, ...],
        request: SearchRequest,
        snapshot: Snapshot | None = None,
        depth: int | None = None,
    ) -> State:
        """What some stages find out about a request.

        Args:
            stages: such as :data:`RANKING`.
            request: what to find.
            snapshot: the version to answer from; by default, the live one.
            depth: how many candidates are ranked, at the most; by default as many as the request's page needs, and one.

        Raises:
            InvalidRequest, StoreError: see :meth:`search`.
        """
        snapshot = snapshot or self.snapshot()
        self.check_reranker(request)
        reordered = bool(request.rerank or request.diversity)
        depth = MOST_RESULTS if reordered else min(MOST_RESULTS, depth or request.offset + request.k + 1)
        plan = make_plan(request, snapshot, depth)
        plan = replace(plan, conditions=self._conditions(plan.text, snapshot))
        return run_stages(stages, self.tools, State(plan))

    def check_reranker(self, request: SearchRequest) -> None:
        """Check that there is the reranker that a request names.

        Raises:
            InvalidRequest: there is not.
        """
        if request.rerank and request.rerank not in self.tools.rerankers:
            known = ", ".join(self.tools.rerankers) or "no other"
            raise InvalidRequest("rerank", f"rerank: expected none or {known}, got {request.rerank[:50]!r}")

    def check(self) -> VersionRecord:
        """The live version, once a small search on its index has found somebody.

        Raises:
            StoreError: Redis is away, nothing is published, the model is another one, or the index is not ready.
        """
        snapshot = self.snapshot()
        form = snapshot.version.vectors.type
        self.tools.store.check(snapshot.version, KnnQuery(snapshot.clusters.plane.mean, 1, type=form))
        return snapshot.version
