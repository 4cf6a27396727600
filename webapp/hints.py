"""What the page offers besides results: filters that the text names, and a way on where nobody fits it."""

from collections.abc import Mapping
from dataclasses import dataclass

from profilesearch.names import ENDS
from profilesearch.search.known_values import KnownValues
from profilesearch.search.page import SearchPage
from profilesearch.search.plan import Plan
from profilesearch.search.request import SearchRequest
from profilesearch.search.results import Result
from profilesearch.text.demands import Demand, demand_at
from profilesearch.text.found_filters import FoundValue, find_years
from profilesearch.text.vocabulary import with_meaning

_MOST_OFFERED = 6
_YEARS = ("year", "jahr", "experience", "erfahrung")
"""A numeric field whose name has one of these counts years."""


@dataclass(frozen=True)
class Offer:
    """A filter that a text names.

    Attributes:
        field: what is filtered by.
        parameters: those that ask for it.
        demand: whether the text insists on it or only wishes for it; None if it does not say.
    """

    field: str
    parameters: tuple[tuple[str, str], ...]
    demand: Demand | None = None

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


class Hints:
    """Finds them with the values that the version has.

    Args:
        values: of the latest version.
    """

    def __init__(self, values: KnownValues) -> None:
        self._values = values

    def named(self, plan: Plan) -> list[Offer]:
        """The filters that a text names."""
        if not plan.request.query:
            return []
        values = self._values.named(plan.snapshot.version, plan.text)
        return [*_years(plan), *(_offer(plan.text, found) for found in values)]

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
        vocabulary = self._values.vocabulary(page.version)
        meanings = tuple(
            Meanings(short, {meaning: with_meaning(text, short, meaning) for meaning in several})
            for short, several in vocabulary.meanings(text)
        )
        way_on = WayOn(not any(fits(page, result) for result in page.results), vocabulary.corrected(text), meanings)
        return way_on if way_on.nobody or way_on.corrected or way_on.meanings else None

    def _is_asked(self, offer: Offer, request: SearchRequest) -> bool:
        equal = self._values.word_list.are_equal
        asked = request.tags.get(offer.field, ())
        values = [value for name, value in offer.parameters if name == offer.field]
        return offer.field in request.numbers or any(equal(value, other) for value in values for other in asked)


def _years(plan: Plan) -> list[Offer]:
    numbers = plan.snapshot.version.fields.numbers
    field = next((name for name in numbers if any(word in name.lower() for word in _YEARS)), None)
    years = find_years(plan.text)
    if field is None or not years:
        return []
    ends = zip(ENDS, (years[0].low, years[0].high), strict=True)
    parameters = tuple((f"{field}{end}", str(value)) for end, value in ends if value is not None)
    return [Offer(field, parameters, demand_at(plan.text, years[0].start))]


def _offer(text: str, found: FoundValue) -> Offer:
    return Offer(found.field, ((found.field, found.value),), demand_at(text, found.start))
