"""What somebody typed, with the few signs that people know from other searches.

===================  ==========================================================================================
``"exact words"``    must stand in the profile as they are, next to each other
``-word``, ``-"…"``  must not
``field:value``      for fields that the version has; ``field:"two words"``, ``field:one,two`` for any of several
``number:5``         also ``5+``, ``5-10``, ``5..10``, ``>5``, ``>=5``, ``<5``, ``<=5``
===================  ==========================================================================================

Whatever is none of these is plain text, and so is everything in a pasted text: one of several lines, or a long one.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..fields import Fields
from ..store.word_syntax import exactly
from ..tags import clean_tag
from ..text.conditions import without_conditions
from ..text.found_filters import FoundValue
from ..text.reading import read_text

LONGEST_TYPED = 300
"""Characters; in a longer text signs mean nothing."""

MOST_VALUES = 20
"""Values of one field, beyond which it is taken for text."""

Bounds = tuple[float | None, float | None]

_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
_PART = re.compile(
    r'(?<!\S)(?P<minus>-?)"(?P<phrase>[^"]+)"'
    r"|(?<!\S)-(?P<word>[^\W\d_][^\s\"]*)"
    r'|(?<!\S)(?P<field>[^\W\d_]\w*):(?:"(?P<quoted>[^"]+)"|(?P<value>[^\s"]+))'
)
_NUMBER = r"\d+(?:\.\d+)?"
_RANGE = re.compile(
    rf"(?P<low>{_NUMBER})(?:-|\.\.)(?P<high>{_NUMBER})|(?P<least>{_NUMBER})\+|(?P<sign>[<>]=?)?(?P<number>{_NUMBER})"
)


@dataclass(frozen=True)
class TypedQuery:
    """A text taken apart.

    Attributes:
        text: what it is about: all but what is excluded or filtered by.
        phrases: words that must stand next to each other.
        excluded: words that must not.
        tags: for each tag field, the values of which one must be there.
        numbers: for each numeric field, the least and the greatest value.
    """

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, Bounds] = field(default_factory=dict)

    @property
    def has_signs(self) -> bool:
        """Whether it asks for more than its text says."""
        return bool(self.phrases or self.excluded or self.tags or self.numbers)

    def compared(self, conditions: Sequence[FoundValue] = ()) -> str:
        """What of the text is compared with profiles: it without years and other conditions.

        Args:
            conditions: what it names of values that say nothing of what somebody does, which only a version knows.
        """
        return without_conditions(self.text, conditions)


def read_query(query: str, fields: Fields) -> TypedQuery:
    """Take a text apart; for every text there is an answer.

    Args:
        query: what was typed or pasted.
        fields: those that the version has.
    """
    if len(query) > LONGEST_TYPED or len(query.strip().splitlines()) > 1:
        return TypedQuery(query)
    reading = _Reading(fields)
    text = " ".join(filter(None, reading.read(query.translate(_QUOTES))))
    if not (reading.phrases or reading.excluded or reading.tags or reading.numbers):
        return TypedQuery(query)
    return TypedQuery(
        text or query,
        tuple(reading.phrases),
        tuple(reading.excluded),
        {name: tuple(values) for name, values in reading.tags.items()},
        reading.numbers,
    )


def read_asked(query: str, fields: Fields, parts: Collection[int] = ()) -> TypedQuery:
    """What a text asks for: of a pasted one without talk about the company, of a typed one without what its signs say.

    Args:
        query: what was typed or pasted.
        fields: those that the version has.
        parts: the parts of a pasted text to search for, as :mod:`..text.reading` numbers them; by default those that ask.
    """
    typed = read_query(query, fields)
    return replace(typed, text=read_text(query).text(parts)) if typed.text == query else typed


class _Reading:
    """Collects what a text says, part by part."""

    def __init__(self, fields: Fields) -> None:
        self._tags = {name.casefold(): name for name in fields.tags}
        self._numbers = {name.casefold(): name for name in fields.numbers}
        self.phrases: list[str] = []
        self.excluded: list[str] = []
        self.tags: dict[str, list[str]] = {}
        self.numbers: dict[str, Bounds] = {}

    def read(self, query: str) -> Iterator[str]:
        """The parts of a text that are what it is about."""
        end = 0
        for match in _PART.finditer(query):
            yield query[end : match.start()].strip()
            end = match.end()
            if match["field"]:
                yield "" if self._filtered(match) else match[0]
            else:
                yield self._words(match)
        yield query[end:].strip()

    def _words(self, match: re.Match[str]) -> str:
        phrase = match["phrase"] or match["word"]
        if exactly(phrase):
            (self.excluded if match["word"] or match["minus"] else self.phrases).append(phrase)
        return "" if match["word"] or match["minus"] else phrase

    def _filtered(self, match: re.Match[str]) -> bool:
        """Whether a part names a field of the version, and a value that it can have."""
        name = match["field"].casefold()
        if name in self._numbers:
            bounds = _bounds(match["value"] or match["quoted"])
            if bounds:
                self.numbers[self._numbers[name]] = bounds
            return bounds is not None
        if name not in self._tags:
            return False
        values = [match["quoted"]] if match["quoted"] else [value for value in match["value"].split(",") if value]
        try:
            tags = [clean_tag(value) for value in values]
        except ValueError:
            return False
        chosen = self.tags.get(self._tags[name], [])
        if not tags or not all(tag.strip() for tag in tags) or len(chosen) + len(tags) > MOST_VALUES:
            return False
        self.tags[self._tags[name]] = chosen + tags
        return True


def _bounds(value: str) -> Bounds | None:
    match = _RANGE.fullmatch(value.rstrip(",;"))
    if match is None or not value.isascii():
        return None
    if match["least"]:
        return float(match["least"]), None
    if match["low"]:
        low, high = float(match["low"]), float(match["high"])
        return (low, high) if low <= high else None
    number = float(match["number"])
    if not match["sign"]:
        return number, number
    if match["sign"][0] == ">":
        return (number if match["sign"] == ">=" else math.nextafter(number, math.inf)), None
    return None, (number if match["sign"] == "<=" else math.nextafter(number, -math.inf))
