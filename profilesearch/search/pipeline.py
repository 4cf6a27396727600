"""A search from text to page of results: the way to read how the system works.

text → embedding → which clusters to search → one hybrid query → results with similarity and reasons.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ..clusters.model import ClusterModel
from ..embedding import Encoder, compatible
from ..errors import ModelMismatch, UnknownProfile
from ..store import Candidate, Filter, KnnQuery, QueryRecorder, Store, VersionRecord
from ..tags import clean_tag, fold_tag
from ..vectors import Vectors
from .request import MOST_RESULTS, SearchRequest
from .results import Facet, FacetValue, SearchPage, Timings, make_results, reason_of
from .routing import RankedCluster, Route, find_route, recall_to_expect
from .snapshot import Snapshot

_REMEMBERED_QUERIES = 4096


@dataclass(frozen=True)
class Ranking:
    """What a query ranked, before any profile is read: candidates, the clusters searched, and the query itself."""

    candidates: Sequence[Candidate]
    searched: tuple[RankedCluster, ...]
    query: KnnQuery


class SearchPipeline:
    """Answers searches from the live version.

    Args:
        encoder: the model; it must be the one that the version was built with.
        store: where the profiles are.
        remembered: how many of the latest queries are kept in Redis, to compare a new version with.
        told: is given every answer, to count it.
    """

    def __init__(
        self, encoder: Encoder, store: Store, remembered: int = 0, told: Callable[[SearchPage], None] | None = None
    ) -> None:
        self._encoder = encoder
        self._store = store
        self._recorder = QueryRecorder(store.recent, remembered)
        self._told = told
        self._snapshot: Snapshot | None = None
        self._lock = threading.Lock()
        self._embedded: Callable[[str], Vectors] = lru_cache(_REMEMBERED_QUERIES)(self._embed_anew)

    def snapshot(self) -> Snapshot:
        """The live version and its clusters; these are read again only for another version, by one thread at a time.

        Raises:
            NoLiveVersion, RedisUnavailable, ModelMismatch, DamagedVersion: it cannot be searched, and why.
        """
        version = self._store.versions.live()
        snapshot = self._snapshot
        if snapshot is not None and snapshot.version is version:
            return snapshot
        with self._lock:
            self._snapshot = self._snapshot_of(version, self._snapshot)
            return self._snapshot

    def _snapshot_of(self, version: VersionRecord, before: Snapshot | None) -> Snapshot:
        """The snapshot of a version, from an earlier one where only its counters differ."""
        if before is not None and before.version.identity == version.identity != "":
            sizes = version.sizes if len(version.sizes) == len(before.clusters) else before.clusters.sizes.tolist()
            same = before.clusters.sizes.tolist() == list(sizes)
            return replace(
                before, version=version, clusters=before.clusters if same else before.clusters.resized(sizes)
            )
        if not compatible(version.fingerprint, self._encoder.fingerprint):
            raise ModelMismatch(
                f"the live version {version.version} was built with the model {version.model} "
                f"({version.fingerprint}), but this process has {self._encoder.name} ({self._encoder.fingerprint}): "
                "set PROFILESEARCH_MODEL, or build the index again"
            )
        return Snapshot(version, *self._store.clusters.read(version))

    def search(self, request: SearchRequest, snapshot: Snapshot | None = None) -> SearchPage:
        """Find the people who fit.

        Args:
            request: what to find.
            snapshot: the version to answer from; by default, the live one.

        Raises:
            InvalidRequest: the request names a field, cluster or profile that is not there.
            StoreError: Redis is away, nothing is published, or the model is another one.
        """
        started = time.perf_counter()
        snapshot = snapshot or self.snapshot()
        request.check_fields(snapshot.version.fields)
        before_embedding = time.perf_counter()
        vector = self._vector(request, snapshot.version)
        embedded = time.perf_counter()
        route = find_route(request, snapshot, vector)
        routed = time.perf_counter()
        depth = min(MOST_RESULTS, request.offset + request.k + 1)
        ranking = self._search(request, snapshot.version, vector, route, depth)
        window = ranking.candidates[request.offset : request.offset + request.k]
        hits = self._store.profiles.read(snapshot.version, window)
        answered = time.perf_counter()
        results = make_results(hits, request, snapshot, {cluster.id for cluster in route.chosen})
        widened, gone = len(ranking.searched) > len(route.chosen), len(window) - len(hits)
        everywhere = len(ranking.searched) == len(route.ranked)
        reason = reason_of(request, len(ranking.candidates), gone, widened, everywhere)
        recall = recall_to_expect(request, route, len(ranking.searched), snapshot.calibration)
        command = self._store.command_line(ranking.query, request.offset, request.k)
        more = len(ranking.candidates) > request.offset + request.k
        place = _place(snapshot.clusters, vector)
        timings = Timings(
            _ms(embedded - before_embedding), _ms(routed - embedded), _ms(answered - routed),
            _ms(time.perf_counter() - started),
        )  # fmt: skip
        page = SearchPage(
            request, snapshot.version, route.ranked, ranking.searched, results, reason, recall,
            snapshot.calibration.floor, timings, command, ranking.query, more, place,
        )  # fmt: skip
        if request.query.strip():
            self._recorder.record(request.query)
        if self._told is not None:
            self._told(page)
        return page

    def check(self) -> VersionRecord:
        """The live version, once a small search on its index has found somebody.

        Raises:
            StoreError: Redis is away, nothing is published, the model is another one, or the index is not ready.
        """
        snapshot = self.snapshot()
        self._store.check(snapshot.version, KnnQuery(snapshot.clusters.mean, 1))
        return snapshot.version

    def _embed_anew(self, text: str) -> Vectors:
        vector: Vectors = self._encoder.encode_queries([text])[0]
        return vector

    def embed(self, text: str) -> Vectors:
        """The ``(dim,)`` vector of a query text; the last few thousand are remembered."""
        return self._embedded(text)

    def ranking(self, request: SearchRequest) -> Ranking:
        """Only the ids and distances that a request finds, up to 200 deep."""
        snapshot = self.snapshot()
        vector = self._vector(request, snapshot.version)
        return self._search(request, snapshot.version, vector, find_route(request, snapshot, vector), MOST_RESULTS)

    def _vector(self, request: SearchRequest, version: VersionRecord) -> Vectors:
        if not request.like:
            return self._embedded(request.query)
        try:
            return self._store.profiles.one(version, request.like)[1]
        except UnknownProfile as error:
            raise UnknownProfile("like", f"like: {error}") from None

    def _search(
        self, request: SearchRequest, version: VersionRecord, vector: Vectors, route: Route, depth: int
    ) -> Ranking:
        """One hybrid query over the chosen clusters; if they hold fewer than asked for, one over more of them.

        Whether more are needed depends on ``k`` alone, so that every page is a window into the same list.
        """
        itself = bool(request.like)  # a profile is its own nearest neighbour
        clusters = None if request.mode == "off" else [cluster.id for cluster in route.chosen]
        admitted = Filter(None, request.tags, request.numbers).within(clusters)
        query = KnnQuery(vector, depth + itself, admitted)
        candidates, query = self._ordered(version, query, request.like)
        enough = len(candidates) >= request.k or len(route.chosen) == len(route.ranked)
        if enough or request.mode in ("off", "picked"):
            return Ranking(candidates, route.chosen, query)
        wider = route.widened(request.k + itself, self._store.counts.by_cluster(version, admitted.within(None)))
        query = replace(query, filter=admitted.within(cluster.id for cluster in wider))
        candidates, query = self._ordered(version, query, request.like)
        return Ranking(candidates, wider, query)

    def _ordered(self, version: VersionRecord, query: KnnQuery, without: str) -> tuple[list[Candidate], KnnQuery]:
        """Candidates by distance, then id, without one id.

        Redis decides which of several equally distant profiles come last within K: if a tie reaches the end, the query
        is asked again 200 deep, so that every page orders it alike.
        """
        candidates = self._store.rank(version, query)
        deepest = MOST_RESULTS + bool(without)
        if 1 < len(candidates) == query.k < deepest and candidates[-1].score == candidates[-2].score:
            query = replace(query, k=deepest)
            candidates = self._store.rank(version, query)
        return [candidate for candidate in candidates if candidate.id != without][:MOST_RESULTS], query

    def facets(
        self, version: VersionRecord, request: SearchRequest, clusters: Sequence[int] | None, most: int = 8
    ) -> list[Facet]:
        """Values of each tag field among the profiles that a search compared, the field's own filter left aside.

        So that several values of a field can be chosen, one after the other.

        Args:
            version: the version that was searched.
            request: what was searched for; its filters count, its text does not.
            clusters: the clusters that were searched; None if all were.
            most: values of each field, the most frequent first; those that are filtered by are always among them.
        """
        request.check_fields(version.fields)
        admitted = Filter(None, request.tags, request.numbers).within(clusters)
        facets = []
        for name in version.fields.tags:
            counts = self._store.counts.by_tag(version, admitted.without(name), name)
            spellings = {fold_tag(value): value for value in counts}
            asked = [clean_tag(value) for value in request.tags.get(name, ())]
            chosen = dict.fromkeys(spellings.get(fold_tag(value), value) for value in asked)
            shown = list(counts.items())[:most]
            shown += [(value, counts.get(value, 0)) for value in chosen if value not in dict(shown)]
            values = tuple(FacetValue(value, count, value in chosen) for value, count in shown)
            facets.append(Facet(name, values, max(0, len(counts) - most)))
        return facets

    def candidates(self, page: SearchPage) -> int:
        """How many profiles a page's query compared with the text."""
        return self._store.counts.total(page.version, page.query.filter)


def _place(clusters: ClusterModel, vector: Vectors) -> tuple[float, float]:
    x, y = clusters.project(vector[None])[0]
    return float(x), float(y)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
