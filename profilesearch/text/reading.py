"""What a pasted job description asks for, and what of it is talk about the company or what it offers.

A text is taken apart at its lines, or at its sentences if it has but one. A heading ("About us", "Your profile", "Wir bieten")
says what follows it is; without headings a part is left aside only if it has words of such talk and none that ask. Whatever is
doubtful is read.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from .sentences import sentences_of

Kind = Literal["asked", "company", "offer"]

SHORTEST = 600
"""Characters; a shorter text is read whole."""

MOST_PARTS = 100
"""Parts of a text; one that has more is read whole."""

_LONGEST_HEADING = 60

_HEADINGS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "asked",
        re.compile(
            r"your (?:profile|tasks?|role|skills?|responsibilities|experience)|the role|about (?:you|the (?:role|job|position))|"
            r"requirements?|qualifications?|responsibilities|what (?:you|we expect|we are looking)|we are looking|"
            r"who (?:you are|we are looking)|must haves?|skills|tasks|"
            r"(?:dein|ihr)e? (?:profil|aufgaben?|qualifikation)|anforderungen|aufgaben|profil|das (?:bringst|bringen|erwartet)|"
            r"was (?:du|sie) mitbring|wir suchen|voraussetzungen",
            re.IGNORECASE,
        ),
    ),
    (
        "company",
        re.compile(
            r"about (?:us|the company|our)|who we are|our (?:company|story|mission|values|culture|team)|the company|"
            r"über uns|wer wir sind|das sind wir|unser unternehmen|unsere (?:werte|mission|kultur)|das unternehmen",
            re.IGNORECASE,
        ),
    ),
    (
        "offer",
        re.compile(
            r"(?:what )?we offer|our offer|benefits|perks|what you(?: will|'ll)? get|why (?:join )?us|how to apply|contact|"
            r"equal opportunit|(?:das |was )?(?:wir bieten|bieten wir)|unser angebot|(?:deine|ihre) vorteile|kontakt|bewerbung",
            re.IGNORECASE,
        ),
    ),
)
_ASKS = re.compile(
    r"\b(?:you(?:r|'ll|’ll)?|we (?:are looking|look|need|seek|want|expect)|looking for|required|requirements?|must|"
    r"experience|experienced|skills?|degree|fluent|responsible|wanted|du|dein\w*|ihre? aufgaben?|wir suchen|gesucht|erfahrung\w*|"
    r"kenntnis\w*|studium|ausbildung|voraussetzung\w*)\b",
    re.IGNORECASE,
)
_COMPANY = re.compile(
    r"\b(?:founded|headquarter\w*|since (?:18|19|20)\d\d|leading (?:provider|company|supplier|manufacturer)|market leader|"
    r"family[- ]owned|our (?:mission|vision|values|culture|history|customers|products)|employees (?:worldwide|in)|"
    r"subsidiar\w+|gegründet|familienunternehmen|marktführ\w+|mitarbeite\w+ (?:weltweit|an)|unsere (?:mission|werte|kunden)|"
    r"standort\w*)\b",
    re.IGNORECASE,
)
_OFFER = re.compile(
    r"\b(?:we offer|benefits|days of (?:holiday|vacation|leave)|paid leave|pension|home office|remote days|free (?:fruit|coffee|drinks)|"
    r"team events|gym|equal opportunity|regardless of|wir bieten|urlaubstage|altersvorsorge|jobrad|obstkorb|kostenlose\w*|"
    r"betriebliche\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """A line or a sentence of a text."""

    text: str
    kind: Kind


@dataclass(frozen=True)
class Reading:
    """A text taken apart.

    Attributes:
        parts: all of it, in its order; a single one where it is read whole.
        mark: of this text; the numbers of its parts mean nothing for another one.
    """

    parts: tuple[Part, ...]
    mark: str

    def used(self, chosen: Collection[int] = ()) -> frozenset[int]:
        """The numbers of the parts that are searched for: the chosen ones, else those that ask; all if none does."""
        numbers = range(len(self.parts))
        asked = frozenset(number for number in numbers if self.parts[number].kind == "asked")
        return frozenset(chosen).intersection(numbers) or asked or frozenset(numbers)

    def text(self, chosen: Collection[int] = ()) -> str:
        """The parts that are searched for as one text."""
        used = self.used(chosen)
        return "\n".join(part.text for number, part in enumerate(self.parts) if number in used)


def read_text(text: str) -> Reading:
    """Take a text apart; for every text there is an answer."""
    mark = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    units = lines if len(lines) > 1 else [*sentences_of(text)]
    if len(text) < SHORTEST or not 1 < len(units) <= MOST_PARTS:
        return Reading((Part(text, "asked"),), mark)
    parts, section = [], None
    for unit in units:
        heading = _heading(unit)
        section = heading or section
        parts.append(Part(unit, section or _kind(unit)))
    return Reading(tuple(parts), mark)


def _heading(unit: str) -> Kind | None:
    if len(unit) > _LONGEST_HEADING or unit.endswith((".", "!", ",", ";")):
        return None
    plain = unit.strip(" *#:-–—_?")
    return next((kind for kind, pattern in _HEADINGS if pattern.match(plain)), None)


def _kind(unit: str) -> Kind:
    if _ASKS.search(unit):
        return "asked"
    return "company" if _COMPANY.search(unit) else "offer" if _OFFER.search(unit) else "asked"
