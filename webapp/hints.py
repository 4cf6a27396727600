"""What the page offers besides results: filters that the text names, and a way on where nobody fits it."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from profilesearch.names import ENDS
from profilesearch.search.page import SearchPage
from profilesearch.search.plan import Plan
from profilesearch.search.request import SearchRequest
from profilesearch.search.results import Result
from profilesearch.store import Filter, Store, VersionRecord
from profilesearch.text.found_filters import FilterFinder, find_years
from profilesearch.text.vocabulary import Vocabulary, with_meaning
from profilesearch.text.word_list import WordList

_MOST_OFFERED = 6
_LEAST_SECONDS = 60.0
_MOST_KEPT = 4
"""Versions whose values are held, each of another model."""
_YEARS = ("year", "jahr", "experience", "erfahrung")
"""A numeric field whose name has one of these counts years."""


@dataclass(frozen=True)
class Offer:
    """A filter that a text names: the parameters that ask for it."""

    field: str
    parameters: tuple[tuple[str, str], ...]

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The ends of a range, either of which may be open."""
        ends = dict(self.parameters)
        low, high = (ends.get(f"{self.field}{end}") for end in ENDS)
        return None if low is None else float(low), None if high is None else float(high)


@dataclass(frozen=True)
class Meanings:
    """An abbreviation of the text, and the texts in which it is written out, by its meanings."""

    abbreviation: str
    texts: Mapping[str, str]


@dataclass(frozen=True)
class WayOn:
    """Nobody is near to a text in meaning; what it may mean instead.

    Attributes:
        nobody: nobody has all of its words, either.
        corrected: the text without typing errors; None if there are none that the index knows better.
        meanings: its abbreviations.
    """

    nobody: bool
    corrected: str | None
    meanings: tuple[Meanings, ...]


def fits(page: SearchPage, result: Result) -> bool:
    """Whether a result is more than chance: near in meaning, or with all the words that were asked for."""
    terms = set(page.plan.terms)
    return not result.weak or (result.words is not None and bool(terms) and terms <= set(result.words.matched))


@dataclass(frozen=True)
class _Known:
    """What a version's values are, how many changes it had then, and when they were read."""

    version: str
    identity: str
    changed: int
    read_at: float
    finder: FilterFinder
    vocabulary: Vocabulary


class Hints:
    """Knows the values of each model's latest version; while it changes they are read again once a minute, by one thread at a time.

    Args:
        store: where the profiles are.
        word_list: other names of values, and abbreviations.
    """

    def __init__(self, store: Store, word_list: WordList) -> None:
        self._store = store
        self._word_list = word_list
        self._lock = threading.Lock()
        self._latest: dict[str, _Known] = {}  # by model

    def named(self, plan: Plan) -> list[Offer]:
        """The filters that a text names."""
        if not plan.request.query:
            return []
        values = self._known(plan.snapshot.version).finder.find(plan.text)
        return [*_years(plan), *(Offer(found.field, ((found.field, found.value),)) for found in values)]

    def offers(self, page: SearchPage) -> list[Offer]:
        """The filters that the page's text names and that are not in force."""
        request = page.request
        offers = [offer for offer in self.named(page.plan) if not self._is_asked(offer, request)]
        return offers[:_MOST_OFFERED]

    def way_on(self, page: SearchPage) -> WayOn | None:
        """What a text may mean that nobody fits well; None if somebody does, or there is nothing to say."""
        text = page.request.query
        if not text or page.request.offset or not page.results or not all(result.weak for result in page.results):
            return None
        vocabulary = self._known(page.version).vocabulary
        meanings = tuple(
            Meanings(short, {meaning: with_meaning(text, short, meaning) for meaning in several})
            for short, several in vocabulary.meanings(text)
        )
        way_on = WayOn(not any(fits(page, result) for result in page.results), vocabulary.corrected(text), meanings)
        return way_on if way_on.nobody or way_on.corrected or way_on.meanings else None

    def _is_asked(self, offer: Offer, request: SearchRequest) -> bool:
        equal = self._word_list.are_equal
        asked = request.tags.get(offer.field, ())
        values = [value for name, value in offer.parameters if name == offer.field]
        return offer.field in request.numbers or any(equal(value, other) for value in values for other in asked)

    def _known(self, version: VersionRecord) -> _Known:
        with self._lock:
            latest = self._latest.pop(version.model, None)
            if latest is None or latest.version != version.version or latest.identity != version.identity:
                latest = self._read(version)
            elif latest.changed != version.changed and time.monotonic() - latest.read_at > _LEAST_SECONDS:
                latest = self._read(version)
            self._latest = dict([*list(self._latest.items())[1 - _MOST_KEPT :], (version.model, latest)])
            return latest

    def _read(self, version: VersionRecord) -> _Known:
        counts = {name: self._store.counts.by_tag(version, Filter(), name) for name in version.fields.tags}
        spellings = {
            field: {name: value for value in values for name in reversed(self._word_list.names(value))}
            for field, values in counts.items()
        }
        values = {value: count for several in counts.values() for value, count in several.items()}
        return _Known(
            version.version,
            version.identity,
            version.changed,
            time.monotonic(),
            FilterFinder(spellings),
            Vocabulary(values, self._word_list.abbreviations),
        )


def _years(plan: Plan) -> list[Offer]:
    numbers = plan.snapshot.version.fields.numbers
    field = next((name for name in numbers if any(word in name.lower() for word in _YEARS)), None)
    years = find_years(plan.text)
    if field is None or not years:
        return []
    ends = zip(ENDS, (years[0].low, years[0].high), strict=True)
    return [Offer(field, tuple((f"{field}{end}", str(value)) for end, value in ends if value is not None))]
