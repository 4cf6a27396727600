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
from profilesearch.text.vocabulary import LEAST_CORRECTED, with_meaning
from profilesearch.words.language import language_of_query, languages_of_version, likely_language

_MOST_OFFERED = 6
_LEAST_BESIDE_FITS = 6
"""Letters of a word that is taken for mistyped where people fit: shorter ones are often right, and in no profile ("least")."""

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
    """An abbreviation of the text, or a job's name in another language; the texts that say it otherwise, by its meanings."""

    name: str
    texts: Mapping[str, str]
    language: str | None


@dataclass(frozen=True)
class TextLanguage:
    """Which language a text was taken for.

    Attributes:
        code: ISO 639-1.
        known: people are described in it.
        others: the languages that they are described in besides, the most frequent first.
    """

    code: str
    known: bool
    others: tuple[str, ...]


@dataclass(frozen=True)
class WayOn:
    """What a text may mean instead of what it says.

    Attributes:
        nobody: nobody is near to it in meaning or has all of its words.
        corrected: the text without typing errors; None if there are none that the index knows better.
        meanings: its abbreviations and its names of jobs in other languages; only where nobody is near to it in meaning.
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
        """What a text may mean instead of what it says; None if there is nothing to say."""
        text = page.request.query
        if not text or page.request.offset:
            return None
        vocabulary = self._values.vocabulary(page.version)
        words = page.plan.snapshot.words
        texts = None if words is None else words.statistics
        nobody = bool(page.results) and not any(fits(page, result) for result in page.results)
        weak = all(result.weak for result in page.results)
        meanings = tuple(
            Meanings(
                meaning.name,
                {other: with_meaning(text, meaning.name, other) for other in meaning.meanings},
                meaning.language,
            )
            for meaning in (vocabulary.meanings(text, texts) if weak else ())
        )
        foreign = any(meaning.language for meaning in meanings)  # and so no typing error
        way_on = WayOn(
            nobody,
            None if foreign else vocabulary.corrected(text, texts, LEAST_CORRECTED if weak else _LEAST_BESIDE_FITS),
            meanings,
        )
        return way_on if way_on.nobody or way_on.corrected or way_on.meanings else None

    def language(self, page: SearchPage, way_on: WayOn | None) -> TextLanguage | None:
        """Which language the page's text was taken for; None if it does not tell.

        Args:
            way_on: what it may mean; a job's name tells more of a language than its letters.
        """
        text, version = page.request.query, page.version
        if not text:
            return None
        spoken = languages_of_version(version.language, version.languages)
        named = next((each.language for each in way_on.meanings if each.language), None) if way_on else None
        code = page.request.language or named or likely_language(text)
        if code is None and len(spoken) > 1:
            code = language_of_query(page.plan.compared, spoken)
        if code is None:
            return None
        return TextLanguage(code, code in spoken, tuple(other for other in spoken if other != code))

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
