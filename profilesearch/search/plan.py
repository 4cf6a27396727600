"""What a search is going to do, and what is known of it so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain

import numpy as np

from ..store import Candidate, Filter, Hit
from ..store.query import HybridQuery, KnnQuery, Query
from ..text.found_filters import FoundValue
from ..vectors import Vectors
from ..words.matching import matching
from ..words.ranked_lists import Fused
from .reasons import Reason
from .request import By, SearchRequest
from .results import Result
from .routing import RankedCluster, Route
from .snapshot import Snapshot
from .typed_query import Bounds, TypedQuery, read_asked, read_query
from .word_model import WordPlan

_NO_VECTOR: Vectors = np.empty(0, np.float32)
_OPEN: Bounds = (None, None)


@dataclass(frozen=True)
class Plan:
    """What was asked, on which version, where, and how deep.

    Attributes:
        request: what was asked.
        snapshot: the version to answer from.
        depth: how many candidates are ranked, at the most.
        typed: the text, and what its signs ask for.
        conditions: what the text names of values that say nothing of what somebody does, such as a city.
        words: the words to ask for; None until the stage ``terms``, and if meaning alone is compared.
        vector: ``(dim,)`` what candidates are compared with; empty until the stage ``embed``.
        route: the clusters to search; none until the stage ``route``.
    """

    request: SearchRequest
    snapshot: Snapshot
    depth: int
    typed: TypedQuery
    conditions: tuple[FoundValue, ...] = ()
    words: WordPlan | None = None
    vector: Vectors = field(default_factory=lambda: _NO_VECTOR)
    route: Route = field(default_factory=lambda: Route((), (), None))

    @property
    def text(self) -> str:
        """What was asked for: the text without what it excludes or filters by."""
        return self.typed.text

    @cached_property
    def compared(self) -> str:
        """What is compared with profiles: the text without years and other conditions, which are offered as filters."""
        return self.typed.compared(self.conditions)

    @property
    def filter(self) -> Filter:
        """What a profile must be, in whatever cluster."""
        return admitted(self.request, self.snapshot, self.typed)

    @property
    def by(self) -> By:
        """What is ranked by: what the request says, as far as the version and the text allow it."""
        return "meaning" if self.words is None else self.request.by

    def matched(self, hit: Hit, terms: Sequence[str] | None = None) -> tuple[str, ...]:
        """Which of the terms a profile has, or of some others in the same language, as the index finds them."""
        index = self.snapshot.version.language
        language = index if hit.language is None else hit.language
        asked = (self.words and self.words.language) or index
        return matching(self.terms if terms is None else terms, hit.words, language, asked)

    @property
    def terms(self) -> tuple[str, ...]:
        """The words that are asked for, best first; none if meaning alone is compared."""
        return () if self.words is None else self.words.terms


def make_plan(request: SearchRequest, snapshot: Snapshot, depth: int) -> Plan:
    """A plan that no stage has looked at yet.

    Raises:
        InvalidRequest: the request names a field that the version does not have.
    """
    request.check_fields(snapshot.version.fields)
    request.check_language(snapshot.version.languages)
    return Plan(request, snapshot, depth, read_asked(request.query, snapshot.version.fields, request.parts))


def admitted(request: SearchRequest, snapshot: Snapshot, typed: TypedQuery | None = None) -> Filter:
    """What a profile must be for a request, in whatever cluster: by its filters, and by the signs in its text.

    What both say of one field must be true at once: a sign narrows what a filter lets pass.
    Phrases are asked for only of versions that index words.
    """
    typed = typed or read_query(request.query, snapshot.version.fields)
    tags: dict[str, tuple[str, ...]] = {}
    all_tags: dict[str, list[tuple[str, ...]]] = {}
    for name in dict.fromkeys((*request.tags, *typed.tags)):
        sources = [
            [tuple(request.names_of(value)) for value in values]
            for values in (request.tags.get(name, ()), typed.tags.get(name, ()))
            if values
        ]
        if name in request.every:
            all_tags[name] = list(chain(*sources))
        elif len(sources) > 1:
            all_tags[name] = [tuple(chain(*names)) for names in sources]
        else:
            tags[name] = tuple(chain(*chain(*sources)))
    numbers = {
        name: _both(typed.numbers.get(name, _OPEN), request.numbers.get(name, _OPEN))
        for name in dict.fromkeys((*typed.numbers, *request.numbers))
    }
    if snapshot.words is None:
        return Filter(None, tags, numbers, all_tags=all_tags)
    return Filter(None, tags, numbers, typed.phrases, typed.excluded, all_tags)


def _both(one: Bounds, other: Bounds) -> Bounds:
    """The range that two have in common; where there is none, its ends are the wrong way round, and nobody is in it."""
    lows, highs = ([end for end in ends if end is not None] for ends in zip(one, other, strict=True))
    return max(lows, default=None), min(highs, default=None)


@dataclass(frozen=True)
class Ranking:
    """What a query ranked, before any profile is read.

    Attributes:
        candidates: best first, as deep as was planned.
        searched: the clusters that were searched, nearest first; those of the route, and more where it was widened.
        queries: those that Redis answered: one, or one for words and one for meaning, which were fused here.
        fused: by id, what both lists say of a candidate; empty if there was one list.
        titled: ids of those whose title is the text; they come first.
        title_query: who these are was asked by it; None if the text cannot be a title.
        word_shares: by id, the part of a fused score that comes from words, from 0 to 1.
    """

    candidates: tuple[Candidate, ...] = ()
    searched: tuple[RankedCluster, ...] = ()
    queries: tuple[Query, ...] = ()
    fused: Mapping[str, Fused] = field(default_factory=dict)
    titled: frozenset[str] = frozenset()
    title_query: KnnQuery | None = None
    word_shares: Mapping[str, float] = field(default_factory=dict)

    @property
    def filter(self) -> Filter:
        """What candidates had to be."""
        query = self.queries[0]
        return (query.near if isinstance(query, HybridQuery) else query).filter

    @cached_property
    def scores(self) -> dict[str, float]:
        """What each candidate was ranked by, by id, whatever order it has now."""
        return {candidate.id: candidate.score for candidate in self.candidates}


@dataclass(frozen=True)
class State:
    """What is known of a search so far. A stage returns a new one that knows more.

    Attributes:
        notes: what stages have to tell.
        hits: the profiles of this page that could be read; the score of each is its distance.
        results: these, as they are shown.
        timings: milliseconds by the name of the stage, in the order in which they ran.
    """

    plan: Plan
    ranking: Ranking = field(default_factory=Ranking)
    notes: tuple[Reason, ...] = ()
    hits: tuple[Hit, ...] = ()
    results: tuple[Result, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)

    def with_note(self, note: Reason) -> "State":
        """The same with something more to tell."""
        return replace(self, notes=(*self.notes, note))

    @property
    def window(self) -> tuple[Candidate, ...]:
        """The candidates of this page."""
        request = self.plan.request
        return self.ranking.candidates[request.offset : request.offset + request.k]
