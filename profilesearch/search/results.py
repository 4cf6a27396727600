"""An answer: the people found, and what they came from."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ..store import Hit, KnnQuery, VersionRecord, command
from ..text.snippet import snippet, words_of
from .request import SearchRequest
from .routing import RankedCluster
from .snapshot import Snapshot


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
        more: another page has results.
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
    more: bool
    place: tuple[float, float]

    @property
    def predicted(self) -> RankedCluster:
        """The cluster that the query itself belongs to."""
        return self.ranked[0]

    @property
    def command(self) -> tuple[str, ...]:
        """The words of the command that Redis answered, but for the last one, which is the query's vector."""
        return tuple(str(word) for word in command.search(self.version.index, self.query)[:-1])

    @property
    def outside(self) -> int:
        """How many of the results the predicted cluster alone would have lost."""
        return sum(result.hit.cluster != self.predicted.id for result in self.results)


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


def make_results(
    hits: Sequence[Hit], request: SearchRequest, snapshot: Snapshot, chosen: AbstractSet[int]
) -> tuple[Result, ...]:
    """Hits as results: with rank, snippet, similarity, and whether they come from beyond the chosen clusters."""
    labels = snapshot.clusters.labels
    wanted = words_of(request.query)
    results = []
    for rank, hit in enumerate(hits, request.offset + 1):
        similarity = snapshot.version.vectors.similarity(hit.score)
        text = hit.text.removeprefix(hit.title).strip() or hit.text
        results.append(Result(
            rank, hit, snippet(text, wanted), similarity, labels[hit.cluster] if 0 <= hit.cluster < len(labels) else "",
            similarity < snapshot.calibration.floor, hit.cluster not in chosen,
        ))  # fmt: skip
    return tuple(results)


def reason_of(request: SearchRequest, found: int, gone: int, widened: bool, everywhere: bool) -> str | None:
    """Why there are fewer results than requested, or where they came from beyond the chosen clusters.

    Args:
        found: profiles that the query ranked, as deep as was asked.
        gone: those of this page that were removed before they could be read, or are damaged.
        widened: further clusters were searched.
        everywhere: no cluster was left out.
    """
    filtered = bool(request.tags or request.numbers)
    if found < request.offset + request.k:
        few = {0: "there is no profile", 1: "there is only 1 profile"}.get(found, f"there are only {found} profiles")
        filters = f" that {'pass' if found > 1 else 'passes'} the filters" if filtered else ""
        where = "" if everywhere else " in the searched clusters"
        return few + filters + where
    if gone:
        were = "was removed meanwhile or is" if gone == 1 else "were removed meanwhile or are"
        return f"{gone} of the profiles found {were} damaged, and left out"
    if widened:
        filters = " that pass the filters" if filtered else ""
        return (
            f"the chosen clusters hold fewer than {request.k} profiles{filters}, so the next nearest were searched too"
        )
    return None
