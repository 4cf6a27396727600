"""Why a person was found: what the text asks for, and whether their profile says it; the sentences that come closest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from profilesearch.errors import NoQueryModel
from profilesearch.search.evidence import Evidence, find_evidence
from profilesearch.search.pipeline import QUESTION
from profilesearch.search.plan import Plan
from profilesearch.search.request import SearchRequest
from profilesearch.search.snapshot import Snapshot
from profilesearch.store import Hit
from profilesearch.text.content_words import words_of
from profilesearch.text.demands import Demand, demand_at
from profilesearch.text.found_filters import FilterFinder, find_years
from profilesearch.words.matching import matching

from .hints import Offer
from .services import services
from .wording import words

_MOST_POINTS = 8


@dataclass(frozen=True)
class Point:
    """Something that a text asks for, as people read it, and whether a profile says it.

    Attributes:
        text: what is asked for.
        there: whether the profile has it, in its fields or in its text.
        in_text: it stands in the profile's text alone, and in none of its fields.
        demand: whether the text insists on it or only wishes for it; None if it does not say.
    """

    text: str
    there: bool
    in_text: bool = False
    demand: Demand | None = None


@dataclass(frozen=True)
class Asked:
    """What a text asks for: fields with values, and words; made once for all results of a page.

    Attributes:
        plan: whose text it is, which says what has a word's stem.
        demands: by word, whether the text insists on it or only wishes for it.
    """

    fields: tuple[Offer, ...]
    terms: tuple[str, ...]
    plan: Plan
    demands: Mapping[str, Demand | None]

    @classmethod
    def by(cls, plan: Plan) -> "Asked":
        """What a plan's text asks for; words that fields say already ("at least 5 years") are left out."""
        fields = services().hints.named(plan)
        values = [value for offer in fields for _, value in offer.parameters]
        if any(offer.bounds != (None, None) for offer in fields):
            values += [plan.text[years.start : years.end] for years in find_years(plan.text)]
        language = plan.snapshot.version.language
        said = matching(plan.terms, " ".join(values), language)
        terms = tuple(term for term in plan.terms if words_of(term) and term not in said)
        places = {term: plan.text.lower().find(term) for term in terms}
        demands = {term: demand_at(plan.text, place) for term, place in places.items() if place >= 0}
        return cls(tuple(fields), terms, plan, demands)

    def points(self, hit: Hit) -> list[Point]:
        """What is there and what is missing in one profile, what is there first."""
        matched = self.plan.matched(hit, self.terms)
        points = [self._point(hit, offer) for offer in self.fields]
        points += [Point(term, term in matched, demand=self.demands.get(term)) for term in self.terms]
        return sorted(points, key=lambda point: (not point.there, point.demand == "wish"))[:_MOST_POINTS]

    @staticmethod
    def _point(hit: Hit, offer: Offer) -> Point:
        has = _has(hit, offer)
        said = not has and _says(hit, offer)
        return Point(shown_value(offer), has or said, said, offer.demand)


def evidence_of(request: SearchRequest, snapshot: Snapshot, hit: Hit) -> tuple[list[Point], Evidence | None]:
    """Why a search would find a person: the points of its text, and the sentences of the profile that come closest.

    Nothing can be said where no model embeds the text.
    """
    pipeline = services().pipeline
    try:
        plan = pipeline.run(QUESTION, request, snapshot).plan
    except NoQueryModel:
        return [], None
    return Asked.by(plan).points(hit), find_evidence(pipeline.tools, plan, hit)


def shown_filter(offer: Offer) -> str:
    """A filter in words, with the name of its field."""
    value = shown_value(offer)
    shown = f"{words().field(offer.field)}: {value}" if offer.bounds == (None, None) else value
    return f"{shown} ({shown_demand(offer.demand)})" if offer.demand else shown


def shown_demand(demand: Demand) -> str:
    """What a text says of something that it asks for, in words."""
    why = words().why
    return str(why.must if demand == "must" else why.wish)


def shown_value(offer: Offer) -> str:
    """What a filter asks for, in words."""
    text = words()
    asked = dict(offer.parameters)
    if offer.field in asked:
        return text.value(offer.field, asked[offer.field])
    low, high = offer.bounds
    ends: Iterable[str] = (
        *([text.answer.at_least(n=low)] if low is not None else []),
        *([text.answer.at_most(n=high)] if high is not None else []),
    )
    return f"{' '.join(ends)} {text.field(offer.field)}"


def _says(hit: Hit, offer: Offer) -> bool:
    """Whether a profile's text names the value of a field, by any of its names."""
    value = dict(offer.parameters).get(offer.field)
    if value is None:
        return False
    names = services().word_list.names(value)
    return bool(FilterFinder({offer.field: {name: value for name in names}}).find(hit.words))


def _has(hit: Hit, offer: Offer) -> bool:
    asked = dict(offer.parameters)
    if offer.field in asked:
        equal = services().word_list.are_equal
        return any(equal(asked[offer.field], value) for value in hit.tags.get(offer.field, ()))
    number = hit.numbers.get(offer.field)
    low, high = offer.bounds
    return number is not None and (low is None or low <= number) and (high is None or number <= high)
