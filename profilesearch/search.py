"""A search from text to page of results: the way to read how the system works.

text → embedding → which clusters to search → one hybrid query → results with similarity and reasons.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from .calibration import Calibration
from .clustering import ClusterModel
from .embedding import Encoder
from .errors import InvalidRequest, ModelMismatch, StoreError, UnknownProfile
from .profile import Fields, clean_tag
from .snippet import snippet, words_of
from .store import Candidate, Hit, KnnQuery, Store, VersionRecord
from .vectors import Vectors

log = logging.getLogger(__name__)

LONGEST_QUERY = 8000
"""Characters that a query may have."""

MOST_RESULTS = 200
"""How deep results go: ``offset + k`` at the most."""

DEFAULT_K = 30

Mode = Literal["predicted", "auto", "off", "picked"]

_REMEMBERED_QUERIES = 4096


@dataclass(frozen=True)
class SearchRequest:
    """What a user asks for.

    Attributes:
        query: the text; empty if ``like`` says what to look for.
        like: the id of a profile that results should be like.
        k: results on this page.
        offset: results before this page, in a list that is the same for every page.
        mode: ``predicted`` searches the query's own cluster, ``auto`` as many as ``target_recall`` needs, ``off``
            everything, ``picked`` the clusters in ``picked``.
        probes: with ``predicted`` and ``auto``, search so many of the nearest clusters instead.
        target_recall: with ``auto``, the share of the true nearest neighbours to find, above 0 and up to 1.
        tags: for each field, the values of which a profile must have one.
        numbers: for each field, the least and the greatest value, either of which may be open.
    """

    query: str
    k: int = DEFAULT_K
    offset: int = 0
    mode: Mode = "predicted"
    picked: tuple[int, ...] = ()
    probes: int | None = None
    target_recall: float = 0.95
    like: str = ""
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.query.strip() and not self.like:
            raise InvalidRequest("q", "q: expected a text to search for, got nothing")
        if self.query.strip() and self.like:
            raise InvalidRequest("like", "like: expected either q or like, got both")
        if len(self.query) > LONGEST_QUERY:
            raise InvalidRequest("q", f"q: expected at most {LONGEST_QUERY} characters, got {len(self.query)}")
        if not 1 <= self.k <= MOST_RESULTS:
            raise InvalidRequest("k", f"k: expected a number from 1 to {MOST_RESULTS}, got {self.k}")
        if not 0 <= self.offset <= MOST_RESULTS - self.k:
            raise InvalidRequest(
                "offset", f"offset: expected 0 to {MOST_RESULTS - self.k} for k={self.k}, got {self.offset}"
            )
        if self.probes is not None and self.probes < 1:
            raise InvalidRequest("probes", f"probes: expected 1 or more, got {self.probes}")
        if not 0 < self.target_recall <= 1:
            raise InvalidRequest(
                "target_recall", f"target_recall: expected a number above 0 and up to 1, got {self.target_recall:g}"
            )


@dataclass(frozen=True)
class RankedCluster:
    """A cluster as a query sees it: number, name, size, and Euclidean distance to the query (smaller is nearer)."""

    id: int
    label: str
    size: int
    distance: float


@dataclass(frozen=True)
class Result:
    """One result.

    Attributes:
        rank: from 1, over all pages.
        similarity: higher is nearer; cosine for unit vectors.
        weak: the similarity is one that random pairs reach too.
        beyond: it comes from a cluster that was added because the chosen ones held too few.
    """

    rank: int
    hit: Hit
    snippet: str
    similarity: float
    label: str
    weak: bool
    beyond: bool


@dataclass(frozen=True)
class Timings:
    """Milliseconds that each stage took."""

    embed: float
    route: float
    redis: float
    total: float


@dataclass(frozen=True)
class SearchPage:
    """An answer: results, and what they came from.

    Attributes:
        ranked: every cluster, nearest first.
        searched: the clusters that were searched, nearest first.
        reason: why there are fewer results than requested, or where they came from beyond the chosen clusters; None
            when there is nothing to tell.
        recall: the share of the true nearest neighbours to expect, as calibrated; None where nobody measured it.
        floor: similarity below which a result is weak.
        query: the query that Redis answered.
        sureness: how many of the ten landmarks nearest to the query lie in the predicted cluster.
        place: the query's place on the map.
    """

    request: SearchRequest
    version: VersionRecord
    ranked: tuple[RankedCluster, ...]
    searched: tuple[RankedCluster, ...]
    results: tuple[Result, ...]
    reason: str | None
    recall: float | None
    floor: float
    timings: Timings
    redis_cli: str
    query: KnnQuery
    sureness: int
    place: tuple[float, float]

    @property
    def predicted(self) -> RankedCluster:
        """The cluster that the query itself belongs to."""
        return self.ranked[0]


@dataclass(frozen=True)
class FacetValue:
    """One value of a tag field: how many profiles have it, and whether it is filtered by."""

    value: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A tag field with its most frequent values; ``more`` says how many others there are."""

    field: str
    values: tuple[FacetValue, ...]
    more: int


@dataclass(frozen=True)
class Ranking:
    """What a query ranked, before any profile is read: candidates, the clusters searched, and the query itself."""

    candidates: Sequence[Candidate]
    searched: tuple[RankedCluster, ...]
    query: KnnQuery


@dataclass(frozen=True)
class Snapshot:
    """A version with its clusters and what they cost: all that one search needs to be answered from one version."""

    version: VersionRecord
    clusters: ClusterModel
    calibration: Calibration


class SearchPipeline:
    """Answers searches from the live version.

    Args:
        encoder: the model; it must be the one that the version was built with.
        store: where the profiles are.
        remembered: how many of the latest queries are kept in Redis, to compare a new version with.
    """

    def __init__(self, encoder: Encoder, store: Store, remembered: int = 0) -> None:
        self._encoder = encoder
        self._store = store
        self._remembered = remembered
        self._snapshot: Snapshot | None = None
        self._lock = threading.Lock()
        self._embedded: Callable[[str], Vectors] = lru_cache(_REMEMBERED_QUERIES)(self._embed_anew)

    def snapshot(self) -> Snapshot:
        """The live version and its clusters, read anew when the version changes.

        Raises:
            NoLiveVersion, RedisUnavailable, ModelMismatch: it cannot be searched, and why.
        """
        version = self._store.versions.live()
        with self._lock:
            held = self._snapshot
        if held is None or held.version != version:  # names come again after FLUSHALL, whole records do not
            if version.fingerprint != self._encoder.fingerprint:
                raise ModelMismatch(
                    f"the live version {version.version} was built with the model {version.model} "
                    f"({version.fingerprint}), but this process has {self._encoder.name} ({self._encoder.fingerprint}): "
                    "set PROFILESEARCH_MODEL, or build the index again"
                )
            held = Snapshot(version, *self._store.clustering(version))
            with self._lock:
                self._snapshot = held
        return held

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
        _check_fields(request, snapshot.version.fields)
        before_embedding = time.perf_counter()
        vector = self._vector(request, snapshot.version)
        embedded = time.perf_counter()
        ranked = _rank(snapshot.clusters, vector)
        chosen, recall = _route(request, ranked, snapshot, vector)
        routed = time.perf_counter()
        depth = min(MOST_RESULTS, request.offset + request.k + 1)
        ranking = self._search(request, snapshot.version, vector, ranked, chosen, depth)
        candidates, searched, query = ranking.candidates, ranking.searched, ranking.query
        hits = self._store.read(snapshot.version, candidates[request.offset : request.offset + request.k])
        answered = time.perf_counter()
        results = _results(hits, request, snapshot, {cluster.id for cluster in chosen})
        timings = Timings(
            _ms(embedded - before_embedding), _ms(routed - embedded), _ms(answered - routed),
            _ms(time.perf_counter() - started),
        )  # fmt: skip
        return SearchPage(
            request, snapshot.version, tuple(ranked), searched, results,
            _reason(request, len(candidates), results, len(searched) > len(chosen)),
            _recall(request, len(chosen), len(searched), recall, snapshot), snapshot.calibration.floor,
            timings, self._store.command(query, request.offset, request.k), query,
            int((snapshot.clusters.near(vector[None])[0, :10] == ranked[0].id).sum()),
            _place(snapshot.clusters, vector),
        )  # fmt: skip

    def _embed_anew(self, text: str) -> Vectors:
        vector: Vectors = self._encoder.encode_queries([text])[0]
        if self._remembered:
            try:
                self._store.remember_query(text, self._remembered)
            except StoreError as error:  # a full or read-only Redis still answers searches
                log.debug("the query was not remembered: %s", error)
        return vector

    def embed(self, text: str) -> Vectors:
        """The ``(dim,)`` vector of a query text; the last few thousand are remembered."""
        return self._embedded(text)

    def ranking(self, request: SearchRequest) -> Ranking:
        """Only the ids and distances that a request finds, up to 200 deep."""
        snapshot = self.snapshot()
        vector = self._vector(request, snapshot.version)
        ranked = _rank(snapshot.clusters, vector)
        chosen, _ = _route(request, ranked, snapshot, vector)
        return self._search(request, snapshot.version, vector, ranked, chosen, MOST_RESULTS)

    def _vector(self, request: SearchRequest, version: VersionRecord) -> Vectors:
        if not request.like:
            return self._embedded(request.query)
        try:
            return self._store.profile(version, request.like)[1]
        except UnknownProfile:
            raise UnknownProfile("like", f"like: no profile has the id {request.like!r}") from None

    def _search(
        self, request: SearchRequest, version: VersionRecord, vector: Vectors, ranked: Sequence[RankedCluster],
        chosen: Sequence[RankedCluster], depth: int,
    ) -> Ranking:  # fmt: skip
        """One hybrid query over the chosen clusters; if they hold fewer than asked for, one over more of them.

        Whether more are needed depends on ``k`` alone, so that every page is a window into the same list.
        """
        clusters = None if request.mode == "off" else [cluster.id for cluster in chosen]
        query = KnnQuery(vector, depth + bool(request.like), clusters, request.tags, request.numbers)
        candidates, query = self._ordered(version, query, request.like)
        if len(candidates) >= request.k or request.mode in ("off", "picked") or len(chosen) == len(ranked):
            return Ranking(candidates, tuple(chosen), query)
        counts = self._store.count_by_cluster(version, query)
        wider: list[RankedCluster] = []
        found = 0
        for cluster in [*chosen, *(each for each in ranked if each not in chosen)]:
            if len(wider) >= len(chosen) and found >= request.k + bool(request.like):
                break
            wider.append(cluster)
            found += counts.get(cluster.id, 0)
        candidates, query = self._ordered(
            version, replace(query, clusters=[cluster.id for cluster in wider]), request.like
        )
        return Ranking(candidates, tuple(wider), query)

    def _ordered(self, version: VersionRecord, query: KnnQuery, without: str) -> tuple[list[Candidate], KnnQuery]:
        """Candidates by distance, then id, without one id.

        Redis decides which of several equally distant profiles come last within K: if a tie reaches the end, the query
        is asked again 200 deep, so that every page orders it alike.
        """
        candidates = self._store.rank(version, query)
        deepest = MOST_RESULTS + bool(without)
        if 1 < len(candidates) == query.k < deepest and candidates[-1].distance == candidates[-2].distance:
            query = replace(query, k=deepest)
            candidates = self._store.rank(version, query)
        return [candidate for candidate in candidates if candidate.id != without][:MOST_RESULTS], query

    def facets(self, page: SearchPage, most: int = 8) -> list[Facet]:
        """Values of each tag field among the profiles that a page's search compared, its own filter left aside.

        So that several values of a field can be chosen, one after the other.
        """
        found = []
        for name in page.version.fields.tags:
            chosen = [clean_tag(value) for value in page.request.tags.get(name, ())]
            others = {field: values for field, values in page.query.tags.items() if field != name}
            counts = self._store.count_by_tag(page.version, replace(page.query, tags=others), name)
            shown = list(counts.items())[:most]
            shown += [(value, counts.get(value, 0)) for value in chosen if value not in dict(shown)]
            values = tuple(FacetValue(value, count, value in chosen) for value, count in shown)
            found.append(Facet(name, values, max(0, len(counts) - most)))
        return found

    def candidates(self, page: SearchPage) -> int:
        """How many profiles a page's query compared with the text."""
        return self._store.count(page.version, page.query)


def _check_fields(request: SearchRequest, fields: Fields) -> None:
    known = ", ".join((*fields.tags, *(f"{name}_min, {name}_max" for name in fields.numbers))) or "none"
    for name in request.tags:
        if name not in fields.tags:
            raise InvalidRequest(name, f"{name}: no such field; fields to filter by: {known}")
        for value in request.tags[name]:
            try:
                clean_tag(value)
            except ValueError as error:
                raise InvalidRequest(name, f"{name}: expected a text, got one with {error}") from None
    for name in request.numbers:
        if name not in fields.numbers:
            raise InvalidRequest(name, f"{name}: no such numeric field; fields to filter by: {known}")


def _rank(clusters: ClusterModel, vector: Vectors) -> list[RankedCluster]:
    return [
        RankedCluster(number, clusters.labels[number], int(clusters.sizes[number]), distance)
        for number, distance in clusters.nearest(vector)
    ]


def _route(
    request: SearchRequest, ranked: Sequence[RankedCluster], snapshot: Snapshot, vector: Vectors
) -> tuple[tuple[RankedCluster, ...], float | None]:
    """The clusters to search, nearest first, and the recall to expect of them."""
    clusters, calibration = snapshot.clusters, snapshot.calibration
    if request.mode == "off":
        return tuple(ranked), 1.0
    if request.mode == "predicted" or (request.mode == "auto" and request.probes is not None):
        probes = min(request.probes or 1, len(ranked))
        return tuple(ranked[:probes]), float(calibration.probe_recalls[probes - 1])
    if request.mode == "auto":
        landmarks = calibration.landmarks_for(request.target_recall)
        near = {ranked[0].id, *map(int, clusters.near(vector[None])[0, :landmarks])}
        return tuple(cluster for cluster in ranked if cluster.id in near), calibration.recall_of(landmarks)
    unknown = sorted(set(request.picked) - {cluster.id for cluster in ranked})
    if unknown or not request.picked:
        got = ", ".join(map(str, unknown)) or "nothing"
        raise InvalidRequest("cluster", f"cluster: expected numbers from 0 to {len(ranked) - 1}, got {got}")
    return tuple(cluster for cluster in ranked if cluster.id in request.picked), None


def _recall(
    request: SearchRequest, chosen: int, searched: int, recall: float | None, snapshot: Snapshot
) -> float | None:
    """The recall to expect once further clusters had to be searched; at least that of the chosen ones."""
    if searched == len(snapshot.clusters):
        return 1.0
    if request.mode == "predicted" and searched > chosen:
        return float(snapshot.calibration.probe_recalls[searched - 1])
    return recall


def _results(
    hits: Sequence[Hit], request: SearchRequest, snapshot: Snapshot, chosen: AbstractSet[int]
) -> tuple[Result, ...]:
    labels = snapshot.clusters.labels
    wanted = words_of(request.query)
    results = []
    for rank, hit in enumerate(hits, request.offset + 1):
        similarity = snapshot.version.vectors.similarity(hit.distance)
        text = hit.text.removeprefix(hit.headline).strip() or hit.text
        results.append(Result(
            rank, hit, snippet(text, wanted), similarity, labels[hit.cluster] if 0 <= hit.cluster < len(labels) else "",
            similarity < snapshot.calibration.floor, hit.cluster not in chosen,
        ))  # fmt: skip
    return tuple(results)


def _reason(request: SearchRequest, found: int, results: Sequence[Result], widened: bool) -> str | None:
    filtered = bool(request.tags or request.numbers)
    if len(results) < request.k:
        if found == MOST_RESULTS:
            return "results end at 200"
        few = {0: "there is no profile", 1: "there is only 1 profile"}.get(found, f"there are only {found} profiles")
        filters = f" that {'pass' if found > 1 else 'passes'} the filters" if filtered else ""
        where = " in the searched clusters" if request.mode == "picked" else ""
        return few + filters + where
    if widened:
        filters = " that pass the filters" if filtered else ""
        return (
            f"the chosen clusters hold fewer than {request.k} profiles{filters}, so the next nearest were searched too"
        )
    return None


def _place(clusters: ClusterModel, vector: Vectors) -> tuple[float, float]:
    x, y = clusters.project(vector[None])[0]
    return float(x), float(y)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
