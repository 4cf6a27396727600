"""Saved searches, looked at again: who is found now, and who of them is new."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from profilesearch.kept.saved_search import SavedSearch
from profilesearch.names import MODEL, PARAMETERS
from profilesearch.names import parameters as ends_of
from profilesearch.search.pipeline import RANKING
from profilesearch.search.request import MOST_RESULTS
from profilesearch.search.snapshot import Snapshot
from profilesearch.store import Candidate, Hit

from ..page_request import page_request
from ..services import ask, services

_NOT_SAVED = frozenset(("offset", "k", "t", "format", "explain", "facets", MODEL))
"""A search outlives the model that it was made with."""


@dataclass(frozen=True)
class Looked:
    """What a saved search finds now.

    Attributes:
        found: ids, best first.
        new: whoever is new among the first, best first.
        problems: parameters that the live version cannot use any more.
    """

    found: tuple[str, ...]
    new: tuple[Hit, ...]
    problems: tuple[str, ...]


def look(search: SavedSearch) -> Looked:
    """Search again.

    Raises:
        ProfileSearchError: the search cannot be made at the moment.
    """
    ask(dict(search.parameters).get(MODEL, ""), search.query)
    snapshot = services().pipeline.snapshot()
    found, problems = find(search.parameters, snapshot)
    new = search.new(found)
    hits = services().store.profiles.read(snapshot.version, [Candidate(id_, 0.0) for id_ in new])
    return Looked(found, tuple(hits), problems)


def find(parameters: Iterable[tuple[str, str]], snapshot: Snapshot) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids that a search finds now, as deep as searches go; and the parameters that could not be used."""
    asked = page_request(MultiDict(parameters), snapshot)
    state = services().pipeline.run(RANKING, replace(asked.request, k=MOST_RESULTS, offset=0), snapshot)
    return tuple(candidate.id for candidate in state.ranking.candidates[:MOST_RESULTS]), tuple(asked.problems)


def saved_parameters(args: MultiDict[str, str], snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """What of an address makes the search, without the page that it shows."""
    fields = snapshot.version.fields
    known = {*PARAMETERS, *fields.tags, *ends_of(fields.numbers)} - _NOT_SAVED
    if args.get("q", "").strip():
        known.discard("like")
    return tuple((name, value) for name, value in args.items(multi=True) if name in known and value.strip())
